//! Suspicion: an endpoint that owes answers and has said nothing for `factor` times its usual
//! latency, and for `at_least` in any case, is suspect until it says something.
//!
//! Whatever it says ends the suspicion: a failure is an answer too, and the business of the other
//! machines. A timeout is none, and neither is a connection to a probe: the system of an endpoint
//! takes connections while the endpoint itself hangs.

use super::{Context, Machine, Note};
use crate::cause::Code;
use crate::config::PoolConfig;
use crate::input::{Command, Event};
use crate::outcome::What;
use crate::signal::{Opinion, Signal, Source};
use crate::time::Tick;

/// The machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Silence {
    /// Since when it is suspect, and how many answers it owed then.
    suspect: Option<(Tick, u64)>,
}

wire_struct!(Silence { suspect });

impl Machine for Silence {
    fn present(config: &PoolConfig) -> bool {
        config.silence.is_some()
    }

    fn born(_context: &Context<'_>) -> Self {
        Self::default()
    }

    fn observe(&mut self, context: &Context<'_>, event: &Event) -> Option<Note> {
        let config = context.config.silence.as_ref()?;
        match event {
            Event::Owing {
                answers,
                since,
                usual_us,
            } => {
                let silent_us = context.now.since(*since);
                let too_long = silent_us >= config.limit_us(*usual_us);
                if *answers > 0 && too_long && self.suspect.is_none() {
                    self.suspect = Some((context.now, *answers));
                }
            }
            Event::Heard | Event::Operator(Command::SetHealthy) => self.suspect = None,
            Event::Outcome(report) if report.what.is_answer() => self.suspect = None,
            Event::Probe(report) if speaks(report.what) => self.suspect = None,
            _ => {}
        }
        None
    }

    fn note(&mut self, _context: &Context<'_>, note: &Note) -> Option<Note> {
        if matches!(note, Note::Readmitted | Note::Recovered) {
            self.suspect = None;
        }
        None
    }

    fn signal(&self, context: &Context<'_>) -> Option<Signal> {
        let (since, answers) = self.suspect?;
        let opinion = Opinion::Suspect { trials: 1 };
        let mut signal = Signal::new(Source::Silence, opinion, since, Code::Silence);
        signal.by_traffic = true;
        signal.count = u32::try_from(answers).unwrap_or(u32::MAX);
        signal.limit = context.config.silence.as_ref().map(|it| it.factor.clone());
        Some(signal)
    }
}

fn speaks(what: What) -> bool {
    what.is_answer() && what != What::Connected
}
