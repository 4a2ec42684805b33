//! The pace of the health thread: what it puts off so that much is done at once.
//!
//! Waking up costs about as much as a probe. So probes that fall due shortly after others went out
//! wait for one another, and so do the judge's other deadlines. Where little is to be done nothing
//! is put off: only what follows too closely.

use std::time::{Duration, Instant};

use super::court::{ProbeToSend, Turn};

/// Probes go out no more often than this. Kong's own health checker looks every 100 ms.
const PACE: Duration = Duration::from_millis(20);

/// Longest sleep.
const SLEEP_MAX: Duration = Duration::from_secs(3600);

/// What waits, and until when.
pub(super) struct Pace {
    waiting: Vec<ProbeToSend>,
    /// Nothing goes out before.
    next: Instant,
    until: Option<Instant>,
    look: Option<Instant>,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            waiting: Vec::new(),
            next: now,
            until: None,
            look: None,
        }
    }

    /// Takes what the court wants.
    pub(super) fn take(&mut self, turn: Turn) {
        self.waiting.extend(turn.probes);
        (self.until, self.look) = (turn.until, turn.look);
    }

    /// The probes that go out now.
    pub(super) fn due(&mut self, now: Instant) -> Option<&mut Vec<ProbeToSend>> {
        if self.waiting.is_empty() || now < self.next {
            return None;
        }
        self.next = now + PACE;
        Some(&mut self.waiting)
    }

    /// When to wake at the latest, if a time limit passes at `limit`.
    pub(super) fn wake_at(&self, now: Instant, limit: Option<Instant>) -> Instant {
        let waiting = (!self.waiting.is_empty()).then_some(self.next);
        let until = self.until.map(|until| until.max(self.next));
        let all = [waiting, until, self.look, limit];
        all.into_iter()
            .flatten()
            .fold(now + SLEEP_MAX, Instant::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_deadline_is_put_off_only_where_it_follows_another_one_closely() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        let turn = |until, look| Turn {
            probes: Vec::new(),
            until: Some(now + ms(until)),
            look,
        };
        pace.take(turn(3, None));
        assert_eq!(pace.wake_at(now, None), now + ms(3));
        pace.next = now + PACE;
        assert_eq!(pace.wake_at(now, None), now + PACE);
        pace.take(turn(500, None));
        assert_eq!(pace.wake_at(now, None), now + ms(500));
        pace.take(turn(3, Some(now + ms(5))));
        assert_eq!(
            pace.wake_at(now, None),
            now + ms(5),
            "silence is never found late"
        );
        assert_eq!(pace.wake_at(now, Some(now + ms(4))), now + ms(4));
    }

    #[test]
    fn who_wants_nothing_sleeps_long() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        assert_eq!(pace.wake_at(now, None), now + SLEEP_MAX);
        assert!(pace.due(now).is_none());
        assert_eq!(pace.next, now, "nothing went out");
    }
}
