//! Counters shared by probes and requests, exactly as lua-resty-healthcheck 3.1.2 keeps them, the
//! library beneath Kong.
//!
//! A report, in this order: a limit of 0 ignores it whole; a success of a fully healthy endpoint
//! and a failure of a fully unhealthy one change nothing; else its counter grows, a success sets
//! the three failure counters to zero and a failure only the success counter (classes neither reset
//! one another nor add up); the counter against the limit *of this report* decides. A flip zeroes
//! nothing: the first opposite report does.
//!
//! ```text
//!            failure < limit                    failure >= limit
//!  healthy ------------------> mostly healthy ------------------> unhealthy
//!     ^  ^---------------------------+  success >= limit             |   ^
//!     |                                                              |   | failure >= limit
//!     +---------------------- mostly unhealthy <---------------------+   |
//!        success >= limit            |        success < limit            |
//!                                    +-----------------------------------+
//! ```
//!
//! The two modes in the middle never change the verdict. While one endpoint is remembered without
//! being configured, its mode falls back to the full one and the counters stay.

use alloc::vec::Vec;

use super::{Context, Machine, Note};
use crate::cause::Code;
use crate::config::{Initial, PoolConfig, ReportLimits};
use crate::gate::Closing;
use crate::input::{Command, Event};
use crate::outcome::{By, Class, Classifier, Seen, remember};
use crate::rules::{ANY_LANE, LANES, lane};
use crate::signal::{Opinion, Signal, Source};
use crate::time::Tick;

/// The four modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Healthy,
    MostlyHealthy,
    Unhealthy,
    MostlyUnhealthy,
}

wire_enum!(Mode {
    Healthy = "healthy",
    MostlyHealthy = "mostly-healthy",
    Unhealthy = "unhealthy",
    MostlyUnhealthy = "mostly-unhealthy",
});

/// What brought the endpoint to where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hand {
    /// Nothing yet.
    Birth,
    Active,
    Passive,
    Operator,
    Trials,
}

wire_enum!(Hand {
    Birth = "birth",
    Active = "active",
    Passive = "passive",
    Operator = "operator",
    Trials = "trials",
});

/// The machine.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KongCounters {
    mode: Mode,
    successes: u32,
    http_failures: u32,
    tcp_failures: u32,
    timeouts: u32,
    since: Tick,
    by: Hand,
    code: Code,
    /// The class that flipped it, and its count then.
    flipped: Option<(Class, u32)>,
    /// What flipped it.
    evidence: Vec<Seen>,
    /// Reports of one direction since the last of the other.
    run: Vec<Seen>,
}

wire_struct!(KongCounters {
    mode,
    successes,
    http_failures,
    tcp_failures,
    timeouts,
    since,
    by,
    code,
    flipped,
    evidence,
    run,
});

impl Machine for KongCounters {
    fn present(config: &PoolConfig) -> bool {
        config.counters.is_some() && config.is_checked()
    }

    fn born(context: &Context<'_>) -> Self {
        let initial = context.config.initial;
        let (mode, code) = match initial {
            Initial::Healthy => (Mode::Healthy, Code::Birth),
            Initial::Unhealthy => (Mode::Unhealthy, Code::InitialUnhealthy),
        };
        Self {
            mode,
            successes: 0,
            http_failures: 0,
            tcp_failures: 0,
            timeouts: 0,
            since: context.now,
            by: Hand::Birth,
            code,
            flipped: None,
            evidence: Vec::new(),
            run: Vec::new(),
        }
    }

    fn observe(&mut self, context: &Context<'_>, event: &Event) -> Option<Note> {
        let before = self.is_available();
        match event {
            Event::Probe(report) => {
                let classes = &context.config.probe.as_ref()?.classes;
                let seen = Seen {
                    at: context.now,
                    by: By::Probe(report.attempt),
                    what: report.what,
                    class: Classifier::new(classes).probe_class(report.what),
                    latency_us: report.latency_us,
                };
                self.report(limits(context.config, Hand::Active)?, Hand::Active, seen);
            }
            Event::Outcome(report) => {
                let seen = Seen {
                    at: context.now,
                    by: By::Request(report.request),
                    what: report.what,
                    class: report.class,
                    latency_us: report.latency_us,
                };
                self.report(limits(context.config, Hand::Passive)?, Hand::Passive, seen);
                if matches!(report.closed, Some(Closing::Run(lane)) if usize::from(lane) < ANY_LANE)
                    && self.is_available()
                {
                    self.flip(Mode::Unhealthy, Hand::Passive, seen);
                }
            }
            Event::Operator(Command::SetHealthy) => {
                self.set(
                    context.now,
                    Mode::Healthy,
                    Hand::Operator,
                    Code::SetByOperator,
                );
            }
            Event::Operator(Command::SetUnhealthy) => {
                self.set(
                    context.now,
                    Mode::Unhealthy,
                    Hand::Operator,
                    Code::SetByOperator,
                );
            }
            _ => {}
        }
        self.news(before)
    }

    fn note(&mut self, context: &Context<'_>, note: &Note) -> Option<Note> {
        if *note != Note::Recovered {
            return None;
        }
        let before = self.is_available();
        self.set(context.now, Mode::Healthy, Hand::Trials, Code::TrialPassed);
        self.news(before)
    }

    fn reconfigured(&mut self, context: &Context<'_>) -> Option<Note> {
        let before = self.is_available();
        let gone = match self.by {
            Hand::Birth => context.config.initial == Initial::Healthy,
            Hand::Active => !context.config.probes(),
            Hand::Passive => {
                !limits(context.config, Hand::Passive).is_some_and(ReportLimits::can_eject)
            }
            Hand::Operator | Hand::Trials => false,
        };
        if gone && !before {
            self.set(context.now, Mode::Healthy, Hand::Birth, Code::CheckGone);
        }
        self.news(before)
    }

    fn removed(&mut self) {
        self.mode = if self.is_available() {
            Mode::Healthy
        } else {
            Mode::Unhealthy
        };
    }

    fn signal(&self, context: &Context<'_>) -> Option<Signal> {
        let opinion = if self.is_available() {
            Opinion::Healthy
        } else {
            Opinion::Unhealthy
        };
        let mut signal = Signal::new(Source::Counters, opinion, self.since, self.code);
        signal.by_traffic = self.by == Hand::Passive;
        signal.seen = self.evidence.clone();
        if let Some((class, count)) = self.flipped {
            signal.count = count;
            let limit = limits(context.config, self.by).and_then(|it| it.limit(class));
            signal.limit = limit.cloned();
        }
        Some(signal)
    }

    fn runs(&self) -> [u8; LANES] {
        let fitting = |count| u8::try_from(count).unwrap_or(u8::MAX);
        [
            fitting(self.http_failures),
            fitting(self.tcp_failures),
            fitting(self.timeouts),
            0,
        ]
    }
}

impl KongCounters {
    /// True if its mode lets requests through.
    pub(crate) fn is_available(&self) -> bool {
        matches!(self.mode, Mode::Healthy | Mode::MostlyHealthy)
    }

    /// Successes in a row so far.
    pub(crate) fn successes(&self) -> u32 {
        self.successes
    }

    fn report(&mut self, limits: &ReportLimits, by: Hand, seen: Seen) {
        let Some(limit) = limits.limit(seen.class).filter(|limit| limit.value > 0) else {
            return;
        };
        let success = seen.class == Class::Success;
        if self.mode
            == if success {
                Mode::Healthy
            } else {
                Mode::Unhealthy
            }
        {
            return;
        }
        let count = self.count(seen);
        if count >= limit.value {
            let mode = if success {
                Mode::Healthy
            } else {
                Mode::Unhealthy
            };
            self.flip(mode, by, seen);
        } else if self.mode == Mode::Healthy {
            self.mode = Mode::MostlyHealthy;
        } else if self.mode == Mode::Unhealthy {
            self.mode = Mode::MostlyUnhealthy;
        }
    }

    /// Counts a report and zeroes what it zeroes.
    fn count(&mut self, seen: Seen) -> u32 {
        let success = seen.class == Class::Success;
        if self
            .run
            .last()
            .is_some_and(|last| (last.class == Class::Success) != success)
        {
            self.run.clear();
        }
        remember(&mut self.run, seen);
        if success {
            (self.http_failures, self.tcp_failures, self.timeouts) = (0, 0, 0);
        } else {
            self.successes = 0;
        }
        let counter = self.counter(seen.class);
        *counter = counter.saturating_add(1);
        *counter
    }

    fn counter(&mut self, class: Class) -> &mut u32 {
        match lane(class) {
            Some(0) => &mut self.http_failures,
            Some(1) => &mut self.tcp_failures,
            Some(_) => &mut self.timeouts,
            None => &mut self.successes,
        }
    }

    /// Takes a full mode because a counter reached its limit. Where that does not change the
    /// verdict, the reason for the verdict stays.
    fn flip(&mut self, mode: Mode, by: Hand, seen: Seen) {
        let before = self.is_available();
        self.mode = mode;
        if self.is_available() == before {
            return;
        }
        self.since = seen.at;
        self.by = by;
        self.code = match seen.class {
            Class::HttpFailure => Code::HttpFailures,
            Class::TcpFailure => Code::TcpFailures,
            Class::Timeout => Code::Timeouts,
            Class::Success | Class::Neutral => Code::Successes,
        };
        self.flipped = Some((seen.class, *self.counter(seen.class)));
        self.evidence = self
            .run
            .iter()
            .filter(|it| it.class == seen.class)
            .copied()
            .collect();
        if self.evidence.is_empty() {
            self.evidence.push(seen);
        }
    }

    /// Takes a full mode by somebody's hand: all counters begin anew.
    fn set(&mut self, now: Tick, mode: Mode, by: Hand, code: Code) {
        self.mode = mode;
        self.successes = 0;
        (self.http_failures, self.tcp_failures, self.timeouts) = (0, 0, 0);
        self.since = now;
        self.by = by;
        self.code = code;
        self.flipped = None;
        self.evidence.clear();
        self.run.clear();
    }

    fn news(&self, before: bool) -> Option<Note> {
        match (before, self.is_available()) {
            (true, false) => Some(Note::Ejected {
                by_traffic: self.by == Hand::Passive,
            }),
            (false, true) => Some(Note::Readmitted),
            _ => None,
        }
    }
}

fn limits(config: &PoolConfig, by: Hand) -> Option<&ReportLimits> {
    let counters = config.counters.as_ref()?;
    match by {
        Hand::Active => counters.active.as_ref(),
        Hand::Passive => counters.passive.as_ref(),
        Hand::Birth | Hand::Operator | Hand::Trials => None,
    }
}

#[cfg(test)]
mod tests;
