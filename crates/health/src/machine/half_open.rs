//! The way back from an ejection by traffic: after a wait, trials; each failed trial doubles the
//! wait.
//!
//! ```text
//!        ejected by traffic         wait over          all passed
//!  idle --------------------> waiting -------> trying ------------> idle (the counters begin anew)
//!    ^                          ^  |             |
//!    |      readmitted          |  |             | one failed: the next wait is longer
//!    +--------------------------|--+             |
//!                               +----------------+
//! ```
//!
//! An endpoint that is ejected again within `up_to` of its recovery goes on with the wait it had
//! reached; one that lasted longer begins at `after`.

use super::{Context, Machine, Note};
use crate::cause::Code;
use crate::config::{HalfOpenConfig, PoolConfig};
use crate::gate::TRIALS_MAX;
use crate::input::{Command, Event};
use crate::outcome::Class;
use crate::signal::{Opinion, Signal, Source};
use crate::time::{Tick, mix, share};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    Waiting { until: Tick },
    Trying { passed: u32 },
}

wire_enum!(Phase {
    Idle = "idle",
    Waiting { until } = "waiting",
    Trying { passed } = "trying",
});

/// The machine.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HalfOpen {
    phase: Phase,
    /// Waits in a row so far.
    round: u32,
    since: Tick,
    /// When the last ejection ended.
    ended: Option<Tick>,
}

wire_struct!(HalfOpen {
    phase,
    round,
    since,
    ended
});

impl Machine for HalfOpen {
    fn present(config: &PoolConfig) -> bool {
        config.half_open.is_some()
    }

    fn born(context: &Context<'_>) -> Self {
        Self {
            phase: Phase::Idle,
            round: 0,
            since: context.now,
            ended: None,
        }
    }

    fn observe(&mut self, context: &Context<'_>, event: &Event) -> Option<Note> {
        let config = context.config.half_open.as_ref()?;
        if *event == Event::Operator(Command::SetUnhealthy) {
            // From here on it is out by a hand, not by traffic.
            self.phase = Phase::Idle;
        }
        let (Event::Outcome(report), Phase::Trying { passed }) = (event, self.phase) else {
            return None;
        };
        if !report.trial {
            return None;
        }
        if report.class == Class::Success {
            let passed = passed.saturating_add(1);
            self.phase = Phase::Trying { passed };
            return (passed >= trials(config).into()).then_some(Note::Recovered);
        }
        if report.class.is_failure() {
            self.wait(context, config);
        }
        None
    }

    fn note(&mut self, context: &Context<'_>, note: &Note) -> Option<Note> {
        let config = context.config.half_open.as_ref()?;
        match note {
            Note::Ejected { by_traffic: true } => {
                let lasted = self
                    .ended
                    .is_none_or(|ended| context.now.since(ended) > config.up_to_us);
                if lasted {
                    self.round = 0;
                }
                self.wait(context, config);
            }
            Note::Ejected { by_traffic: false } => self.phase = Phase::Idle,
            Note::Readmitted => {
                self.phase = Phase::Idle;
                self.since = context.now;
                self.ended = Some(context.now);
            }
            Note::Recovered | Note::Flipped { .. } => {}
        }
        None
    }

    fn advance(&mut self, context: &Context<'_>) -> Option<Note> {
        if let Phase::Waiting { .. } = self.phase {
            self.phase = Phase::Trying { passed: 0 };
            self.since = context.now;
        }
        None
    }

    fn deadline(&self) -> Option<Tick> {
        match self.phase {
            Phase::Waiting { until } => Some(until),
            Phase::Idle | Phase::Trying { .. } => None,
        }
    }

    fn signal(&self, context: &Context<'_>) -> Option<Signal> {
        let config = context.config.half_open.as_ref()?;
        let Phase::Trying { passed } = self.phase else {
            return None;
        };
        let opinion = Opinion::Trial {
            trials: trials(config),
        };
        let mut signal = Signal::new(Source::HalfOpen, opinion, self.since, Code::Trial);
        signal.by_traffic = true;
        signal.count = passed;
        Some(signal)
    }
}

impl HalfOpen {
    fn wait(&mut self, context: &Context<'_>, config: &HalfOpenConfig) {
        let doubled = u64::from(1_u32.checked_shl(self.round.min(31)).unwrap_or(u32::MAX));
        let longest_us = config.up_to_us.max(config.after.us);
        let wait_us = config.after.us.saturating_mul(doubled).min(longest_us);
        let jitter_us = match share(wait_us, config.jitter_ppm) {
            0 => 0,
            most => mix(context.salt, self.round.into()) % most,
        };
        let until = context.now.after(wait_us).after(jitter_us);
        self.phase = Phase::Waiting { until };
        self.since = context.now;
        self.round = self.round.saturating_add(1);
    }
}

/// Trials at once, and in a row.
fn trials(config: &HalfOpenConfig) -> u8 {
    u8::try_from(config.trials)
        .unwrap_or(u8::MAX)
        .clamp(1, TRIALS_MAX)
}
