//! What clients noticed of a trouble.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::super::client::{End, Exchange};
use super::field::NAMES;

/// An answer that took longer than this was noticed.
pub(super) const SLOW: Duration = Duration::from_millis(300);

/// The sum of what was noticed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Damage {
    pub(crate) failed: usize,
    /// Good answers that were slow.
    pub(crate) slow: usize,
    /// From the beginning of the trouble to the end of the last failed or slow request.
    pub(crate) last: Option<Duration>,
    /// From the end of the trouble to the first good answer by the endpoint to a later request.
    pub(crate) back: Option<Duration>,
    /// How often each kind of failure was seen.
    pub(crate) kinds: BTreeMap<String, usize>,
}

impl Damage {
    /// Looks at all requests that ended after the trouble began at `broke`; it was over at
    /// `mended`.
    pub(crate) fn assess(exchanges: &[Exchange], broke: Duration, mended: Duration) -> Self {
        let mut damage = Self::default();
        for exchange in exchanges.iter().filter(|one| one.ended_at() >= broke) {
            if exchange.failed() {
                damage.failed += 1;
                *damage.kinds.entry(kind(&exchange.end)).or_default() += 1;
            } else if exchange.took > SLOW {
                damage.slow += 1;
            } else {
                continue;
            }
            damage.last = damage.last.max(Some(exchange.ended_at() - broke));
        }
        damage.back = exchanges
            .iter()
            .filter(|one| one.due >= mended && one.answered_by() == Some(NAMES[0]))
            .map(|one| one.ended_at() - mended)
            .min();
        damage
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            failed,
            slow,
            last,
            back,
            kinds,
        } = self;
        write!(
            out,
            "{failed} failed, {slow} slow, last {last:?}, back {back:?} {kinds:?}"
        )
    }
}

fn kind(end: &End) -> String {
    match end {
        End::Answered(status, _) => status.to_string(),
        End::Broken(why) => why.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(due_ms: u64, took_ms: u64, status: u16, endpoint: &str) -> Exchange {
        Exchange {
            due: Duration::from_millis(due_ms),
            took: Duration::from_millis(took_ms),
            end: End::Answered(status, Some(endpoint.to_owned())),
        }
    }

    #[test]
    fn counts_what_clients_noticed() {
        let exchanges = [
            exchange(100, 900, 200, "a"),
            exchange(2900, 400, 200, "b"),
            exchange(3000, 1, 502, "a"),
            exchange(7000, 1000, 200, "c"),
            exchange(7500, 600, 200, "a"),
            exchange(8100, 1, 500, "a"),
            exchange(9000, 2, 200, "b"),
            exchange(9500, 2, 200, "a"),
        ];
        let seconds = Duration::from_secs;
        let damage = Damage::assess(&exchanges, seconds(3), seconds(8));
        assert_eq!((damage.failed, damage.slow), (2, 3));
        assert_eq!(damage.last, Some(Duration::from_millis(5101)));
        assert_eq!(damage.back, Some(Duration::from_millis(1502)));
        assert_eq!(damage.kinds["502"], 1);
    }

    #[test]
    fn tells_none_where_nothing_happened() {
        let damage = Damage::assess(&[], Duration::ZERO, Duration::ZERO);
        assert_eq!(damage, Damage::default());
    }
}
