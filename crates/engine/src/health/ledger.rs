//! What an endpoint owes, kept where silence is watched for: what was asked and what came of it,
//! how long it may be silent, and an alarm for requests that wait for it.
//!
//! The path of a request writes counters of its own core. The alarm is a list of waiting requests
//! per core, too: a request that waits for it takes a lock that no other core takes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use haleway_health::silence::{Facts, Watch};
use haleway_health::{Event, SilenceConfig, State, Tally, Tick};
use tokio::sync::Notify;

/// One endpoint's ledger.
pub(super) struct Ledger {
    pub(super) tally: Tally,
    alarms: Box<[Notify]>,
    /// How long it may be silent, as of the last look.
    patience_us: AtomicU64,
    /// Only who holds the court takes this lock.
    watch: Mutex<Watch>,
}

impl Ledger {
    /// An empty one for this many cores.
    pub(super) fn new(cores: usize) -> Self {
        Self {
            tally: Tally::new(cores),
            alarms: (0..cores.max(1)).map(|_| Notify::new()).collect(),
            patience_us: AtomicU64::new(u64::MAX),
            watch: Mutex::default(),
        }
    }

    /// How long the endpoint may be silent; `None` before anybody looked.
    pub(super) fn patience(&self) -> Option<Duration> {
        let us = self.patience_us.load(Ordering::Relaxed);
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
    pub(super) fn look(
        &self,
        now: Tick,
        config: &SilenceConfig,
        state: State,
    ) -> (Option<Event>, Tick) {
        let facts = Facts {
            owing: self.tally.owing(),
            totals: self.tally.totals(),
            state,
        };
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let look = watch.look(now, &facts, config);
        self.patience_us.store(look.patience_us, Ordering::Relaxed);
        (look.event, look.again_at)
    }
}

#[cfg(test)]
mod tests {
    use haleway_health::{Class, Limit};

    use super::*;

    #[test]
    fn a_look_tells_what_is_owed_and_how_long_it_may_last() {
        let ledger = Ledger::new(2);
        let config = SilenceConfig {
            factor: Limit {
                value: 8,
                ..Limit::default()
            },
            at_least_us: 50_000,
        };
        let look = |now, state| ledger.look(Tick(now), &config, state);
        assert_eq!(ledger.patience(), None, "nobody has looked");
        assert_eq!(look(0, State::Open), (None, Tick(50_000)));
        assert_eq!(ledger.patience(), Some(Duration::from_millis(50)));
        ledger.tally.asked(1, Tick(10_000));
        assert_eq!(look(50_000, State::Open), (None, Tick(60_000)));
        let owing = Event::Owing {
            answers: 1,
            since: Tick(10_000),
            usual_us: 0,
        };
        assert_eq!(look(60_000, State::Open).0, Some(owing));
        let tally = &ledger.tally;
        tally.ended(1, Tick(75_000), Class::Success, true, 65_000);
        assert_eq!(look(80_000, State::Suspect).0, Some(Event::Heard));
        assert_eq!(ledger.patience(), Some(Duration::from_millis(8 * 65)));
    }
}
