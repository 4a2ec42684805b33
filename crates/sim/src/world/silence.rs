//! Who owes answers: the looks and their moments, as the engine's vigil has them.

use haleway_health::silence::{Facts, Look, Watch};
use haleway_health::{SilenceConfig, State, Tally, Tick};

use super::court::Place;
use super::{Due, World};

/// What looks at one endpoint have found so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Looked {
    watch: Watch,
    /// How long it may be silent, as of the last look.
    patience_us: u64,
}

impl Looked {
    /// How long a trial waits before another endpoint is tried besides.
    pub(super) fn patience_us(&self) -> u64 {
        self.patience_us
    }

    fn look(&mut self, now: Tick, tally: &Tally, state: State, config: &SilenceConfig) -> Look {
        let facts = Facts {
            owing: tally.owing(),
            totals: tally.totals(),
            state,
        };
        let look = self.watch.look(now, &facts, config);
        self.patience_us = look.patience_us;
        look
    }
}

impl World {
    /// True where somebody must look.
    pub(super) fn has_silence(&self) -> bool {
        let mut pools = self.pools.iter();
        pools.any(|pool| pool.gates.as_ref().is_some_and(|it| it.silence.is_some()))
    }

    /// Looks at all endpoints that may fall silent.
    pub(super) fn look(&mut self) {
        let now = Tick(self.now_us);
        let mut next: Option<Tick> = None;
        for pool in &mut self.pools {
            let Some(silence) = pool.gates.as_ref().and_then(|it| it.silence.as_ref()) else {
                continue;
            };
            for member in &mut pool.members {
                let state = member.gate.view().state;
                let look = member.looked.look(now, &member.tally, state, silence);
                next = Some(next.map_or(look.again_at, |next| next.min(look.again_at)));
                let told = member.id.zip(look.event);
                self.told.extend(told);
            }
        }
        if let Some(next) = next {
            self.plan(next.0, Due::Look);
        }
    }

    /// An endpoint is in doubt: who waits for it may be tried elsewhere besides.
    pub(super) fn alarm(&mut self) {
        while let Some(place) = self.alarmed.pop() {
            for (flight, attempt) in self.waiting_for(place) {
                self.doubt(flight, attempt);
            }
        }
    }

    pub(super) fn in_doubt(&self, place: Place) -> bool {
        let member = self.member(place);
        member.is_some_and(|member| member.gate.view().state != State::Open)
    }
}
