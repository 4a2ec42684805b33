//! Counters of windows, for all cores of a process.
//!
//! One table per kind of window. A counter is one atomic word: a tag, the number of the window,
//! and a count. A key leads to a group of [`GROUP`] words and counts in the one that has its tag;
//! a word whose window has passed is free for every key of the group. As a word changes at once,
//! no request passes beyond the limit, however many cores count: within a window a key has one
//! word only, since whoever loses the race for a free one looks at the group again.
//!
//! - A collision (two keys of one group with one tag, one in a million or so) counts both
//!   together: they are limited earlier, never later.
//! - A full group (all its words count for other keys) lets the request pass uncounted, as Kong's
//!   own table of a fixed size forgets counters.
//! - A request that comes late counts in the window that has begun meanwhile.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use haleway_blueprint::Window;

use super::calendar::Moment;

/// Counters per kind of window: 1 MiB each.
pub(crate) const COUNTERS_MAX: usize = 1 << 17;

/// Words that a key may count in.
const GROUP: usize = 8;

/// Bits of a count, of a window's number and of a tag.
const COUNT_BITS: u32 = 28;
const NUMBER_BITS: u32 = 16;

/// What can be counted in a window; beyond that all requests pass.
pub(crate) const COUNT_MAX: u64 = (1 << COUNT_BITS) - 1;

/// The counters of all kinds of windows. A table is made when a step first asks for its kind.
#[derive(Debug, Default)]
pub(crate) struct RateTables {
    /// Keys are hashed with a seed of the process, so that nobody can aim at a group.
    seed: RandomState,
    tables: [OnceLock<Box<[AtomicU64]>>; Window::ALL.len()],
    uncounted: AtomicU64,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It passes; so many have passed with it.
    Granted(u64),
    /// It does not pass; so many have passed.
    Refused(u64),
}

/// Who counts where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counter {
    pub(super) key: u64,
    pub(super) window: Window,
    pub(super) moment: Moment,
}

impl RateTables {
    /// Makes the table of a kind of window, if there is none.
    pub(super) fn prepare(&self, window: Window) {
        self.tables[window as usize]
            .get_or_init(|| (0..COUNTERS_MAX).map(|_| AtomicU64::new(0)).collect());
    }

    /// The key of a scope, or of someone in the scope of a key.
    pub(super) fn key(&self, scope: u64, who: &[u8]) -> u64 {
        let mut hasher = self.seed.build_hasher();
        hasher.write_u64(scope);
        hasher.write(who);
        hasher.finish()
    }

    /// Requests that passed uncounted because their group was full.
    pub(crate) fn uncounted(&self) -> u64 {
        self.uncounted.load(Ordering::Relaxed)
    }

    /// Counts a request, if fewer than `limit` have passed in its window.
    pub(super) fn take(&self, counter: Counter, limit: u64) -> Taken {
        let Some(group) = self.group(counter.key, counter.window) else {
            return Taken::Granted(1);
        };
        let view = View::new(counter);
        loop {
            let Some(seat) = view.seek(group) else {
                self.uncounted.fetch_add(1, Ordering::Relaxed);
                return Taken::Granted(1);
            };
            if seat.used >= limit {
                return Taken::Refused(seat.used);
            }
            if seat.used >= COUNT_MAX {
                return Taken::Granted(seat.used);
            }
            if view.write(group, &seat, seat.used + 1) {
                return Taken::Granted(seat.used + 1);
            }
        }
    }

    /// Takes a counted request back.
    pub(super) fn give_back(&self, counter: Counter) {
        let Some(group) = self.group(counter.key, counter.window) else {
            return;
        };
        let view = View::new(counter);
        while let Some(seat) = view.seek(group) {
            if seat.used == 0 || view.write(group, &seat, seat.used - 1) {
                return;
            }
        }
    }

    /// How many have passed in the window.
    pub(super) fn used(&self, counter: Counter) -> u64 {
        let group = self.group(counter.key, counter.window);
        let seat = group.and_then(|group| View::new(counter).seek(group));
        seat.map_or(0, |seat| seat.used)
    }

    fn group(&self, key: u64, window: Window) -> Option<&[AtomicU64]> {
        let table = self.tables[window as usize].get()?;
        let groups = table.len() / GROUP;
        let at = usize::try_from(key % groups as u64).unwrap_or(0) * GROUP;
        table.get(at..at + GROUP)
    }
}

/// A group as one key sees it at one moment.
struct View {
    /// Never zero, so that a word that was never written belongs to nobody.
    tag: u64,
    number: u16,
    /// So many windows ahead are those of others who came later.
    ahead_max: u16,
}

/// A word that a key may count in.
struct Seat {
    at: usize,
    word: u64,
    /// Requests that have passed in the window.
    used: u64,
    /// The window that it counts.
    number: u16,
}

impl View {
    fn new(counter: Counter) -> Self {
        let tag = counter.key >> (COUNT_BITS + NUMBER_BITS);
        Self {
            tag: tag.max(1),
            // Numbers that are 65536 windows apart look alike.
            number: counter.moment.number(counter.window) as u16,
            ahead_max: match counter.window {
                Window::Second => 64,
                _ => 1,
            },
        }
    }

    /// The word of the key, or the first one that is free.
    fn seek(&self, group: &[AtomicU64]) -> Option<Seat> {
        let mut free = None;
        for (at, slot) in group.iter().enumerate() {
            let word = slot.load(Ordering::Relaxed);
            let number = (word >> COUNT_BITS) as u16;
            let live = word != 0 && number.wrapping_sub(self.number) <= self.ahead_max;
            let seat = Seat {
                at,
                word,
                used: if live { word & COUNT_MAX } else { 0 },
                number: if live { number } else { self.number },
            };
            if word >> (COUNT_BITS + NUMBER_BITS) == self.tag {
                return Some(seat);
            }
            if !live && free.is_none() {
                free = Some(seat);
            }
        }
        free
    }

    /// Writes a count, unless somebody else has written meanwhile.
    fn write(&self, group: &[AtomicU64], seat: &Seat, used: u64) -> bool {
        let head = (self.tag << NUMBER_BITS) | u64::from(seat.number);
        let word = (head << COUNT_BITS) | used;
        group[seat.at]
            .compare_exchange(seat.word, word, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;

    fn counter(key: u64, window: Window, unix_s: u64) -> Counter {
        Counter {
            key,
            window,
            moment: Moment::new(unix_s),
        }
    }

    fn tables() -> RateTables {
        let tables = RateTables::default();
        for window in Window::ALL {
            tables.prepare(window);
        }
        tables
    }

    fn granted(tables: &RateTables, counter: Counter, limit: u64, times: usize) -> usize {
        let passed =
            (0..times).filter(|_| matches!(tables.take(counter, limit), Taken::Granted(_)));
        passed.count()
    }

    #[test]
    fn a_window_lets_its_limit_pass_and_the_next_one_again() {
        let tables = tables();
        for window in Window::ALL {
            let now = counter(7, window, 1_700_000_000);
            assert_eq!(granted(&tables, now, 3, 10), 3, "{window:?}");
            assert_eq!(tables.used(now), 3);
            let next = counter(7, window, 1_700_000_000 + 366 * 86_400);
            assert_eq!(tables.used(next), 0);
            assert_eq!(granted(&tables, next, 3, 10), 3, "{window:?}");
        }
    }

    #[test]
    fn who_comes_late_counts_in_the_window_that_has_begun() {
        let tables = tables();
        let (late, now) = (
            counter(7, Window::Second, 99),
            counter(7, Window::Second, 100),
        );
        assert_eq!(tables.take(now, 2), Taken::Granted(1));
        assert_eq!(tables.take(late, 2), Taken::Granted(2));
        assert_eq!(tables.take(now, 2), Taken::Refused(2));
        // A clock that was set back by far begins anew.
        let back = counter(7, Window::Second, 10);
        assert_eq!(tables.take(back, 2), Taken::Granted(1));
    }

    #[test]
    fn a_full_group_lets_pass_uncounted() {
        let tables = tables();
        let groups = (COUNTERS_MAX / GROUP) as u64;
        // Keys of one group with different tags.
        let step = groups << 33;
        let keys: Vec<u64> = (1..=9).map(|n: u64| n.wrapping_mul(step) + 5).collect();
        for key in &keys[..GROUP] {
            assert_eq!(
                tables.take(counter(*key, Window::Hour, 0), 1),
                Taken::Granted(1)
            );
            assert_eq!(
                tables.take(counter(*key, Window::Hour, 0), 1),
                Taken::Refused(1)
            );
        }
        assert_eq!(tables.uncounted(), 0);
        assert_eq!(granted(&tables, counter(keys[8], Window::Hour, 0), 1, 5), 5);
        assert_eq!(tables.uncounted(), 5);
        // In the next hour its words are free.
        assert_eq!(
            granted(&tables, counter(keys[8], Window::Hour, 3_600), 1, 5),
            1
        );
    }

    #[test]
    fn what_is_given_back_may_be_taken_again() {
        let tables = tables();
        let now = counter(7, Window::Day, 0);
        assert_eq!(granted(&tables, now, 2, 2), 2);
        tables.give_back(now);
        assert_eq!(tables.used(now), 1);
        assert_eq!(granted(&tables, now, 2, 5), 1);
    }

    #[test]
    fn no_more_than_the_limit_pass_however_many_threads_ask() {
        const LIMIT: u64 = 500;
        let tables = Arc::new(tables());
        for round in 0..20 {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    let tables = tables.clone();
                    std::thread::spawn(move || {
                        let keys = [1_u64, 2, 3].map(|key| key << 50 | 9);
                        keys.map(|key| {
                            granted(
                                &tables,
                                counter(key, Window::Minute, round * 60),
                                LIMIT,
                                400,
                            )
                        })
                    })
                })
                .collect();
            let mut sums = [0; 3];
            for thread in threads {
                let passed = thread.join().unwrap();
                sums.iter_mut()
                    .zip(passed)
                    .for_each(|(sum, passed)| *sum += passed);
            }
            // 1600 ask; exactly the limit passes, for each key.
            assert_eq!(sums, [500; 3]);
        }
        assert_eq!(tables.uncounted(), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Against a plain map: as long as no group is full, nobody passes beyond his limit and
        /// nobody is refused before it.
        #[test]
        fn counts_are_those_of_a_map(
            asks in prop::collection::vec((0_u64..6, 0_u64..4, 0_u64..3), 1..300)
        ) {
            let tables = tables();
            let mut model = std::collections::HashMap::new();
            let mut now = 0;
            for (key, limit, passes) in asks {
                now += passes;
                let counter = counter(tables.key(key, b"x"), Window::Second, 1_000 + now);
                let used = model.entry((key, now)).or_insert(0_u64);
                let expected = if *used >= limit {
                    Taken::Refused(*used)
                } else {
                    *used += 1;
                    Taken::Granted(*used)
                };
                prop_assert_eq!(tables.take(counter, limit), expected);
            }
            prop_assert_eq!(tables.uncounted(), 0);
        }
    }
}
