//! The counters as Prometheus reads them (text format 0.0.4).

use std::fmt::{Arguments, Display, Write as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{BUCKETS, CLASSES, CoreMetrics};
use crate::fault::FAULT_NAMES;

/// Appends the sums over all cores.
pub(crate) fn write_metrics(cores: &[Arc<CoreMetrics>], out: &mut String) {
    let mut page = Page { cores, out };
    page.head(
        "requests_total",
        "counter",
        "Requests answered, by class of status.",
    );
    for (index, class) in CLASSES.iter().enumerate() {
        let value = page.sum(|core| core.requests[index].value());
        page.line(format_args!("requests_total{{class=\"{class}\"}}"), value);
    }
    page.durations();
    page.connections();
    page.counter(
        "upstream_requests_total",
        "Requests sent to endpoints.",
        |core| core.upstream_requests.value(),
    );
    page.counter(
        "upstream_connects_total",
        "Connections opened to endpoints.",
        |core| core.upstream_connects.value(),
    );
    page.counter(
        "access_log_dropped_total",
        "Lines of the access log that were lost because its writer fell behind or failed.",
        |core| core.access_log_dropped.load(Ordering::Relaxed),
    );
    page.head(
        "faults_total",
        "counter",
        "Failed requests and calls, by what went wrong.",
    );
    for (index, fault) in FAULT_NAMES.iter().enumerate() {
        let value = page.sum(|core| core.faults[index].value());
        page.line(format_args!("faults_total{{fault=\"{fault}\"}}"), value);
    }
}

struct Page<'a> {
    cores: &'a [Arc<CoreMetrics>],
    out: &'a mut String,
}

impl Page<'_> {
    fn durations(&mut self) {
        let name = "request_duration_seconds";
        self.head(
            name,
            "histogram",
            "Time from a request's head to the head of its answer.",
        );
        let mut below = 0_u64;
        let bounds = BUCKETS.iter().map(|(_, label)| *label).chain(["+Inf"]);
        for (index, bound) in bounds.enumerate() {
            below = below.wrapping_add(self.sum(|core| core.durations[index].value()));
            self.line(format_args!("{name}_bucket{{le=\"{bound}\"}}"), below);
        }
        let total_us = self.sum(|core| core.duration_us.value());
        let (seconds, fraction_us) = (total_us / 1_000_000, total_us % 1_000_000);
        self.line(
            format_args!("{name}_sum"),
            format_args!("{seconds}.{fraction_us:06}"),
        );
        self.line(format_args!("{name}_count"), below);
    }

    fn connections(&mut self) {
        // Closed first: a connection that comes and goes meanwhile must not count as minus one.
        let closed = self.sum(|core| core.connections_closed.value());
        let accepted = self.sum(|core| core.connections_accepted.value());
        self.head(
            "connections_open",
            "gauge",
            "Connections of clients that are open.",
        );
        self.line(
            format_args!("connections_open"),
            accepted.saturating_sub(closed),
        );
        self.counter(
            "connections_accepted_total",
            "Connections of clients accepted.",
            |core| core.connections_accepted.value(),
        );
    }

    fn counter(&mut self, name: &str, help: &str, pick: impl Fn(&CoreMetrics) -> u64) {
        self.head(name, "counter", help);
        let value = self.sum(pick);
        self.line(format_args!("{name}"), value);
    }

    fn sum(&self, pick: impl Fn(&CoreMetrics) -> u64) -> u64 {
        self.cores
            .iter()
            .fold(0, |sum, core| sum.wrapping_add(pick(core)))
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let head = format_args!("# HELP haleway_{name} {help}\n# TYPE haleway_{name} {kind}\n");
        self.out.write_fmt(head).expect("a String takes everything");
    }

    fn line(&mut self, name: Arguments<'_>, value: impl Display) {
        writeln!(self.out, "haleway_{name} {value}").expect("a String takes everything");
    }
}
