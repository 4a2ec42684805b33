//! The pace of the health thread: what it puts off so that much is done at once.
//!
//! Waking up costs about as much as a probe. So probes that fall due shortly after others went out
//! wait for one another, and the judge's deadlines keep some distance. Where little is to be done
//! nothing is put off: only what follows too closely.

use std::time::{Duration, Instant};

use super::court::{ProbeToSend, Turn};

/// The judge's deadlines are kept no more often than this.
const DEADLINES_EVERY: Duration = Duration::from_millis(20);

/// Longest sleep.
const SLEEP_MAX: Duration = Duration::from_secs(3600);

/// What waits, and until when.
pub(super) struct Pace {
    waiting: Vec<ProbeToSend>,
    /// When probes went out last.
    sent: Option<Instant>,
    /// How long the most impatient of those that wait may be put off.
    patience: Duration,
    /// When the court sat last.
    sat: Instant,
    until: Option<Instant>,
    look: Option<Instant>,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            waiting: Vec::new(),
            sent: None,
            patience: Duration::MAX,
            sat: now,
            until: None,
            look: None,
        }
    }

    /// Takes what the court wants.
    pub(super) fn take(&mut self, turn: Turn, now: Instant) {
        let patience = turn.probes.iter().map(|(_, target)| target.patience());
        self.patience = patience.fold(self.patience, Duration::min);
        self.waiting.extend(turn.probes);
        (self.until, self.look, self.sat) = (turn.until, turn.look, now);
    }

    /// The probes that go out now.
    pub(super) fn due(&mut self, now: Instant) -> Option<&mut Vec<ProbeToSend>> {
        if self.send_at().is_none_or(|at| now < at) {
            return None;
        }
        (self.sent, self.patience) = (Some(now), Duration::MAX);
        Some(&mut self.waiting)
    }

    /// When to wake at the latest, if a time limit passes at `limit`.
    pub(super) fn wake_at(&self, now: Instant, limit: Option<Instant>) -> Instant {
        let until = self.until.map(|at| at.max(self.sat + DEADLINES_EVERY));
        let all = [self.send_at(), until, self.look, limit];
        all.into_iter()
            .flatten()
            .fold(now + SLEEP_MAX, Instant::min)
    }

    fn send_at(&self) -> Option<Instant> {
        if self.waiting.is_empty() {
            return None;
        }
        // The first ones go out at once.
        Some(self.sent.map_or(self.sat, |sent| sent + self.patience))
    }
}

#[cfg(test)]
mod tests {
    use haleway_blueprint::ProbeKind;
    use haleway_health::{EndpointId, ProbeOrder};

    use super::super::probe::tests::{Described, request};
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Probes with these intervals are to go out, and the judge wants to go on at `until`.
    fn turn(intervals: &[Duration], until: Option<Instant>) -> Turn {
        let probe = |interval: &Duration| {
            let mut described = Described::new("127.0.0.1", 1, request(ProbeKind::Http, false));
            described.set_interval(*interval);
            let order = ProbeOrder {
                endpoint: EndpointId(0),
                attempt: 1,
                timeout_us: 1,
            };
            (order, described.target())
        };
        Turn {
            probes: intervals.iter().map(probe).collect(),
            until,
            look: None,
        }
    }

    /// How many go out at this moment.
    fn sent(pace: &mut Pace, at: Instant) -> usize {
        pace.due(at).map_or(0, |probes| probes.drain(..).count())
    }

    #[test]
    fn a_probe_waits_only_where_others_went_out_just_before() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        pace.take(turn(&[ms(1000)], None), now);
        assert_eq!(sent(&mut pace, now), 1, "the first one");
        pace.take(turn(&[ms(1000)], None), now + ms(7));
        assert_eq!(sent(&mut pace, now + ms(7)), 0);
        assert_eq!(pace.wake_at(now + ms(7), None), now + ms(20));
        pace.take(turn(&[ms(2000), ms(1000)], None), now + ms(19));
        assert_eq!(sent(&mut pace, now + ms(20)), 3, "all that wait");
        pace.take(turn(&[ms(1000)], None), now + ms(300));
        assert_eq!(sent(&mut pace, now + ms(300)), 1, "nothing went out lately");
    }

    #[test]
    fn who_is_probed_often_waits_for_no_more_than_a_part_of_its_interval() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        pace.take(turn(&[ms(1000)], None), now);
        assert_eq!(sent(&mut pace, now), 1);
        pace.take(turn(&[ms(1000), ms(100)], None), now);
        assert_eq!(pace.wake_at(now, None), now + ms(5));
        assert_eq!(sent(&mut pace, now + ms(5)), 2);
        pace.take(turn(&[ms(100_000)], None), now + ms(5));
        assert_eq!(
            pace.wake_at(now, None),
            now + ms(25),
            "nobody waits for long"
        );
    }

    #[test]
    fn deadlines_keep_their_distance_and_silence_does_not_wait() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        assert_eq!(pace.wake_at(now, None), now + SLEEP_MAX);
        pace.take(turn(&[], Some(now + ms(3))), now);
        assert_eq!(pace.wake_at(now, None), now + DEADLINES_EVERY);
        pace.take(turn(&[], Some(now + ms(500))), now);
        assert_eq!(pace.wake_at(now, None), now + ms(500));
        assert_eq!(pace.wake_at(now, Some(now + ms(4))), now + ms(4));
        let look = Some(now + ms(2));
        let silent = Turn {
            look,
            ..turn(&[], Some(now + ms(3)))
        };
        pace.take(silent, now);
        assert_eq!(pace.wake_at(now, None), now + ms(2));
    }
}
