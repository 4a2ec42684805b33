//! Counters of outcomes, sharded so that cores do not share a cache line.
//!
//! Each core writes its own shard and says which one it is; the health thread adds them up. Nothing
//! here decides anything, so relaxed order is enough: a sum may be a moment old, never wrong for
//! long. A shard also knows how many answers are owed to its core and when it last heard from the
//! endpoint: that is what silence is judged by.

use alloc::boxed::Box;

use crate::outcome::Class;
use crate::sync::{AtomicU64, Ordering};
use crate::time::Tick;

/// One endpoint's counters, a shard per core.
#[derive(Debug)]
pub struct Tally {
    shards: Box<[Shard]>,
}

/// Written by one core; a cache line of its own, two with the neighbour that is fetched along.
#[derive(Debug)]
#[repr(align(128))]
struct Shard {
    outcomes: [AtomicU64; Class::COUNT],
    /// Answers of any kind, and the sum of their latencies.
    heard: AtomicU64,
    latency_us: AtomicU64,
    asked: AtomicU64,
    ended: AtomicU64,
    /// When the first of the answers now owed was asked for.
    owing_since: AtomicU64,
    /// When the endpoint was last heard.
    heard_at: AtomicU64,
}

/// What a tally adds up to. Counts never fall; the reader takes differences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Outcomes, in the order of [`Class::index`].
    pub outcomes: [u64; Class::COUNT],
    /// Answers of any kind: the endpoint said something.
    pub heard: u64,
    /// Sum of the latencies of those answers, in microseconds.
    pub latency_us: u64,
}

/// What an endpoint owes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owing {
    /// Requests sent and not ended.
    pub answers: u64,
    /// Since when nothing was heard although something was owed; meaningful if `answers` > 0.
    pub since: Tick,
    /// When it was last heard; the origin if it never was.
    pub heard_at: Tick,
}

impl Tally {
    /// All zero, for this many cores; 0 counts as 1.
    #[must_use]
    pub fn new(cores: usize) -> Self {
        Self {
            shards: (0..cores.max(1)).map(|_| Shard::new()).collect(),
        }
    }

    /// A request goes out from `core`.
    pub fn asked(&self, core: usize, now: Tick) {
        let Some(shard) = self.shard(core) else {
            return;
        };
        let asked = shard.asked.load(Ordering::Relaxed);
        if asked == shard.ended.load(Ordering::Relaxed) {
            shard.owing_since.store(now.0, Ordering::Relaxed);
        }
        shard.asked.fetch_add(1, Ordering::Relaxed);
    }

    /// A request of `core` ended with an outcome. `heard`: the endpoint itself said something.
    pub fn ended(&self, core: usize, now: Tick, class: Class, heard: bool, latency_us: u64) {
        let Some(shard) = self.shard(core) else {
            return;
        };
        shard.outcomes[class.index()].fetch_add(1, Ordering::Relaxed);
        if heard {
            shard.latency_us.fetch_add(latency_us, Ordering::Relaxed);
            shard.heard.fetch_add(1, Ordering::Relaxed);
            shard.heard_at.fetch_max(now.0, Ordering::Relaxed);
        }
        // Whoever sees the end counted sees the request counted too, and that it was heard.
        shard.ended.fetch_add(1, Ordering::Release);
    }

    /// All counters so far.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for shard in &self.shards {
            for (sum, count) in totals.outcomes.iter_mut().zip(&shard.outcomes) {
                *sum = sum.wrapping_add(count.load(Ordering::Relaxed));
            }
            let heard = shard.heard.load(Ordering::Relaxed);
            totals.heard = totals.heard.wrapping_add(heard);
            let latency_us = shard.latency_us.load(Ordering::Relaxed);
            totals.latency_us = totals.latency_us.wrapping_add(latency_us);
        }
        totals
    }

    /// What is owed now.
    #[must_use]
    pub fn owing(&self) -> Owing {
        let (mut answers, mut oldest, mut heard_at) = (0_u64, u64::MAX, 0);
        for shard in &self.shards {
            // The count that trails is read first, so that their difference is never negative.
            let ended = shard.ended.load(Ordering::Acquire);
            let owed = shard.asked.load(Ordering::Acquire).saturating_sub(ended);
            if owed > 0 {
                answers = answers.saturating_add(owed);
                oldest = oldest.min(shard.owing_since.load(Ordering::Relaxed));
            }
            heard_at = heard_at.max(shard.heard_at.load(Ordering::Relaxed));
        }
        let since = if answers > 0 { oldest.max(heard_at) } else { 0 };
        Owing {
            answers,
            since: Tick(since),
            heard_at: Tick(heard_at),
        }
    }

    /// Any number will do for a core: more cores than shards share.
    fn shard(&self, core: usize) -> Option<&Shard> {
        self.shards.get(core.checked_rem(self.shards.len())?)
    }
}

impl Shard {
    fn new() -> Self {
        Self {
            outcomes: core::array::from_fn(|_| AtomicU64::new(0)),
            heard: AtomicU64::new(0),
            latency_us: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            owing_since: AtomicU64::new(0),
            heard_at: AtomicU64::new(0),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn adds_up_over_cores() {
        let tally = Tally::new(2);
        tally.asked(0, Tick(1));
        tally.asked(1, Tick(2));
        tally.asked(2, Tick(3));
        tally.ended(0, Tick(9), Class::Success, true, 8);
        tally.ended(1, Tick(9), Class::Timeout, false, 7);
        let totals = tally.totals();
        assert_eq!(totals.outcomes, [1, 0, 0, 1, 0]);
        assert_eq!((totals.heard, totals.latency_us), (1, 8));
        assert_eq!(
            tally.owing().answers,
            1,
            "core 2 shares the shard of core 0"
        );
    }

    #[test]
    fn counts_silence_from_the_last_word_heard() {
        let tally = Tally::new(2);
        tally.asked(0, Tick(10));
        tally.asked(1, Tick(20));
        assert_eq!(tally.owing().since, Tick(10));
        tally.ended(1, Tick(25), Class::HttpFailure, true, 5);
        let owing = tally.owing();
        assert_eq!((owing.answers, owing.since), (1, Tick(25)));
        tally.ended(0, Tick(30), Class::Timeout, false, 20);
        let owing = tally.owing();
        assert_eq!((owing.answers, owing.heard_at), (0, Tick(25)));
        tally.asked(0, Tick(40));
        assert_eq!(tally.owing().since, Tick(40), "idle time is not silence");
    }

    #[test]
    fn a_failure_that_was_heard_has_a_latency_too() {
        let tally = Tally::new(0);
        tally.asked(3, Tick(1));
        tally.ended(3, Tick(3), Class::Neutral, true, 2);
        let totals = tally.totals();
        assert_eq!((totals.heard, totals.latency_us), (1, 2));
    }
}
