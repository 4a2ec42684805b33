//! What discovery itself says of an endpoint's health, as long as it says anything.

use super::{Context, Machine, Note};
use crate::cause::Code;
use crate::config::PoolConfig;
use crate::input::Event;
use crate::signal::{Opinion, Signal, Source};
use crate::time::Tick;

/// The machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Discovery {
    /// Its word, and since when.
    said: Option<(bool, Tick)>,
}

wire_struct!(Discovery { said });

impl Machine for Discovery {
    fn present(_config: &PoolConfig) -> bool {
        true
    }

    fn born(_context: &Context<'_>) -> Self {
        Self::default()
    }

    fn observe(&mut self, context: &Context<'_>, event: &Event) -> Option<Note> {
        if let Event::Discovery(word) = event
            && self.said.map(|(healthy, _)| healthy) != *word
        {
            self.said = word.map(|healthy| (healthy, context.now));
        }
        None
    }

    fn signal(&self, _context: &Context<'_>) -> Option<Signal> {
        let (healthy, since) = self.said?;
        let opinion = if healthy {
            Opinion::Healthy
        } else {
            Opinion::Unhealthy
        };
        Some(Signal::new(
            Source::Discovery,
            opinion,
            since,
            Code::Discovery,
        ))
    }
}
