//! What the court tells people unasked: log lines and events; and the words for both.

use std::fmt::Write as _;

use haleway_health::{
    Cause, Change, Code, Limit, PoolChange, Recovery, Seen, Tick, Transition, Verdict,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::clock::Clock;

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
        tracing::info!(target: "haleway::health", pool, endpoint = address, from, to, "{why}");
    } else {
        tracing::warn!(target: "haleway::health", pool, endpoint = address, from, to, "{why}");
    }
}

/// A change of verdict as one line of JSON: the verdict and since when, the signal that decided and
/// those that it overrode, the evidence, the limit with its line, the way back.
pub(super) fn transition(
    number: u64,
    transition: &Transition,
    since: Tick,
    clock: &Clock,
) -> String {
    let cause = &transition.cause;
    json!({
        "number": number,
        "at": moment(clock, transition.at),
        "kind": "transition",
        "pool": transition.pool,
        "endpoint": transition.address,
        "name": transition.name,
        "from": transition.from.as_str(),
        "to": transition.to.as_str(),
        "verdict": transition.to.as_str(),
        "since": moment(clock, since),
        "decided_by": cause.source,
        "overridden": cause.overridden,
        "text": sentence(cause, clock),
        "way_back": way_back(&cause.recovery, clock),
        "recovers_by_itself": !matches!(cause.recovery, Recovery::Never { .. }),
        "cause": cause,
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

/// A word of the health crate as its JSON has it.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

pub(super) fn setting(name: &str, value: u32, line: &str) -> String {
    if line.is_empty() {
        format!("{name} {value} (default)")
    } else {
        format!("{name} {value} at {line}")
    }
}

/// What one line of text says of a cause.
pub(super) struct Line<'a> {
    pub(super) compact: &'a str,
    pub(super) code: Code,
    pub(super) limit: Option<&'a Limit>,
    /// How many were seen.
    pub(super) count: u32,
    pub(super) last: Option<&'a Seen>,
    pub(super) recovery: &'a Recovery,
}

impl Line<'_> {
    /// Why, the limit with its line, what was seen last and the way back.
    pub(super) fn text(&self, clock: &Clock) -> String {
        let mut out = format!("{}: {}", self.compact, self.code.as_text());
        if let Some(limit) = self.limit {
            let setting = setting(&limit.name, limit.value, &limit.line);
            let _ = write!(out, " ({} seen, {setting})", self.count);
        }
        if let Some(last) = self.last {
            let _ = write!(out, "; last {last}");
        }
        if *self.recovery != Recovery::NotNeeded {
            let _ = write!(out, "; {}", way_back(self.recovery, clock));
        }
        out
    }
}

/// A cause in one line.
pub(super) fn sentence(cause: &Cause, clock: &Clock) -> String {
    let line = Line {
        compact: &cause.compact,
        code: cause.code,
        limit: cause.limit.as_ref(),
        count: cause.count,
        last: cause.seen.last(),
        recovery: &cause.recovery,
    };
    line.text(clock)
}

/// The way back, its moments as people have them.
pub(super) fn way_back(recovery: &Recovery, clock: &Clock) -> String {
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
pub(super) fn moment(clock: &Clock, at: Tick) -> String {
    let us = i64::try_from(clock.unix_us(at)).unwrap_or(i64::MAX);
    Timestamp::from_microsecond(us).map_or_else(|_| us.to_string(), |at| at.to_string())
}
