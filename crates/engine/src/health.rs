//! Health on the engine's side: gates on the path of a request, and beside it the court, where the
//! judge is told what happened and decides.
//!
//! The path of a request enters a gate, settles its permit and at most puts a note into a bounded
//! inbox: it never waits for a lock. The court stands behind one lock that only its own thread, the
//! admin side and reloads take. Pools without health have no gate and cost one branch; pools without
//! `silence` keep no ledger, which is another one.

mod clock;
mod court;
mod entered;
mod events;
mod gates;
mod hedging;
mod inbox;
mod ledger;
mod meant;
mod metrics;
mod numbers;
mod operate;
mod pace;
mod probe;
mod report;
mod shard;
#[cfg(test)]
mod tests;
mod thread;
mod vigil;
mod why;

pub(crate) use court::{Configured, Court, Seat};
pub(crate) use entered::{Entered, through};
pub(crate) use gates::{BreakerState, GateBook, PoolGates, Watched};
pub(crate) use meant::is_meant;
pub(crate) use operate::not_checked;
pub(crate) use probe::{ProbeTarget, of_io};
pub(crate) use shard::serve_as;
pub(crate) use thread::HealthThread;
