//! How an endpoint comes back: a pure function over what its machines say and what is configured.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::cause::{Change, Recovery};
use crate::config::PoolConfig;
use crate::fuse::Fused;
use crate::machine::Machines;
use crate::signal::{Source, Verdict};
use crate::time::Tick;

/// What an endpoint's way back depends on.
pub(crate) struct Standing<'a> {
    pub(crate) config: &'a PoolConfig,
    pub(crate) machines: &'a Machines,
    /// When the next probe is due.
    pub(crate) next_probe: Option<Tick>,
}

/// The way back from a verdict.
pub(crate) fn recovery(fused: &Fused, standing: &Standing<'_>) -> Recovery {
    let signal = &fused.decided;
    match (fused.verdict, signal.source) {
        (Verdict::Healthy, _) => Recovery::NotNeeded,
        (Verdict::Trial, _) => Recovery::Trying {
            trials: fused.trials.into(),
        },
        (Verdict::Suspect, _) => Recovery::Answer,
        (Verdict::Unhealthy, Source::Operator) => Recovery::Operator,
        (Verdict::Unhealthy, Source::Discovery) => Recovery::Discovery,
        (Verdict::Unhealthy, Source::Breaker) => match signal.until {
            Some(at) => Recovery::Trial { at },
            None => from_counters(standing),
        },
        (Verdict::Unhealthy, _) => match signal.until {
            Some(at) => Recovery::At { at },
            None => from_counters(standing),
        },
    }
}

/// By trial or by probes, whichever may come first; else never.
fn from_counters(standing: &Standing<'_>) -> Recovery {
    let trial = standing.machines.half_open.as_ref();
    let trial = trial.and_then(crate::machine::Machine::deadline);
    match (trial, by_probes(standing)) {
        (Some(at), Some((_, _, earliest))) if at <= earliest => Recovery::Trial { at },
        (_, Some((needed, interval_us, earliest))) => Recovery::Probes {
            needed,
            interval_us,
            earliest,
        },
        (Some(at), None) => Recovery::Trial { at },
        (None, None) => Recovery::Never {
            changes: changes(standing.config),
        },
    }
}

fn by_probes(standing: &Standing<'_>) -> Option<(u32, u64, Tick)> {
    let interval_us = standing.config.interval(false)?.us;
    let active = standing.config.counters.as_ref()?.active.as_ref()?;
    let next = standing.next_probe?;
    if active.successes.value == 0 {
        return None;
    }
    let counted = standing.machines.counters.as_ref()?.successes();
    let needed = active.successes.value.saturating_sub(counted).max(1);
    let wait_us = interval_us.saturating_mul(u64::from(needed - 1));
    Some((needed, interval_us, next.after(wait_us)))
}

/// What would let probes bring it back.
fn changes(config: &PoolConfig) -> Vec<Change> {
    let mut changes = Vec::new();
    let interval = config.probe.as_ref().map(|probe| &probe.unhealthy_interval);
    if interval.is_none_or(|interval| interval.us == 0) {
        changes.push(Change {
            name: named(
                interval.map(|it| &it.name),
                "interval of probes of unhealthy endpoints",
            ),
            line: interval.map(|it| it.line.clone()).unwrap_or_default(),
            to: "more than 0 seconds".to_string(),
        });
    }
    let active = config.counters.as_ref().and_then(|it| it.active.as_ref());
    let successes = active.map(|active| &active.successes);
    if successes.is_none_or(|limit| limit.value == 0) {
        changes.push(Change {
            name: named(successes.map(|it| &it.name), "successes of active checks"),
            line: successes.map(|it| it.line.clone()).unwrap_or_default(),
            to: "1 or more".to_string(),
        });
    }
    if changes.is_empty() {
        changes.push(Change {
            name: "weight".to_string(),
            line: String::new(),
            to: "more than 0".to_string(),
        });
    }
    changes
}

fn named(name: Option<&String>, otherwise: &str) -> String {
    match name {
        Some(name) if !name.is_empty() => name.clone(),
        _ => otherwise.to_string(),
    }
}
