//! What all cores of a process share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use arc_swap::ArcSwap;

use crate::plan::Plan;
use crate::upstream::Registry;

/// What all cores of a process share.
pub(crate) struct Shared {
    plan: ArcSwap<Plan>,
    generation: AtomicU64,
    pub(crate) registry: Arc<Registry>,
    draining: AtomicBool,
    /// Connections of clients that are open, over all cores.
    pub(crate) connections: AtomicUsize,
}

impl Shared {
    pub(crate) fn new(plan: Arc<Plan>, registry: Arc<Registry>) -> Self {
        Self {
            plan: ArcSwap::new(plan),
            generation: AtomicU64::new(1),
            registry,
            draining: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
        }
    }

    /// The plan that serves new requests.
    pub(crate) fn plan(&self) -> Arc<Plan> {
        self.plan.load_full()
    }

    /// Puts another plan in its place. Requests in flight keep theirs.
    pub(crate) fn swap(&self, plan: Arc<Plan>) {
        self.plan.store(plan);
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// Grows with every swap.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(crate) fn begin_drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    pub(crate) fn draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }
}
