//! What an endpoint owes, kept where silence is watched for: what was asked and what came of it,
//! how long it may be silent, and an alarm for requests that wait for it.
//!
//! The path of a request writes counters of its own core. The alarm is a list of waiting requests
//! per core, too: a request that waits for it takes a lock that no other core takes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use haleway_health::{Event, SilenceConfig, State, Tally, Tick};
use tokio::sync::Notify;

/// One endpoint's ledger.
pub(super) struct Ledger {
    pub(super) tally: Tally,
    alarms: Box<[Notify]>,
    /// How long it may be silent, as of the last look.
    limit_us: AtomicU64,
    /// Only who holds the court takes this lock.
    looked: Mutex<Looked>,
}

/// What looks have found so far.
#[derive(Debug, Default)]
struct Looked {
    heard: u64,
    latency_us: u64,
    usual_us: u64,
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

impl Ledger {
    /// An empty one for this many cores.
    pub(super) fn new(cores: usize) -> Self {
        Self {
            tally: Tally::new(cores),
            alarms: (0..cores.max(1)).map(|_| Notify::new()).collect(),
            limit_us: AtomicU64::new(u64::MAX),
            looked: Mutex::default(),
        }
    }

    /// How long the endpoint may be silent; `None` before anybody looked.
    pub(super) fn patience(&self) -> Option<Duration> {
        let us = self.limit_us.load(Ordering::Relaxed);
        (us != u64::MAX).then(|| Duration::from_micros(us))
    }

    /// The alarm of a core.
    pub(super) fn alarm(&self, core: usize) -> &Notify {
        &self.alarms[core % self.alarms.len()]
    }

    /// Wakes every request that waits for this endpoint.
    pub(super) fn raise(&self) {
        for alarm in &self.alarms {
            alarm.notify_waiters();
        }
    }

    /// Looks what is owed: what the judge is to be told, and when to look again at the latest.
    ///
    /// A look is due within the shortest silence that matters, and again when the one that lasts
    /// will have lasted long enough: so none is found late, however seldom somebody looks.
    pub(super) fn look(
        &self,
        now: Tick,
        config: &SilenceConfig,
        state: State,
    ) -> (Option<Event>, Tick) {
        let owing = self.tally.owing();
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        looked.learn(&self.tally);
        let limit_us = config.limit_us(looked.usual_us).max(LOOK_AGAIN_MIN_US);
        self.limit_us.store(limit_us, Ordering::Relaxed);
        let suspect = state == State::Suspect;
        if looked.was_suspect && !suspect {
            (looked.told, looked.cleared) = (None, now);
        }
        looked.was_suspect = suspect;
        let heard = |told: Tick| owing.heard_at > told;
        let silent_since = owing.since.max(looked.cleared);
        let due = silent_since.after(limit_us);
        let (told, event, next) = match looked.told {
            Some(told) if heard(told) => (None, suspect.then_some(Event::Heard), now),
            Some(told) => (Some(told), None, now),
            None if suspect => (Some(now), None, now),
            None if state != State::Open || owing.answers == 0 => (None, None, now),
            None if due > now => (None, None, due),
            None => {
                let event = Event::Owing {
                    answers: owing.answers,
                    since: silent_since,
                    usual_us: looked.usual_us,
                };
                // The next look is to see what became of it.
                let soon = now.after(LOOK_AGAIN_MIN_US);
                (Some(now), Some(event), soon)
            }
        };
        looked.told = told;
        let next = if next > now {
            next
        } else {
            now.after(limit_us)
        };
        (event, next.max(now.after(LOOK_AGAIN_MIN_US)))
    }
}

impl Looked {
    /// Learns the usual latency: the mean since the last look counts at once where it is higher,
    /// and little by little where it is lower. Slow answers among quick ones are usual, too.
    fn learn(&mut self, tally: &Tally) {
        let totals = tally.totals();
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

#[cfg(test)]
mod tests {
    use haleway_health::{Class, Limit};

    use super::*;

    fn config(factor: u32, at_least_us: u64) -> SilenceConfig {
        SilenceConfig {
            factor: Limit {
                value: factor,
                ..Limit::default()
            },
            at_least_us,
        }
    }

    fn answered(ledger: &Ledger, at: u64, latency_us: u64) {
        ledger.tally.asked(0, Tick(at - latency_us));
        ledger
            .tally
            .ended(0, Tick(at), Class::Neutral, true, latency_us);
    }

    #[test]
    fn silence_is_found_when_it_has_lasted_and_not_before() {
        let (ledger, config) = (Ledger::new(2), config(8, 50_000));
        let look = |now, state| ledger.look(Tick(now), &config, state);
        assert_eq!(
            look(0, State::Open),
            (None, Tick(50_000)),
            "nothing is owed"
        );
        ledger.tally.asked(1, Tick(10_000));
        assert_eq!(look(50_000, State::Open), (None, Tick(60_000)));
        let owing = Event::Owing {
            answers: 1,
            since: Tick(10_000),
            usual_us: 0,
        };
        assert_eq!(look(60_000, State::Open).0, Some(owing));
        assert_eq!(look(70_000, State::Suspect).0, None, "told once");
        ledger
            .tally
            .ended(1, Tick(75_000), Class::Success, true, 65_000);
        assert_eq!(look(80_000, State::Suspect).0, Some(Event::Heard));
        assert_eq!(look(90_000, State::Open).0, None);
    }

    #[test]
    fn a_suspicion_that_ended_otherwise_begins_the_silence_anew() {
        let (ledger, config) = (Ledger::new(1), config(1, 50_000));
        let look = |now, state| ledger.look(Tick(now), &config, state).0;
        ledger.tally.asked(0, Tick(1));
        assert!(look(60_000, State::Open).is_some());
        assert!(look(70_000, State::Suspect).is_none());
        assert!(look(80_000, State::Open).is_none(), "a probe had an answer");
        assert!(look(129_999, State::Open).is_none());
        assert!(look(130_000, State::Open).is_some());
    }

    #[test]
    fn who_is_out_anyway_is_not_told_of() {
        let (ledger, config) = (Ledger::new(1), config(1, 50_000));
        ledger.tally.asked(0, Tick(1));
        for state in [State::Closed, State::HalfOpen] {
            assert_eq!(ledger.look(Tick(90_000), &config, state).0, None);
        }
    }

    #[test]
    fn the_usual_latency_rises_at_once_and_falls_slowly() {
        let (ledger, config) = (Ledger::new(1), config(10, 1_000));
        let mut limits = Vec::new();
        for (at, latency_us) in [(100_000, 1_000), (200_000, 9_000), (300_000, 1_000)] {
            answered(&ledger, at, latency_us);
            let _ = ledger.look(Tick(at), &config, State::Open);
            limits.push(ledger.patience().unwrap().as_micros());
        }
        assert_eq!(limits, [10_000, 90_000, 80_000]);
    }
}
