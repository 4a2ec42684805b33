//! What an endpoint of a pool carries, and how fast it answers.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use haleway_balance::{Average, Load, Pace};

/// What an endpoint of a pool carries, over all cores. It outlives changes of the pool.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    /// Requests whose answers are not whole.
    open: AtomicU32,
    /// Those of them whose answers have not begun.
    owing: AtomicU32,
    /// Since when it has owed answers without beginning one.
    owing_since_ms: AtomicU32,
    /// An [`Average`] of the times to an answer's head, as one word.
    average: AtomicU64,
}

impl Carried {
    /// One that begins with the average of others.
    pub(super) fn starting_at(latency_us: f32) -> Self {
        Self {
            average: AtomicU64::new(Average::new(now_ms(), latency_us).to_bits()),
            ..Self::default()
        }
    }

    /// How many requests are under way.
    pub(super) fn load(&self, weight: u32) -> Load {
        let open = self.open.load(Ordering::Relaxed);
        Load { open, weight }
    }

    /// How it does at this moment.
    pub(super) fn pace(&self, weight: u32, now_ms: u32) -> Pace {
        let average = Average::from_bits(self.average.load(Ordering::Relaxed));
        Pace {
            latency_us: average.now(now_ms),
            owed_us: self.owed_ms(now_ms) as f32 * 1000.0,
            open: self.open.load(Ordering::Relaxed),
            weight,
        }
    }

    fn owed_ms(&self, now_ms: u32) -> u32 {
        if self.owing.load(Ordering::Relaxed) == 0 {
            return 0;
        }
        let since = self.owing_since_ms.load(Ordering::Relaxed);
        let owed = now_ms.wrapping_sub(since);
        // Another core may have read its clock a little later.
        if owed > u32::MAX / 2 { 0 } else { owed }
    }

    fn begin(&self) {
        self.open.fetch_add(1, Ordering::Relaxed);
        if self.owing.fetch_add(1, Ordering::Relaxed) == 0 {
            self.owing_since_ms.store(now_ms(), Ordering::Relaxed);
        }
    }

    fn answered(&self, latency_us: f32) {
        let now_ms = now_ms();
        self.owing.fetch_sub(1, Ordering::Relaxed);
        self.owing_since_ms.store(now_ms, Ordering::Relaxed);
        let after = |bits| {
            let average = Average::from_bits(bits);
            Some(average.after(now_ms, latency_us).to_bits())
        };
        // It never refuses.
        let _ = self
            .average
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, after);
    }
}

/// Milliseconds on a clock of this process. It wraps after seven weeks.
pub(super) fn now_ms() -> u32 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_millis() as u32
}

/// A request under way, from its choice to the last byte of its answer. The head of its answer
/// tells the latency; one that fails before tells nothing, for an endpoint that fails at once is
/// not a fast one. The body's time is its client's as much as the endpoint's.
#[derive(Debug)]
pub(crate) struct UnderWay {
    carried: Arc<Carried>,
    began: Instant,
    answered: bool,
}

impl UnderWay {
    pub(super) fn begin(carried: &Arc<Carried>) -> Self {
        carried.begin();
        Self {
            carried: carried.clone(),
            began: Instant::now(),
            answered: false,
        }
    }

    /// The head of its answer is here.
    pub(crate) fn answered(mut self) -> Self {
        if !self.answered {
            let latency_us = self.began.elapsed().as_micros() as f32;
            // Zero would say that nothing is known.
            self.carried.answered(latency_us.max(1.0));
            self.answered = true;
        }
        self
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.carried.open.fetch_sub(1, Ordering::Relaxed);
        if !self.answered {
            self.carried.owing.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Carried, UnderWay, now_ms};

    #[test]
    fn a_request_counts_until_it_is_dropped_and_tells_its_latency_if_answered() {
        let carried = Arc::new(Carried::default());
        let failed = UnderWay::begin(&carried);
        let answered = UnderWay::begin(&carried);
        assert_eq!(carried.load(1).open, 2);
        drop(failed);
        let pace = carried.pace(1, now_ms());
        assert_eq!((pace.open, pace.latency_us), (1, 0.0));
        let answered = answered.answered().answered();
        assert!(carried.pace(1, now_ms()).latency_us > 0.0);
        drop(answered);
        assert_eq!(carried.load(1).open, 0);
        assert_eq!(carried.owed_ms(now_ms()), 0);
    }

    #[test]
    fn what_is_owed_grows_until_something_is_answered() {
        let carried = Arc::new(Carried::default());
        let (first, second) = (UnderWay::begin(&carried), UnderWay::begin(&carried));
        let later = |ms| now_ms().wrapping_add(ms);
        assert!(carried.owed_ms(later(500)) >= 500);
        // A look at an older clock owes nothing.
        assert_eq!(carried.owed_ms(now_ms().wrapping_sub(1000)), 0);
        let first = first.answered();
        assert!(carried.owed_ms(now_ms()) < 100, "one was answered just now");
        assert!(carried.owed_ms(later(500)) >= 500, "one is owed still");
        let second = second.answered();
        assert_eq!(carried.owed_ms(later(500)), 0, "bodies are not owed");
        assert_eq!(carried.load(1).open, 2);
        drop((first, second));
    }

    #[test]
    fn a_new_one_begins_where_it_is_told() {
        let pace = Carried::starting_at(5000.0).pace(1, now_ms());
        assert!((4900.0..=5000.0).contains(&pace.latency_us));
    }
}
