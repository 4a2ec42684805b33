//! What the court tells people: log lines, events, explanations, metrics.

use std::fmt::Write as _;

use haleway_blueprint::runtime::{HealthEvent, HealthStatus, PoolVerdict, Why};
use haleway_health::{
    Cause, Change, Class, Explanation, PoolChange, Recovery, Tick, Transition, Verdict,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::clock::Clock;
use super::court::{Court, Inner};

/// Names of the classes as metrics have them, in the order of [`Class::ALL`].
const RESULTS: [&str; Class::COUNT] = ["success", "http", "tcp", "timeout", "neutral"];

/// One line for a change of verdict.
pub(super) fn log(transition: &Transition, clock: &Clock) {
    let Transition {
        pool,
        address,
        from,
        to,
        ..
    } = transition;
    let why = sentence(&transition.cause, clock);
    let (from, to) = (from.as_str(), to.as_str());
    if transition.to == Verdict::Healthy {
        tracing::info!(target: "health", pool, endpoint = address, from, to, "{why}");
    } else {
        tracing::warn!(target: "health", pool, endpoint = address, from, to, "{why}");
    }
}

/// A change of verdict as one line of JSON.
pub(super) fn transition(number: u64, transition: &Transition, clock: &Clock) -> String {
    json!({
        "number": number,
        "at": moment(clock, transition.at),
        "kind": "transition",
        "pool": transition.pool,
        "endpoint": transition.address,
        "name": transition.name,
        "from": transition.from.as_str(),
        "to": transition.to.as_str(),
        "text": sentence(&transition.cause, clock),
        "cause": transition.cause,
        "origin_unix_us": clock.unix_us(Tick::ZERO),
    })
    .to_string()
}

/// A change of a pool as a whole as one line of JSON.
pub(super) fn pool_change(number: u64, change: &PoolChange, clock: &Clock) -> String {
    json!({
        "number": number,
        "at": moment(clock, change.at),
        "kind": "pool",
        "pool": change.pool,
        "decision": change.decision,
    })
    .to_string()
}

impl Court {
    /// The events behind a number.
    pub(crate) fn events(&self, since: u64) -> Vec<HealthEvent> {
        self.lock().events.since(since)
    }

    /// Why an endpoint is what it is; `None` where the court knows none of that address.
    pub(crate) fn why(&self, pool: &str, address: &str) -> Option<Why> {
        let inner = self.lock();
        let mut members = inner.judge.members(pool).iter();
        let explained = members.find_map(|id| {
            let explained = inner.judge.explain(*id)?;
            (explained.address == address).then_some(explained)
        })?;
        Some(why(&explained, &self.clock))
    }

    /// The verdict on each endpoint of a pool, by address and name.
    pub(crate) fn statuses(&self, pool: &str) -> Vec<(String, String, HealthStatus)> {
        let inner = self.lock();
        let explained = inner.judge.members(pool).iter();
        explained
            .filter_map(|id| inner.judge.explain(*id))
            .map(|it| {
                let status = HealthStatus {
                    verdict: it.verdict.as_str(),
                    since: moment(&self.clock, it.since),
                    cause: sentence(&it.cause, &self.clock),
                };
                (it.address, it.name, status)
            })
            .collect()
    }

    /// What holds for a pool as a whole.
    pub(crate) fn pool_verdict(&self, pool: &str) -> Option<PoolVerdict> {
        let decision = self.lock().judge.pool(pool)?;
        Some(PoolVerdict {
            serves: decision.serves || decision.trials > 0,
            panic: decision.panic,
            available_weight: decision.available_weight,
            total_weight: decision.total_weight,
        })
    }

    /// Appends the metrics in Prometheus' text format.
    pub(crate) fn metrics(&self, out: &mut String) {
        let inner = self.lock();
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
        for id in inner.judge.members(name) {
            if let Some(it) = inner.judge.explain(*id) {
                write(&escaped(name), &escaped(&it.address), it.verdict);
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

fn why(it: &Explanation, clock: &Clock) -> Why {
    let mut json = json!(it);
    if let Value::Object(fields) = &mut json {
        let further = [
            ("since_at", json!(moment(clock, it.since))),
            ("text", json!(sentence(&it.cause, clock))),
            ("origin_unix_us", json!(clock.unix_us(Tick::ZERO))),
        ];
        fields.extend(further.map(|(name, value)| (name.to_owned(), value)));
    }
    Why {
        json,
        text: page(it, clock),
    }
}

/// An explanation for people.
fn page(it: &Explanation, clock: &Clock) -> String {
    let mut out = format!("{} in pool {}\n", it.address, it.pool);
    let mut row = |name: &str, text: String| {
        let _ = writeln!(out, "  {name:<10} {text}");
    };
    let verdict = it.verdict.as_str();
    row(
        "verdict",
        format!("{verdict} since {}", moment(clock, it.since)),
    );
    let cause = &it.cause;
    row(
        "because",
        format!("{}: {}", cause.compact, cause.code.as_text()),
    );
    row("decided by", word(&cause.source));
    for source in &cause.overridden {
        row("overridden", word(source));
    }
    if let Some(limit) = &cause.limit {
        let seen = format!(", {} seen", cause.count);
        row(
            "limit",
            setting(&limit.name, limit.value, &limit.line) + &seen,
        );
    }
    for seen in &cause.seen {
        row("seen", format!("{seen}, at {}", moment(clock, seen.at)));
    }
    row("way back", way_back(&cause.recovery, clock));
    for limit in &it.settings {
        row("setting", setting(&limit.name, limit.value, &limit.line));
    }
    if !it.is_checked && cause.source != haleway_health::Source::Breaker {
        row("note", "nothing can make it unhealthy".to_owned());
    }
    if let Some(probe) = &it.last_probe {
        row(
            "last probe",
            format!("{probe}, at {}", moment(clock, probe.at)),
        );
    }
    if let Some(at) = it.next_probe {
        row("next probe", moment(clock, at));
    }
    out
}

/// A word of the health crate as its JSON has it.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

fn setting(name: &str, value: u32, line: &str) -> String {
    if line.is_empty() {
        format!("{name} {value} (default)")
    } else {
        format!("{name} {value} at {line}")
    }
}

/// Why, the limit with its line, what was seen last and the way back, in one line.
fn sentence(cause: &Cause, clock: &Clock) -> String {
    let mut out = format!("{}: {}", cause.compact, cause.code.as_text());
    if let Some(limit) = &cause.limit {
        let setting = setting(&limit.name, limit.value, &limit.line);
        let _ = write!(out, " ({} seen, {setting})", cause.count);
    }
    if let Some(last) = cause.seen.last() {
        let _ = write!(out, "; last {last}");
    }
    if cause.recovery != Recovery::NotNeeded {
        let _ = write!(out, "; {}", way_back(&cause.recovery, clock));
    }
    out
}

fn way_back(recovery: &Recovery, clock: &Clock) -> String {
    match recovery {
        Recovery::Probes {
            needed,
            interval_us,
            earliest,
        } => {
            let (s, ms) = (interval_us / 1_000_000, interval_us / 1000 % 1000);
            let earliest = moment(clock, *earliest);
            format!(
                "recovers after {needed} more good probes, one each {s}.{ms:03} s, at {earliest} at the earliest"
            )
        }
        Recovery::Trial { at } => {
            format!("a trial request goes there at {}", moment(clock, *at))
        }
        Recovery::At { at } => format!("ends at {}", moment(clock, *at)),
        Recovery::Never { changes } if !changes.is_empty() => {
            let changes: Vec<String> = changes.iter().map(change).collect();
            format!("never recovers by itself: set {}", changes.join(" and "))
        }
        other => other.to_string(),
    }
}

fn change(change: &Change) -> String {
    let Change { name, line, to } = change;
    if line.is_empty() {
        format!("{name} to {to}")
    } else {
        format!("{name} to {to} (at {line})")
    }
}

/// A moment as RFC 3339 writes it.
fn moment(clock: &Clock, at: Tick) -> String {
    let us = i64::try_from(clock.unix_us(at)).unwrap_or(i64::MAX);
    Timestamp::from_microsecond(us).map_or_else(|_| us.to_string(), |at| at.to_string())
}
