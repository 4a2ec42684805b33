//! Why an endpoint is what it is: a code, what was seen, the limit, and the way back.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::config::Limit;
use crate::outcome::Seen;
use crate::signal::{Signal, Source};
use crate::time::Tick;

/// Why, as a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Code {
    /// Nothing was seen against it.
    Birth,
    /// It has to pass its checks first.
    InitialUnhealthy,
    /// Enough successes.
    Successes,
    /// Too many HTTP failures.
    HttpFailures,
    /// Too many TCP failures.
    TcpFailures,
    /// Too many timeouts.
    Timeouts,
    /// An operator set it; checks go on.
    SetByOperator,
    /// An operator holds it.
    HeldByOperator,
    /// Discovery says so.
    Discovery,
    /// The breaker counts.
    BreakerClosed,
    /// The breaker opened.
    BreakerOpen,
    /// The breaker lets a trial through.
    BreakerTrial,
    /// Trials are let through.
    Trial,
    /// The trials passed.
    TrialPassed,
    /// It owes answers and is silent.
    Silence,
    /// It came and went too often.
    Flapping,
    /// It would be out, but the ejection budget is spent.
    Spared,
    /// The check that kept it out is gone from the configuration.
    CheckGone,
}

wire_enum!(Code {
    Birth = "birth",
    InitialUnhealthy = "initial-unhealthy",
    Successes = "successes",
    HttpFailures = "http-failures",
    TcpFailures = "tcp-failures",
    Timeouts = "timeouts",
    SetByOperator = "set-by-operator",
    HeldByOperator = "held-by-operator",
    Discovery = "discovery",
    BreakerClosed = "breaker-closed",
    BreakerOpen = "breaker-open",
    BreakerTrial = "breaker-trial",
    Trial = "trial",
    TrialPassed = "trial-passed",
    Silence = "silence",
    Flapping = "flapping",
    Spared = "spared",
    CheckGone = "check-gone",
});

impl Code {
    /// A sentence's worth of it.
    #[must_use]
    pub fn as_text(self) -> &'static str {
        match self {
            Self::Birth => "nothing was seen against it",
            Self::InitialUnhealthy => "it has to pass its checks first",
            Self::Successes => "enough successes in a row",
            Self::HttpFailures => "too many HTTP failures",
            Self::TcpFailures => "too many TCP failures",
            Self::Timeouts => "too many timeouts",
            Self::SetByOperator => "set by an operator",
            Self::HeldByOperator => "held by an operator",
            Self::Discovery => "discovery says so",
            Self::BreakerClosed => "the breaker is closed",
            Self::BreakerOpen => "the breaker opened",
            Self::BreakerTrial => "the breaker lets one trial through",
            Self::Trial => "trials find out whether it came back",
            Self::TrialPassed => "its trials passed",
            Self::Silence => "it owes answers and is silent",
            Self::Flapping => "it came and went too often",
            Self::Spared => "it would be out, but the ejection budget is spent",
            Self::CheckGone => "the check that kept it out is no longer configured",
        }
    }
}

/// A setting to change, and what to change it to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Change {
    /// Its name in the original.
    pub name: String,
    /// The place that sets it now; empty for a default.
    pub line: String,
    /// What it should be.
    pub to: String,
}

wire_struct!(Change { name, line, to });

/// How an endpoint comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Recovery {
    /// There is nothing to come back from.
    NotNeeded,
    /// By probes.
    Probes {
        /// Successes in a row that are still missing.
        needed: u32,
        /// Between two probes, in microseconds.
        interval_us: u64,
        /// The earliest moment, if every probe succeeds at once.
        earliest: Tick,
    },
    /// By a trial, which is let through at this moment.
    Trial {
        /// When.
        at: Tick,
    },
    /// By trials that are let through now.
    Trying {
        /// Trials that must pass in a row.
        trials: u32,
    },
    /// At this moment.
    At {
        /// When.
        at: Tick,
    },
    /// Once it answers.
    Answer,
    /// Once an operator lets it.
    Operator,
    /// Once discovery says so.
    Discovery,
    /// Never by itself.
    Never {
        /// What to change so that it can.
        changes: Vec<Change>,
    },
}

wire_enum!(Recovery {
    NotNeeded = "not-needed",
    Probes { needed, interval_us, earliest } = "probes",
    Trial { at } = "trial",
    Trying { trials } = "trying",
    At { at } = "at",
    Answer = "answer",
    Operator = "operator",
    Discovery = "discovery",
    Never { changes } = "never",
});

/// Why an endpoint is what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Cause {
    /// Why.
    pub code: Code,
    /// The same in HAProxy's manner: what was seen last (`L4TOUT`, `L7STS/503`); the source in
    /// capitals where nothing was seen.
    pub compact: String,
    /// The signal that decided.
    pub source: Source,
    /// Signals that wanted something else.
    pub overridden: Vec<Source>,
    /// What was seen, oldest first; the last few only.
    pub seen: Vec<Seen>,
    /// How many it were in all.
    pub count: u32,
    /// The limit, under its original's name, with the line that set it.
    pub limit: Option<Limit>,
    /// The way back.
    pub recovery: Recovery,
}

wire_struct!(Cause {
    code,
    compact,
    source,
    overridden,
    seen,
    count,
    limit,
    recovery,
});

impl Cause {
    /// The cause that a decisive signal makes.
    pub(crate) fn new(signal: &Signal, overridden: &[Source], recovery: Recovery) -> Self {
        Self {
            code: signal.code,
            compact: compact(signal),
            source: signal.source,
            overridden: overridden.to_vec(),
            seen: signal.seen.clone(),
            count: signal.count,
            limit: signal.limit.clone(),
            recovery,
        }
    }
}

/// One sentence: why, the count and the limit with its line, what was seen last, the way back.
impl fmt::Display for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.compact, self.code.as_text())?;
        if let Some(limit) = &self.limit {
            write!(out, " ({} seen, {} {}", self.count, limit.name, limit.value)?;
            if !limit.line.is_empty() {
                write!(out, " at {}", limit.line)?;
            }
            out.write_str(")")?;
        }
        if let Some(last) = self.seen.last() {
            write!(out, "; last {last}")?;
        }
        match self.recovery {
            Recovery::NotNeeded => Ok(()),
            _ => write!(out, "; {}", self.recovery),
        }
    }
}

/// The way back, as a part of a sentence. Moments are seconds since the origin of time.
impl fmt::Display for Recovery {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNeeded => out.write_str("nothing to recover from"),
            Self::Probes {
                needed,
                interval_us,
                earliest,
            } => {
                let every = Seconds(*interval_us);
                let earliest = Seconds(earliest.0);
                write!(
                    out,
                    "recovers after {needed} more good probes, one each {every}"
                )?;
                write!(out, ", at {earliest} at the earliest")
            }
            Self::Trial { at } => write!(out, "a trial request goes there at {}", Seconds(at.0)),
            Self::Trying { trials } => write!(out, "recovers once {trials} trials passed"),
            Self::At { at } => write!(out, "ends at {}", Seconds(at.0)),
            Self::Answer => out.write_str("ends as soon as it answers"),
            Self::Operator => out.write_str("lasts until an operator ends it"),
            Self::Discovery => out.write_str("lasts until discovery says otherwise"),
            Self::Never { changes } => {
                out.write_str("never recovers by itself")?;
                for (index, change) in changes.iter().enumerate() {
                    let before = if index == 0 { ": set " } else { " and " };
                    write!(out, "{before}{} to {}", change.name, change.to)?;
                    if !change.line.is_empty() {
                        write!(out, " (at {})", change.line)?;
                    }
                }
                Ok(())
            }
        }
    }
}

/// Microseconds written as seconds, without a float.
struct Seconds(u64);

impl fmt::Display for Seconds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{:03} s", self.0 / 1_000_000, self.0 / 1000 % 1000)
    }
}

pub(crate) fn compact(signal: &Signal) -> String {
    if let Some(last) = signal.seen.last() {
        return last.what.compact(last.class);
    }
    match signal.source {
        Source::Operator => "MAINT",
        Source::Discovery => "DISC",
        Source::Silence => "SILENT",
        Source::Flaps => "FLAP",
        Source::Breaker => "BRK",
        Source::HalfOpen => "TRIAL",
        Source::Counters if signal.code == Code::SetByOperator => "SET",
        Source::Counters | Source::Birth => "INI",
    }
    .to_string()
}
