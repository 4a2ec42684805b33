//! Counters, one block per core, added up when they are scraped.
//!
//! Invariant: a block is counted up by its own core only, so a count is a plain load and store.
//! The one exception is the count of lost log lines, which the writer of the log touches, too.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::StatusCode;

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

/// Appends the sums over all cores in Prometheus' text format.
pub(crate) fn write_metrics(cores: &[Arc<CoreMetrics>], out: &mut String) {
    let sum = |pick: &dyn Fn(&CoreMetrics) -> u64| -> u64 {
        cores
            .iter()
            .fold(0_u64, |sum, core| sum.wrapping_add(pick(core)))
    };
    head(
        out,
        "requests_total",
        "counter",
        "Requests answered, by class of status.",
    );
    for (index, class) in CLASSES.iter().enumerate() {
        let value = sum(&|core| core.requests[index].value());
        line(
            out,
            format_args!("requests_total{{class=\"{class}\"}}"),
            value,
        );
    }
    write_durations(&sum, out);
    // Closed first: a connection that comes and goes meanwhile must not count as minus one.
    let closed = sum(&|core| core.connections_closed.value());
    let accepted = sum(&|core| core.connections_accepted.value());
    head(
        out,
        "connections_open",
        "gauge",
        "Connections of clients that are open.",
    );
    line(
        out,
        format_args!("connections_open"),
        accepted.saturating_sub(closed),
    );
    let plain: [(&str, &str, u64); 4] = [
        (
            "connections_accepted_total",
            "Connections of clients accepted.",
            accepted,
        ),
        (
            "upstream_requests_total",
            "Requests sent to endpoints.",
            sum(&|core| core.upstream_requests.value()),
        ),
        (
            "upstream_connects_total",
            "Connections opened to endpoints.",
            sum(&|core| core.upstream_connects.value()),
        ),
        (
            "access_log_dropped_total",
            "Lines of the access log that were lost because its writer fell behind or failed.",
            sum(&|core| core.access_log_dropped.load(Ordering::Relaxed)),
        ),
    ];
    for (name, help, value) in plain {
        head(out, name, "counter", help);
        line(out, format_args!("{name}"), value);
    }
    head(
        out,
        "faults_total",
        "counter",
        "Failed requests and calls, by what went wrong.",
    );
    for (index, fault) in FAULT_NAMES.iter().enumerate() {
        let value = sum(&|core| core.faults[index].value());
        line(
            out,
            format_args!("faults_total{{fault=\"{fault}\"}}"),
            value,
        );
    }
}

fn write_durations(sum: &dyn Fn(&dyn Fn(&CoreMetrics) -> u64) -> u64, out: &mut String) {
    let name = "request_duration_seconds";
    head(
        out,
        name,
        "histogram",
        "Time from a request's head to the head of its answer.",
    );
    let mut below = 0_u64;
    let bounds = BUCKETS.iter().map(|(_, label)| *label).chain(["+Inf"]);
    for (index, bound) in bounds.enumerate() {
        below = below.wrapping_add(sum(&|core| core.durations[index].value()));
        line(out, format_args!("{name}_bucket{{le=\"{bound}\"}}"), below);
    }
    let total_us = sum(&|core| core.duration_us.value());
    let (seconds, fraction) = (total_us / 1_000_000, total_us % 1_000_000);
    line(
        out,
        format_args!("{name}_sum"),
        format_args!("{seconds}.{fraction:06}"),
    );
    line(out, format_args!("{name}_count"), below);
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    write!(
        out,
        "# HELP haleway_{name} {help}\n# TYPE haleway_{name} {kind}\n"
    )
    .expect("a String takes everything");
}

fn line(out: &mut String, name: std::fmt::Arguments<'_>, value: impl std::fmt::Display) {
    writeln!(out, "haleway_{name} {value}").expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics(cores: &[Arc<CoreMetrics>]) -> String {
        let mut out = String::new();
        write_metrics(cores, &mut out);
        out
    }

    fn value<'a>(text: &'a str, name: &str) -> &'a str {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name} ")));
        line.unwrap_or_else(|| panic!("no {name} in {text}"))
    }

    #[test]
    fn names_and_kinds_are_fixed() {
        let text = metrics(&[Arc::default()]);
        let types: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE "))
            .collect();
        let expected = [
            "haleway_requests_total counter",
            "haleway_request_duration_seconds histogram",
            "haleway_connections_open gauge",
            "haleway_connections_accepted_total counter",
            "haleway_upstream_requests_total counter",
            "haleway_upstream_connects_total counter",
            "haleway_access_log_dropped_total counter",
            "haleway_faults_total counter",
        ];
        assert_eq!(types, expected);
        let series: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split(' ').next().unwrap())
            .collect();
        assert_eq!(series.len(), 6 + 17 + 1 + 4 + FAULT_NAMES.len());
        for label in [
            "class=\"1xx\"",
            "class=\"5xx\"",
            "class=\"other\"",
            "le=\"0.0005\"",
            "le=\"+Inf\"",
            "fault=\"connect\"",
        ] {
            assert!(series.iter().any(|name| name.contains(label)), "{label}");
        }
    }

    #[test]
    fn cores_are_added_up() {
        let cores = [
            Arc::new(CoreMetrics::default()),
            Arc::new(CoreMetrics::default()),
        ];
        cores[0].request(StatusCode::OK, Duration::from_micros(500));
        cores[1].request(StatusCode::CREATED, Duration::from_micros(501));
        cores[1].request(StatusCode::from_u16(799).unwrap(), Duration::from_secs(11));
        cores[0].fault(FaultKind::Timeout);
        cores[1].fault(FaultKind::Timeout);
        cores[0].upstream_request();
        cores[1].upstream_connect();
        cores[1].access_log_dropped(3);
        let text = metrics(&cores);
        assert_eq!(value(&text, "haleway_requests_total{class=\"2xx\"}"), "2");
        assert_eq!(value(&text, "haleway_requests_total{class=\"other\"}"), "1");
        let bucket = |le| {
            value(
                &text,
                &format!("haleway_request_duration_seconds_bucket{{le=\"{le}\"}}"),
            )
        };
        assert_eq!((bucket("0.0005"), bucket("0.001")), ("1", "2"));
        assert_eq!((bucket("10"), bucket("+Inf")), ("2", "3"));
        assert_eq!(
            value(&text, "haleway_request_duration_seconds_sum"),
            "11.001001"
        );
        assert_eq!(value(&text, "haleway_request_duration_seconds_count"), "3");
        assert_eq!(value(&text, "haleway_faults_total{fault=\"timeout\"}"), "2");
        assert_eq!(value(&text, "haleway_upstream_requests_total"), "1");
        assert_eq!(value(&text, "haleway_upstream_connects_total"), "1");
        assert_eq!(value(&text, "haleway_access_log_dropped_total"), "3");
    }

    #[test]
    fn open_connections_are_those_not_closed() {
        let core = Arc::new(CoreMetrics::default());
        core.connection_accepted();
        core.connection_accepted();
        core.connection_closed();
        let text = metrics(&[core]);
        assert_eq!(value(&text, "haleway_connections_open"), "1");
        assert_eq!(value(&text, "haleway_connections_accepted_total"), "2");
    }

    #[test]
    fn cores_share_no_cache_line() {
        assert_eq!(align_of::<CoreMetrics>(), 128);
    }
}
