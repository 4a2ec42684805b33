//! The watch for silence: who is watched, and when somebody looks next.

use std::sync::Arc;

use haleway_health::{EndpointId, Event, SilenceConfig, Tick};

use super::gates::Watched;

/// All endpoints of pools with `silence`. Without any nobody ever looks.
#[derive(Default)]
pub(super) struct Vigil {
    watched: Vec<(Arc<Watched>, Arc<SilenceConfig>)>,
    /// When to look next.
    due: Option<Tick>,
    /// Pools have changed since.
    stale: bool,
}

impl Vigil {
    /// Who is watched has changed.
    pub(super) fn forget(&mut self) {
        self.stale = true;
    }

    /// Whether that has changed since the last time it was told.
    pub(super) fn is_stale(&self) -> bool {
        self.stale
    }

    /// Watches these endpoints from now on.
    pub(super) fn replace(&mut self, watched: Vec<(Arc<Watched>, Arc<SilenceConfig>)>) {
        self.stale = false;
        self.due = (!watched.is_empty()).then_some(Tick::ZERO);
        self.watched = watched;
    }

    /// When it wants to look.
    pub(super) fn due(&self) -> Option<Tick> {
        self.due
    }

    /// Looks at all of them, if that is due: what the judge is to be told.
    pub(super) fn look(&mut self, now: Tick) -> Vec<(EndpointId, Event)> {
        let mut told = Vec::new();
        if self.due.is_none_or(|due| due > now) {
            return told;
        }
        let mut due: Option<Tick> = None;
        for (watched, config) in &self.watched {
            let (Some(ledger), Some(id)) = (watched.ledger(), watched.id()) else {
                continue;
            };
            let (event, next) = ledger.look(now, config, watched.gate.view().state);
            told.extend(event.map(|event| (id, event)));
            due = Some(due.map_or(next, |due| due.min(next)));
        }
        self.due = due;
        told
    }
}
