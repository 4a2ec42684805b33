//! `cargo xtask bench`: what Haleway costs and how it bears trouble, beside the proxies that
//! people know.
//!
//! One core belongs to the proxy under test, the other to load and upstream. What costs are
//! compared is measured round by round, each round touching every contestant, so that a
//! disturbance of the machine hits all of them alike; medians over the rounds are compared. The
//! figure that counts is CPU time per request, read from `/proc`: on two cores the load generator
//! is the bottleneck and requests per second say little.

mod client;
mod cost;
mod flags;
mod haleway;
mod health;
mod load;
mod machine;
mod outage;
mod pools;
mod process;
mod programs;
mod proxies;
mod report;
mod results;
mod series;

use anyhow::{Result, ensure};

/// Measures what `arguments` ask for and prints the report; a complete report is also written to
/// `bench/RESULTS.md`.
pub(crate) fn run(arguments: &[String]) -> Result<bool> {
    let cores = std::thread::available_parallelism()?.get();
    ensure!(
        cores >= 2,
        "two cores are needed: one for the proxy, one for load and upstream"
    );
    match arguments.first().map(String::as_str) {
        Some("health") => health::run(&arguments[1..])?,
        Some("outage") => outage::run(&arguments[1..])?,
        _ => cost::run(arguments)?,
    }
    Ok(true)
}
