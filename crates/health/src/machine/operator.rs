//! What a person holds: healthy or unhealthy until released, whatever is seen.
//!
//! Setting an endpoint (Kong's `PUT .../healthy`) is no hold: the counters take that themselves and
//! go on counting from there.

use super::{Context, Machine, Note};
use crate::cause::Code;
use crate::config::PoolConfig;
use crate::input::{Command, Event};
use crate::signal::{Opinion, Signal, Source};
use crate::time::Tick;

/// The machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Operator {
    /// Held healthy or unhealthy, and since when.
    held: Option<(bool, Tick)>,
}

wire_struct!(Operator { held });

impl Machine for Operator {
    fn present(_config: &PoolConfig) -> bool {
        true
    }

    fn born(_context: &Context<'_>) -> Self {
        Self::default()
    }

    fn observe(&mut self, context: &Context<'_>, event: &Event) -> Option<Note> {
        match event {
            Event::Operator(Command::HoldHealthy) => self.held = Some((true, context.now)),
            Event::Operator(Command::HoldUnhealthy) => self.held = Some((false, context.now)),
            Event::Operator(Command::Release) => self.held = None,
            _ => {}
        }
        None
    }

    fn signal(&self, _context: &Context<'_>) -> Option<Signal> {
        let (healthy, since) = self.held?;
        let opinion = if healthy {
            Opinion::Healthy
        } else {
            Opinion::Unhealthy
        };
        Some(Signal::new(
            Source::Operator,
            opinion,
            since,
            Code::HeldByOperator,
        ))
    }
}
