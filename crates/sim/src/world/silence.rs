//! Who owes answers. The looks, their moments and what is told are the engine's
//! (`engine/src/health/ledger.rs`, `vigil.rs`).

use haleway_health::{Event, SilenceConfig, State, Tally, Tick};

use super::court::Place;
use super::{Due, World};

/// What looks at one endpoint have found so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Looked {
    heard: u64,
    latency_us: u64,
    usual_us: u64,
    /// How long it may be silent, as of the last look.
    patience_us: u64,
    /// When the judge was told of the silence that lasts.
    told: Option<Tick>,
    was_suspect: bool,
    /// When the last suspicion ended: silence counts from there.
    cleared: Tick,
}

/// Time between two looks at least.
const LOOK_AGAIN_MIN_US: u64 = 1_000;

/// The usual latency forgets this part of a high one with every look that hears something.
const FORGOTTEN: u64 = 8;

impl Looked {
    /// How long a trial waits before another endpoint is tried besides.
    pub(super) fn patience_us(&self) -> u64 {
        self.patience_us
    }

    /// What the judge is to be told, and when to look again at the latest.
    fn look(
        &mut self,
        now: Tick,
        (tally, config): (&Tally, &SilenceConfig),
        state: State,
    ) -> (Option<Event>, Tick) {
        let owing = tally.owing();
        self.learn(tally);
        let limit_us = config.limit_us(self.usual_us).max(LOOK_AGAIN_MIN_US);
        self.patience_us = limit_us;
        let suspect = state == State::Suspect;
        if self.was_suspect && !suspect {
            (self.told, self.cleared) = (None, now);
        }
        self.was_suspect = suspect;
        let silent_since = owing.since.max(self.cleared);
        let due = silent_since.after(limit_us);
        let mut next = now.after(limit_us);
        let mut event = None;
        match self.told {
            Some(told) if owing.heard_at > told => {
                self.told = None;
                event = suspect.then_some(Event::Heard);
            }
            Some(_) => {}
            None if suspect => self.told = Some(now),
            None if state != State::Open || owing.answers == 0 => {}
            None if due > now => next = due,
            None => {
                self.told = Some(now);
                next = now.after(LOOK_AGAIN_MIN_US);
                event = Some(Event::Owing {
                    answers: owing.answers,
                    since: silent_since,
                    usual_us: self.usual_us,
                });
            }
        }
        (event, next.max(now.after(LOOK_AGAIN_MIN_US)))
    }

    /// The mean since the last look counts at once where it is higher, and little by little where
    /// it is lower.
    fn learn(&mut self, tally: &Tally) {
        let totals = tally.totals();
        let heard = totals.heard - self.heard;
        let latency_us = totals.latency_us - self.latency_us;
        (self.heard, self.latency_us) = (totals.heard, totals.latency_us);
        if let Some(mean_us) = latency_us.checked_div(heard) {
            let fallen = self.usual_us - self.usual_us / FORGOTTEN + mean_us / FORGOTTEN;
            self.usual_us = mean_us.max(fallen);
        }
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
                let (event, due) = member.looked.look(now, (&member.tally, silence), state);
                next = Some(next.map_or(due, |next| next.min(due)));
                let told = member.id.zip(event);
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
