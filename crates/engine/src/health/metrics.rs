//! The metrics of health in Prometheus' text format.

use std::fmt::Write as _;

use haleway_health::{Class, Verdict};

use super::court::{Court, Inner};

/// Names of the classes as metrics have them, in the order of [`Class::ALL`].
const RESULTS: [&str; Class::COUNT] = ["success", "http", "tcp", "timeout", "neutral"];

impl Court {
    /// Appends the metrics in Prometheus' text format.
    pub(crate) fn metrics(&self, out: &mut String) {
        let inner = self.sit();
        endpoints(&inner, out);
        head(
            out,
            "endpoint_transitions_total",
            "counter",
            "Changes of verdict, by what the endpoint became.",
        );
        for ((pool, to), count) in &inner.transitions {
            let pool = escaped(pool);
            let labels = format!("pool=\"{pool}\",to=\"{to}\"");
            line(out, "endpoint_transitions_total", &labels, *count);
        }
        head(
            out,
            "probes_total",
            "counter",
            "Probes that came back, by their result.",
        );
        for (result, count) in RESULTS.iter().zip(inner.probes_by_class) {
            line(out, "probes_total", &format!("result=\"{result}\""), count);
        }
        head(
            out,
            "health_notes_dropped_total",
            "counter",
            "Outcomes that the judge never heard of because its inbox was full.",
        );
        let dropped = self.inbox.dropped();
        let _ = writeln!(out, "haleway_health_notes_dropped_total {dropped}");
    }
}

fn endpoints(inner: &Inner, out: &mut String) {
    head(
        out,
        "endpoint_up",
        "gauge",
        "1 where requests go to the endpoint.",
    );
    each(inner, false, |pool, endpoint, verdict| {
        let labels = format!("pool=\"{pool}\",endpoint=\"{endpoint}\"");
        let up = u64::from(verdict.is_available());
        line(out, "endpoint_up", &labels, up);
    });
    head(
        out,
        "breaker_state",
        "gauge",
        "0 closed, 1 half-open, 2 open.",
    );
    each(inner, true, |breaker, guards, verdict| {
        let labels = format!("breaker=\"{breaker}\",guards=\"{guards}\"");
        let state = match verdict {
            Verdict::Healthy | Verdict::Suspect => 0,
            Verdict::Trial => 1,
            Verdict::Unhealthy => 2,
        };
        line(out, "breaker_state", &labels, state);
    });
}

fn each(inner: &Inner, breakers: bool, mut write: impl FnMut(&str, &str, Verdict)) {
    for (name, pool) in &inner.pools {
        if pool.is_breaker != breakers {
            continue;
        }
        let pool_name = escaped(name);
        for id in inner.judge.members(name) {
            if let Some(it) = inner.judge.verdict(*id) {
                write(&pool_name, &escaped(it.address), it.verdict);
            }
        }
    }
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(
        out,
        "# HELP haleway_{name} {help}\n# TYPE haleway_{name} {kind}"
    );
}

fn line(out: &mut String, name: &str, labels: &str, value: u64) {
    let _ = writeln!(out, "haleway_{name}{{{labels}}} {value}");
}

fn escaped(label: &str) -> String {
    label
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
