//! Second tries of requests that wait for a suspect endpoint: how many a pool may afford.

use std::sync::atomic::{AtomicU64, Ordering};

use haleway_health::HedgeBudget;

use super::shard;

/// A pool's budget. All cores share it.
#[derive(Debug)]
pub(super) struct Hedging {
    budget_ppm: u32,
    budget: HedgeBudget,
    requests: [Counter; SHARDS],
}

/// Counters of requests; more cores than these share.
const SHARDS: usize = 16;

/// A cache line of its own, two with the neighbour that is fetched along.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Counter(AtomicU64);

impl Hedging {
    /// Second tries for this share of the requests.
    pub(super) fn new(budget_ppm: u32) -> Self {
        Self {
            budget_ppm,
            budget: HedgeBudget::new(),
            requests: Default::default(),
        }
    }

    /// A request goes out.
    pub(super) fn count(&self) {
        let Counter(count) = &self.requests[shard::own() % SHARDS];
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes a second try from the budget, if it has one.
    pub(super) fn take(&self) -> bool {
        let counts = self.requests.iter().map(|it| it.0.load(Ordering::Relaxed));
        self.budget.take(counts.sum(), self.budget_ppm)
    }
}
