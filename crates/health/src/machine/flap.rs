//! Damping: an endpoint that was ejected `after` times within a while stays away for `hold`, so that
//! requests do not pay for each of its returns.

use alloc::collections::VecDeque;

use super::{Context, Machine, Note};
use crate::cause::Code;
use crate::config::PoolConfig;
use crate::input::{Command, Event};
use crate::signal::{Opinion, Signal, Source, Verdict};
use crate::time::Tick;

/// Ejections that are remembered; a higher limit acts like this one.
const EJECTIONS_MAX: u32 = 64;

/// The machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Flaps {
    /// When it was ejected, oldest first.
    ejections: VecDeque<Tick>,
    /// From when, until when it is kept away, and how many ejections it took.
    held: Option<(Tick, (Tick, u32))>,
}

wire_struct!(Flaps { ejections, held });

impl Machine for Flaps {
    fn present(config: &PoolConfig) -> bool {
        config
            .flaps
            .as_ref()
            .is_some_and(|flaps| flaps.after.value > 0)
    }

    fn born(_context: &Context<'_>) -> Self {
        Self::default()
    }

    fn observe(&mut self, _context: &Context<'_>, event: &Event) -> Option<Note> {
        if *event == Event::Operator(Command::SetHealthy) {
            *self = Self::default();
        }
        None
    }

    fn note(&mut self, context: &Context<'_>, note: &Note) -> Option<Note> {
        let config = context.config.flaps.as_ref()?;
        let Note::Flipped {
            from,
            to: Verdict::Unhealthy,
        } = note
        else {
            return None;
        };
        if !from.is_available() {
            return None;
        }
        self.ejections.push_back(context.now);
        while let Some(oldest) = self.ejections.front()
            && context.now.since(*oldest) > config.within_us
        {
            self.ejections.pop_front();
        }
        let count = u32::try_from(self.ejections.len()).unwrap_or(u32::MAX);
        if count >= config.after.value.min(EJECTIONS_MAX) {
            self.held = Some((context.now, (context.now.after(config.hold_us), count)));
            self.ejections.clear();
        }
        None
    }

    fn advance(&mut self, _context: &Context<'_>) -> Option<Note> {
        self.held = None;
        None
    }

    fn deadline(&self) -> Option<Tick> {
        self.held.map(|(_, (until, _))| until)
    }

    fn signal(&self, context: &Context<'_>) -> Option<Signal> {
        let (since, (until, count)) = self.held?;
        let mut signal = Signal::new(Source::Flaps, Opinion::Unhealthy, since, Code::Flapping);
        signal.by_traffic = true;
        signal.count = count;
        signal.limit = context.config.flaps.as_ref().map(|it| it.after.clone());
        signal.until = Some(until);
        Some(signal)
    }
}
