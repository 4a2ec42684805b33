//! The endpoint that answers fastest for its weight: peak EWMA.
//!
//! Each endpoint has a moving average of its latencies. It fades exponentially with time, so that
//! an endpoint nobody asked for a while is tried again (Kong 3.x, `latency.lua`: 10 s, score
//! divided by weight). A latency above the average counts at once, and requests under way count
//! as if each took the average once more (Finagle, peak EWMA). What an endpoint owes counts, too:
//! one that stops answering is left long before its first time limit passes.

/// Time within which an average falls to 1/e if nothing new comes.
pub const DECAY_MS: f32 = 10_000.0;

/// A moving average of latencies.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Average {
    latency_us: f32,
    /// When that was, on the caller's clock, which may wrap.
    at_ms: u32,
}

impl Average {
    /// An average known from elsewhere: a new endpoint begins with that of the others.
    #[must_use]
    pub fn new(now_ms: u32, latency_us: f32) -> Self {
        let latency_us = if latency_us.is_finite() {
            latency_us.max(0.0)
        } else {
            0.0
        };
        Self {
            latency_us,
            at_ms: now_ms,
        }
    }

    /// What is left of it now, in microseconds.
    #[must_use]
    pub fn now(self, now_ms: u32) -> f32 {
        self.latency_us * kept(now_ms.wrapping_sub(self.at_ms))
    }

    /// The average after one more latency.
    #[must_use]
    pub fn after(self, now_ms: u32, latency_us: f32) -> Self {
        let kept = kept(now_ms.wrapping_sub(self.at_ms));
        let faded = self.latency_us * kept;
        let next = if latency_us > faded {
            latency_us
        } else {
            faded + latency_us * (1.0 - kept)
        };
        Self::new(now_ms, next)
    }

    /// The average as one word, for an atomic.
    #[must_use]
    pub fn to_bits(self) -> u64 {
        u64::from(self.latency_us.to_bits()) << 32 | u64::from(self.at_ms)
    }

    /// The average of such a word.
    #[must_use]
    pub fn from_bits(bits: u64) -> Self {
        Self::new(bits as u32, f32::from_bits((bits >> 32) as u32))
    }
}

/// The part of an average that is left after a time. A clock that two threads read may seem to run
/// backwards by a little: that keeps all.
fn kept(elapsed_ms: u32) -> f32 {
    let elapsed_ms = if elapsed_ms > u32::MAX / 2 {
        0
    } else {
        elapsed_ms
    };
    (-(elapsed_ms as f32) / DECAY_MS).exp()
}

/// What a second request to an endpoint of which nothing is known costs.
const UNKNOWN_US: f32 = 1e9;

/// How an endpoint does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    /// Its average now, in microseconds; 0 where nothing is known.
    pub latency_us: f32,
    /// How long it has owed answers without giving one.
    pub owed_us: f32,
    /// Requests under way.
    pub open: u32,
    /// Its weight.
    pub weight: u32,
}

impl Pace {
    /// The lower the better. An endpoint of which nothing is known gets a request at once, and no
    /// second one before the first is answered.
    #[must_use]
    pub fn score(self) -> f64 {
        let latency_us = if self.latency_us == 0.0 && self.open > 0 {
            UNKNOWN_US
        } else {
            self.latency_us.max(self.owed_us)
        };
        (f64::from(latency_us) + 1.0) * (f64::from(self.open) + 1.0) / f64::from(self.weight)
    }
}

/// The endpoint with the lowest score; of equal ones the first. Weight 0 is passed over.
#[must_use]
pub fn fastest(paces: impl IntoIterator<Item = (usize, Pace)>) -> Option<usize> {
    let candidates = paces.into_iter().filter(|(_, pace)| pace.weight > 0);
    let scores = candidates.map(|(index, pace)| (index, pace.score()));
    let fastest = scores.min_by(|(_, a), (_, b)| a.total_cmp(b));
    fastest.map(|(index, _)| index)
}
