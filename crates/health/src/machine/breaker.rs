//! A breaker over failures of any kind in a row, as gobreaker 1.0 behaves in KrakenD.
//!
//! ```text
//!          more than max_errors failures in a row
//!  closed ---------------------------------------> open
//!    ^  ^                                          |  ^
//!    |  +-- each `interval`: count begins anew     |  | trial fails
//!    |                                   `timeout` |  |
//!    +------------------- half-open <--------------+  |
//!       trial passes          |                       |
//!                             +-----------------------+
//! ```
//!
//! Half-open lets one request through. An interval begins with the first request after the last one
//! ended, and results of requests that began before it do not count: the gate begins a new
//! generation. A request that its client gave up is not counted.

use alloc::vec::Vec;

use super::{Context, Machine, Note};
use crate::cause::Code;
use crate::config::{BreakerConfig, PoolConfig};
use crate::gate::Closing;
use crate::input::{Command, Event, OutcomeReport};
use crate::outcome::{By, Class, Seen, remember};
use crate::rules::{ANY_LANE, LANES};
use crate::signal::{Opinion, Signal, Source};
use crate::time::Tick;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Closed,
    Open,
    HalfOpen,
}

wire_enum!(Phase { Closed = "closed", Open = "open", HalfOpen = "half-open" });

/// The machine.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Breaker {
    phase: Phase,
    /// Failures in a row.
    errors: u32,
    /// End of the interval (closed) or of the wait (open).
    until: Option<Tick>,
    since: Tick,
    era: u32,
    /// The interval is over, and no outcome has begun the next one.
    awaits: bool,
    run: Vec<Seen>,
}

wire_struct!(Breaker {
    phase,
    errors,
    until,
    since,
    era,
    awaits,
    run
});

impl Machine for Breaker {
    fn present(config: &PoolConfig) -> bool {
        config.breaker.is_some()
    }

    fn born(context: &Context<'_>) -> Self {
        let mut breaker = Self {
            phase: Phase::Closed,
            errors: 0,
            until: None,
            since: context.now,
            era: 0,
            awaits: false,
            run: Vec::new(),
        };
        if let Some(config) = &context.config.breaker {
            breaker.until = interval_from(config, context.now);
        }
        breaker
    }

    fn observe(&mut self, context: &Context<'_>, event: &Event) -> Option<Note> {
        let config = context.config.breaker.as_ref()?;
        match event {
            Event::Outcome(report) => self.report(config, context.now, report),
            Event::Operator(Command::SetHealthy) => self.close(config, context.now),
            Event::Operator(Command::SetUnhealthy) => self.open(config, context.now),
            _ => {}
        }
        None
    }

    fn advance(&mut self, context: &Context<'_>) -> Option<Note> {
        match self.phase {
            Phase::Closed => {
                self.begin_anew();
                self.awaits = true;
            }
            Phase::Open => {
                self.phase = Phase::HalfOpen;
                self.until = None;
                self.since = context.now;
            }
            Phase::HalfOpen => {}
        }
        None
    }

    fn deadline(&self) -> Option<Tick> {
        self.until
    }

    fn reconfigured(&mut self, context: &Context<'_>) -> Option<Note> {
        let config = context.config.breaker.as_ref()?;
        let wait_us = match self.phase {
            Phase::Closed if config.interval.us == 0 => {
                self.until = None;
                self.awaits = false;
                return None;
            }
            Phase::Closed => {
                self.awaits = self.until.is_none();
                config.interval.us
            }
            Phase::Open => config.timeout.us,
            Phase::HalfOpen => return None,
        };
        // A shorter wait takes hold at once, a longer one from the next time on.
        self.until = self
            .until
            .map(|until| until.min(context.now.after(wait_us)));
        None
    }

    fn signal(&self, context: &Context<'_>) -> Option<Signal> {
        let (opinion, code) = match self.phase {
            Phase::Closed => (Opinion::Healthy, Code::BreakerClosed),
            Phase::Open => (Opinion::Unhealthy, Code::BreakerOpen),
            Phase::HalfOpen => (Opinion::Trial { trials: 1 }, Code::BreakerTrial),
        };
        let mut signal = Signal::new(Source::Breaker, opinion, self.since, code);
        signal.by_traffic = true;
        signal.count = self.errors;
        signal.limit = context
            .config
            .breaker
            .as_ref()
            .map(|it| it.max_errors.clone());
        signal.seen = self.run.clone();
        signal.until = self.until.filter(|_| self.phase == Phase::Open);
        Some(signal)
    }

    fn runs(&self) -> [u8; LANES] {
        let mut runs = [0; LANES];
        if self.phase == Phase::Closed {
            runs[ANY_LANE] = u8::try_from(self.errors).unwrap_or(u8::MAX);
        }
        runs
    }

    fn era(&self) -> u32 {
        self.era
    }

    fn watches(&self) -> bool {
        // The next outcome begins the next interval, whatever it is.
        self.phase == Phase::Closed && self.awaits
    }
}

impl Breaker {
    fn report(&mut self, config: &BreakerConfig, now: Tick, report: &OutcomeReport) {
        if report.class == Class::Neutral {
            return;
        }
        let failure = report.class.is_failure();
        match self.phase {
            Phase::Closed => self.count(config, now, report, failure),
            Phase::HalfOpen if report.trial => {
                if failure {
                    remember(&mut self.run, seen(now, report));
                    self.open(config, now);
                } else {
                    self.close(config, now);
                }
            }
            Phase::HalfOpen | Phase::Open => {}
        }
    }

    fn count(&mut self, config: &BreakerConfig, now: Tick, report: &OutcomeReport, failure: bool) {
        if self.awaits {
            self.awaits = false;
            let began = Tick(now.0.saturating_sub(report.latency_us));
            self.until = interval_from(config, began).map(|until| until.max(now.after(1)));
        }
        if !failure {
            self.errors = 0;
            self.run.clear();
            return;
        }
        self.errors = self.errors.saturating_add(1);
        remember(&mut self.run, seen(now, report));
        let crossed = report.closed == Some(Closing::Run(ANY_LANE as u8));
        if crossed || self.errors > config.max_errors.value {
            self.open(config, now);
        }
    }

    fn open(&mut self, config: &BreakerConfig, now: Tick) {
        self.phase = Phase::Open;
        self.until = Some(now.after(config.timeout.us));
        self.since = now;
    }

    fn close(&mut self, config: &BreakerConfig, now: Tick) {
        self.phase = Phase::Closed;
        self.begin_anew();
        self.until = interval_from(config, now);
        self.since = now;
    }

    fn begin_anew(&mut self) {
        self.errors = 0;
        self.run.clear();
        self.awaits = false;
        self.until = None;
        self.era = self.era.wrapping_add(1);
    }
}

fn interval_from(config: &BreakerConfig, began: Tick) -> Option<Tick> {
    (config.interval.us > 0).then(|| began.after(config.interval.us))
}

fn seen(now: Tick, report: &OutcomeReport) -> Seen {
    Seen {
        at: now,
        by: By::Request(report.request),
        what: report.what,
        class: report.class,
        latency_us: report.latency_us,
    }
}
