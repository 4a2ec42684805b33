//! What an endpoint of a pool carries, and how fast it answers.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use haleway_balance::{Average, Load, Pace};

/// What an endpoint of a pool carries, over all cores. It outlives changes of the pool.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    open: AtomicU32,
    /// An [`Average`] as one word.
    average: AtomicU64,
}

impl Carried {
    /// One that begins with the average of others.
    pub(super) fn starting_at(latency_us: f32) -> Self {
        Self {
            open: AtomicU32::new(0),
            average: AtomicU64::new(Average::new(now_ms(), latency_us).to_bits()),
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
            open: self.open.load(Ordering::Relaxed),
            weight,
        }
    }

    fn observe(&self, latency_us: f32) {
        let now_ms = now_ms();
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

/// A request under way, from its choice to the last byte of its answer. One that was answered
/// leaves its latency behind; one that failed says nothing, for an endpoint that fails at once is
/// not a fast one.
#[derive(Debug)]
pub(crate) struct UnderWay {
    carried: Arc<Carried>,
    began: Instant,
    answered: bool,
}

impl UnderWay {
    pub(super) fn begin(carried: &Arc<Carried>) -> Self {
        carried.open.fetch_add(1, Ordering::Relaxed);
        Self {
            carried: carried.clone(),
            began: Instant::now(),
            answered: false,
        }
    }

    /// The head of its answer is here.
    pub(crate) fn answered(mut self) -> Self {
        self.answered = true;
        self
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.carried.open.fetch_sub(1, Ordering::Relaxed);
        if self.answered {
            let elapsed_us = self.began.elapsed().as_micros();
            self.carried.observe(elapsed_us as f32);
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
        let answered = UnderWay::begin(&carried).answered();
        assert_eq!(carried.load(1).open, 2);
        drop(failed);
        assert_eq!(carried.load(1).open, 1);
        assert_eq!(carried.pace(1, now_ms()).latency_us, 0.0);
        drop(answered);
        let pace = carried.pace(1, now_ms());
        assert_eq!(pace.open, 0);
        assert!(pace.latency_us > 0.0);
    }

    #[test]
    fn a_new_one_begins_where_it_is_told() {
        let pace = Carried::starting_at(5000.0).pace(1, now_ms());
        assert!((4900.0..=5000.0).contains(&pace.latency_us));
    }
}
