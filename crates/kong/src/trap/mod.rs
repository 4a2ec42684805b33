//! Traps of Kong's health checks: settings that are valid and do not do what they seem to.
//!
//! The catalogue is Kong's own source, manual and issues; each trap is a warning with its fix. A
//! finding names what is to be changed, and nothing else. Some traps are mended by Haleway itself,
//! which is said beside; they are warnings all the same, since the file is one that Kong would read
//! otherwise. An overlay may take a trap away, so they are looked for in the finished blueprint.

mod probes;
mod recovery;
mod retries;
mod statuses;
mod thresholds;

use std::collections::HashMap;

use haleway_blueprint::{Blueprint, PoolHealth};
use haleway_document::{Diagnostic, Span};

use crate::compile::carried_upstreams;
use crate::entity::{Entity, Store};
use crate::schema::Record;

/// What may hold a trap.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traps {
    upstreams: Vec<Subject>,
}

/// One upstream and those who send requests to it.
#[derive(Clone, Debug, PartialEq)]
struct Subject {
    name: String,
    record: Record,
    span: Span,
    services: Vec<Service>,
    /// Only connections without HTTP go there: probes over TCP are sent, and no others.
    is_carried: bool,
}

/// A service of an upstream.
#[derive(Clone, Debug, PartialEq)]
struct Service {
    name: String,
    retries: i64,
    span: Span,
}

impl Traps {
    /// What of a configuration may hold a trap.
    pub(crate) fn new(store: &Store) -> Self {
        let mut by_host: HashMap<&str, Vec<&Entity>> = HashMap::new();
        for service in store.all("services") {
            let host = service.record.text("host").unwrap_or_default();
            by_host.entry(host).or_default().push(service);
        }
        let carried = carried_upstreams(store);
        let upstreams = store.all("upstreams").iter().map(|upstream| {
            let services = by_host.get(upstream.name());
            let is_carried = carried.contains(upstream.name());
            Subject::new(
                upstream,
                services.map_or(&[][..], Vec::as_slice),
                is_carried,
            )
        });
        Self {
            upstreams: upstreams.collect(),
        }
    }

    /// The traps in it, as far as the blueprint has not taken them away.
    #[must_use]
    pub fn findings(&self, blueprint: &Blueprint) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        let pools = blueprint.pools.iter();
        let health: HashMap<&str, Option<&PoolHealth>> = pools
            .map(|pool| (pool.id.0.as_str(), pool.health.as_ref()))
            .collect();
        for subject in &self.upstreams {
            let view = View {
                subject,
                health: health.get(subject.name.as_str()).copied().flatten(),
            };
            for trap in TRAPS {
                findings.extend(trap(&view));
            }
        }
        findings
    }
}

impl Subject {
    fn new(upstream: &Entity, services: &[&Entity], is_carried: bool) -> Self {
        let services = services.iter().map(|service| Service {
            name: service.name().to_owned(),
            retries: service.record.integer("retries").unwrap_or(0),
            span: service.record.span("retries").unwrap_or(service.span),
        });
        Self {
            name: upstream.name().to_owned(),
            record: upstream.record.clone(),
            span: upstream.span,
            services: services.collect(),
            is_carried,
        }
    }
}

/// A trap that may be there.
type Trap = fn(&View<'_>) -> Option<Diagnostic>;

/// All of them, in the order of their codes.
const TRAPS: &[Trap] = &[
    statuses::unlisted,
    thresholds::never_reset,
    thresholds::unnoticed,
    retries::none,
    statuses::bad_gateway,
    probes::tcp,
    probes::grpc,
    probes::http_1_0,
    probes::born_healthy,
    probes::thundering,
    recovery::passive_only,
    recovery::no_successes,
    statuses::too_many_requests,
    thresholds::too_large,
    recovery::by_hand,
    retries::hashed,
];

/// One upstream as traps look at it.
struct View<'a> {
    subject: &'a Subject,
    /// Its health after all overlays.
    health: Option<&'a PoolHealth>,
}

/// The two kinds of checks.
const SIDES: [&str; 2] = ["active", "passive"];

/// The limits of failures.
const FAILURES: [&str; 3] = ["http_failures", "tcp_failures", "timeouts"];

impl View<'_> {
    /// A number of the health checks.
    fn number(&self, path: &str) -> f64 {
        let path = format!("healthchecks.{path}");
        self.subject.record.number(&path).unwrap_or(0.0)
    }

    fn text(&self, path: &str) -> &str {
        let path = format!("healthchecks.{path}");
        self.subject.record.text(&path).unwrap_or_default()
    }

    fn statuses(&self, path: &str) -> Vec<i64> {
        let path = format!("healthchecks.{path}.http_statuses");
        self.subject.record.integers(&path)
    }

    /// Probes go out.
    fn probes(&self) -> bool {
        let asks = self.number("active.healthy.interval") > 0.0
            || self.number("active.unhealthy.interval") > 0.0;
        asks && (!self.subject.is_carried || self.text("active.type") == "tcp")
    }

    /// Probes over HTTP go out.
    fn probes_http(&self) -> bool {
        self.probes() && matches!(self.text("active.type"), "http" | "https")
    }

    /// Some failure of requests makes a target unhealthy.
    fn watches_requests(&self) -> bool {
        let mut limits = FAILURES.iter();
        limits.any(|limit| self.number(&format!("passive.unhealthy.{limit}")) > 0.0)
    }

    /// Whether a kind of checks can make a target unhealthy.
    fn ejects(&self, side: &str) -> bool {
        match side {
            "active" => self.probes(),
            _ => self.watches_requests(),
        }
    }

    /// A warning about a key, which it names as the document has it.
    fn warn(&self, code: &'static str, path: &str, message: &str, fix: &str) -> Diagnostic {
        let full = format!("healthchecks.{path}");
        let span = self.written(&full);
        let text = format!("upstream {}: {message}", self.subject.name);
        Diagnostic::warning(code, text).at(span, "").help(fix)
    }

    /// Where a key stands, or the nearest record around it.
    fn written(&self, path: &str) -> Span {
        let record = &self.subject.record;
        let mut path = path;
        loop {
            if let Some(span) = record.span(path) {
                return span;
            }
            match path.rsplit_once('.') {
                Some((outer, _)) => path = outer,
                None => return self.subject.span,
            }
        }
    }
}
