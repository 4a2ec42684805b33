//! Counters, one block per core, added up when they are scraped.
//!
//! Invariant: a block is counted up by its own core only, so a count is a plain load and store.
//! The one exception is the count of lost log lines, which the writer of the log touches, too.

#[cfg(test)]
mod tests;
mod text;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use haleway_blueprint::runtime::Traffic;
use http::StatusCode;

pub(crate) use self::text::write_metrics;
use crate::fault::{FAULT_NAMES, FaultKind};

/// Upper bounds of the histogram of durations: microseconds, and the label in seconds. What is
/// slower than the last one counts under `+Inf`.
const BUCKETS: [(u64, &str); 14] = [
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (2_500_000, "2.5"),
    (5_000_000, "5"),
    (10_000_000, "10"),
];

/// Classes of statuses; the last one takes those from 600 on.
const CLASSES: [&str; 6] = ["1xx", "2xx", "3xx", "4xx", "5xx", "other"];

/// The counters of one core, on cache lines of their own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct CoreMetrics {
    requests: [Count; CLASSES.len()],
    /// Not cumulative; the last one is `+Inf`.
    durations: [Count; BUCKETS.len() + 1],
    duration_us: Count,
    connections_accepted: Count,
    connections_closed: Count,
    upstream_requests: Count,
    upstream_connects: Count,
    faults: [Count; FAULT_NAMES.len()],
    access_log_dropped: AtomicU64,
}

impl CoreMetrics {
    /// A request was answered.
    pub(crate) fn request(&self, status: StatusCode, elapsed: Duration) {
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1;
        self.requests[class].add(1);
        let elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        self.durations[BUCKETS.partition_point(|(bound_us, _)| *bound_us < elapsed_us)].add(1);
        self.duration_us.add(elapsed_us);
    }

    /// A client's connection was accepted.
    pub(crate) fn connection_accepted(&self) {
        self.connections_accepted.add(1);
    }

    /// An accepted connection has ended.
    pub(crate) fn connection_closed(&self) {
        self.connections_closed.add(1);
    }

    /// A request goes to an endpoint.
    pub(crate) fn upstream_request(&self) {
        self.upstream_requests.add(1);
    }

    /// A connection to an endpoint is opened.
    pub(crate) fn upstream_connect(&self) {
        self.upstream_connects.add(1);
    }

    /// A request, or a call made for it, failed.
    pub(crate) fn fault(&self, kind: FaultKind) {
        self.faults[kind as usize].add(1);
    }

    /// Lines of the access log were lost. Any thread may say so.
    pub(super) fn access_log_dropped(&self, lines: u64) {
        self.access_log_dropped.fetch_add(lines, Ordering::Relaxed);
    }
}

/// What came in, over all cores.
pub(crate) fn traffic(cores: &[Arc<CoreMetrics>]) -> Traffic {
    let sum = |count: fn(&CoreMetrics) -> u64| cores.iter().map(|core| count(core)).sum();
    Traffic {
        connections_accepted: sum(|core| core.connections_accepted.value()),
        connections_closed: sum(|core| core.connections_closed.value()),
        requests: sum(|core| core.requests.iter().map(Count::value).sum()),
    }
}

/// A number that one thread counts up and any may read.
#[derive(Debug, Default)]
struct Count(AtomicU64);

impl Count {
    fn add(&self, more: u64) {
        self.0
            .store(self.value().wrapping_add(more), Ordering::Relaxed);
    }

    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
