//! The watch for silence: who owes answers for too long, seen from the counts of its tally.
//!
//! Somebody with a clock looks now and then. A look says what the judge is to be told and when to
//! look again at the latest, so that no silence is found late, however seldom somebody looks.

use crate::config::SilenceConfig;
use crate::gate::State;
use crate::input::Event;
use crate::tally::{Owing, Totals};
use crate::time::Tick;

/// Time between two looks at least, in microseconds. No silence shorter than that is one.
pub const LOOK_AGAIN_MIN_US: u64 = 1_000;

/// The usual latency forgets this part of a high one with every look that hears something.
const FORGOTTEN: u64 = 8;

/// What a look sees of an endpoint. What is owed is read before what was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What it owes.
    pub owing: Owing,
    /// All that its tally adds up to.
    pub totals: Totals,
    /// What its gate is.
    pub state: State,
}

/// What came of a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// What the judge is to be told.
    pub event: Option<Event>,
    /// How long the endpoint may be silent, in microseconds.
    pub patience_us: u64,
    /// When to look again at the latest; never before [`LOOK_AGAIN_MIN_US`] are over.
    pub again_at: Tick,
}

/// What looks at one endpoint have found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    heard: u64,
    latency_us: u64,
    usual_us: u64,
    /// When the judge was told of the silence that lasts.
    told: Option<Tick>,
    was_suspect: bool,
    /// When the last suspicion ended: silence counts from there.
    cleared: Tick,
}

impl Watch {
    /// Looks. `now` is not before the look before it.
    ///
    /// A look is due within the shortest silence that matters, and again when the one that lasts
    /// will have lasted long enough.
    pub fn look(&mut self, now: Tick, facts: &Facts, config: &SilenceConfig) -> Look {
        self.learn(&facts.totals);
        let patience_us = config.limit_us(self.usual_us).max(LOOK_AGAIN_MIN_US);
        let suspect = facts.state == State::Suspect;
        if self.was_suspect && !suspect {
            (self.told, self.cleared) = (None, now);
        }
        self.was_suspect = suspect;
        let silent_since = facts.owing.since.max(self.cleared);
        let due = silent_since.after(patience_us);
        let mut again_at = now.after(patience_us);
        let mut event = None;
        match self.told {
            Some(told) if facts.owing.heard_at > told => {
                self.told = None;
                event = suspect.then_some(Event::Heard);
            }
            Some(_) => {}
            None if suspect => self.told = Some(now),
            None if facts.state != State::Open || facts.owing.answers == 0 => {}
            None if due > now => again_at = due,
            None => {
                self.told = Some(now);
                // The next look is to see what became of it.
                again_at = now.after(LOOK_AGAIN_MIN_US);
                event = Some(Event::Owing {
                    answers: facts.owing.answers,
                    since: silent_since,
                    usual_us: self.usual_us,
                });
            }
        }
        Look {
            event,
            patience_us,
            again_at: again_at.max(now.after(LOOK_AGAIN_MIN_US)),
        }
    }

    /// Learns the usual latency: the mean since the last look counts at once where it is higher,
    /// and little by little where it is lower. Slow answers among quick ones are usual, too.
    fn learn(&mut self, totals: &Totals) {
        let heard = totals.heard.wrapping_sub(self.heard);
        let latency_us = totals.latency_us.wrapping_sub(self.latency_us);
        (self.heard, self.latency_us) = (totals.heard, totals.latency_us);
        let Some(mean_us) = latency_us.checked_div(heard) else {
            return;
        };
        let fallen = self.usual_us - self.usual_us / FORGOTTEN + mean_us / FORGOTTEN;
        self.usual_us = mean_us.max(fallen);
    }
}
