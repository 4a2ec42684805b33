//! What would happen: a scenario played on a blueprint under virtual time.
//!
//! A [`Scenario`] says which endpoint does what from when to when, and which requests arrive. The
//! requests go through the real gates of the crate `health` and are chosen, settled and tried again
//! as the engine does it; the real judge decides, and its probes are answered by the scenario. What
//! comes out is a [`Report`]: a timeline of verdicts with their causes, and counts.
//!
//! Pure: no clock, no socket, no chance beside the scenario's seed. The same blueprint and scenario
//! give the same report, byte for byte.

mod behaviour;
mod chance;
mod code;
mod report;
mod route;
mod scenario;
mod world;

pub use report::{Counts, EndpointReport, Happened, PoolReport, Report, Times, Unmet};
pub use scenario::{Scenario, detects};
pub use world::{Played, play};
