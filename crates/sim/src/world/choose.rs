//! Chooses the endpoint of a request, with the same order, the same passes and the same gates as the
//! engine (`engine/src/upstream/pick.rs`).

use haleway_balance::{Load, Pace, fastest, least};
use haleway_health::{Permit, State, Tick, budget};

use super::pool::{Chooser, Member, Pool};
use crate::chance::Chance;

/// What a request asks of a pool.
pub(super) struct Ask<'a> {
    pub(super) now: Tick,
    /// Who asks: a key to hashing balances, a cookie to sticky ones.
    pub(super) client: u64,
    /// Members that failed this request before.
    pub(super) failed: &'a [usize],
}

/// A member, and the permit where it has a gate.
pub(super) type Found = (usize, Option<Permit>);

/// Which endpoints are asked: first those that may be the best, last all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    Fresh,
    Young,
    Failed,
}

struct Door<'a> {
    pool: &'a Pool,
    ask: &'a Ask<'a>,
    /// Gates are entered whatever their state.
    anyway: bool,
    /// Suspects are asked beyond their trials, too: nobody else takes the request.
    despite_doubt: bool,
}

impl Pool {
    /// Chooses an endpoint; `None` where there is none.
    pub(super) fn choose(&mut self, ask: &Ask<'_>, chance: &mut Chance) -> Option<Found> {
        let mut through = |anyway, despite_doubt, open: bool| {
            let door = Door {
                pool: self,
                ask,
                anyway,
                despite_doubt,
            };
            open.then(|| door.through(chance)).flatten()
        };
        let found = match &self.gates {
            None => through(false, false, true),
            Some(gates) => {
                let serves = !gates.is_panic && gates.serves;
                let listens = gates.silence.is_some();
                through(false, false, serves)
                    .or_else(|| through(false, true, serves && listens))
                    .or_else(|| through(true, false, gates.is_panic || gates.panics))
            }
        };
        if let (Some((index, _)), Chooser::Sticky(_)) = (&found, &self.chooser) {
            self.stickies.insert(ask.client, *index);
        }
        found
    }

    /// The next turn. Where nobody takes turns none is taken.
    fn next_turn(&self, places: usize) -> u64 {
        let turn = self.turn.get();
        if places >= 2 {
            self.turn.set(turn.wrapping_add(1));
        }
        turn
    }
}

impl Door<'_> {
    fn through(&self, chance: &mut Chance) -> Option<Found> {
        match &self.pool.chooser {
            Chooser::Turns(wheel) => {
                let turn = self.pool.next_turn(wheel.len());
                self.first(chance, || wheel.walk(turn))
            }
            Chooser::Chance(wheel) => {
                let turn = chance.below(wheel.len() as u64);
                self.first(chance, || wheel.walk(turn))
            }
            Chooser::Ring(ring) => {
                let key = format!("client {}", self.ask.client);
                self.first(chance, || ring.walk(key.as_bytes()))
            }
            Chooser::Sticky(wheel) => {
                let named = self.pool.stickies.get(&self.ask.client).copied();
                let named = named.and_then(|index| self.named(index, chance));
                named.or_else(|| {
                    let turn = self.pool.next_turn(wheel.len());
                    self.first(chance, || wheel.walk(turn))
                })
            }
            Chooser::Least => self.best(chance, |candidates| {
                least(candidates.map(|(index, member)| {
                    let load = Load {
                        open: member.open,
                        weight: member.weight,
                    };
                    (index, load)
                }))
            }),
            Chooser::Fastest => {
                let now_ms = now_ms(self.ask.now);
                self.best(chance, |candidates| {
                    fastest(candidates.map(|(index, member)| {
                        let owing = member.tally.owing();
                        let owed_us = match owing.answers {
                            0 => 0,
                            _ => self.ask.now.since(owing.since),
                        };
                        let pace = Pace {
                            latency_us: member.average.now(now_ms),
                            owed_us: owed_us as f32,
                            open: member.open,
                            weight: member.weight,
                        };
                        (index, pace)
                    }))
                })
            }
        }
    }

    /// The first in an order that lets the request through.
    fn first<W>(&self, chance: &mut Chance, order: impl Fn() -> W) -> Option<Found>
    where
        W: Iterator<Item = usize>,
    {
        self.passes().find_map(|pass| {
            order().find_map(|index| {
                let asked = self.is_asked(pass, index, chance);
                let entered = asked.then(|| self.enter(index)).flatten()?;
                Some((index, entered))
            })
        })
    }

    fn named(&self, index: usize, chance: &mut Chance) -> Option<Found> {
        let fine = self.pool.members.get(index)?.weight > 0;
        let fine = fine && self.is_asked(Pass::Young, index, chance);
        let entered = fine.then(|| self.enter(index)).flatten()?;
        Some((index, entered))
    }

    /// The best one; equal ones take turns.
    fn best(
        &self,
        chance: &mut Chance,
        choose: impl Fn(&mut dyn Iterator<Item = (usize, &Member)>) -> Option<usize>,
    ) -> Option<Found> {
        let members = &self.pool.members;
        let from = self.pool.next_turn(members.len());
        let from = (from % members.len().max(1) as u64) as usize;
        for pass in self.passes() {
            let indexes = (from..members.len()).chain(0..from);
            let asked: Vec<usize> = indexes
                .filter(|index| self.is_asked(pass, *index, chance) && self.admits(*index))
                .collect();
            let mut candidates = asked.iter().map(|index| (*index, &members[*index]));
            let Some(index) = choose(&mut candidates) else {
                continue;
            };
            if let Some(entered) = self.enter(index) {
                return Some((index, entered));
            }
        }
        None
    }

    /// The passes that can make a difference.
    fn passes(&self) -> impl Iterator<Item = Pass> + use<> {
        let gates = self.pool.gates.as_ref();
        let young = gates.is_some_and(|gates| gates.slow_start_us.is_some());
        let failed = !self.ask.failed.is_empty();
        [
            (Pass::Fresh, true),
            (Pass::Young, young),
            (Pass::Failed, failed),
        ]
        .into_iter()
        .filter_map(|(pass, counts)| counts.then_some(pass))
    }

    fn is_asked(&self, pass: Pass, index: usize, chance: &mut Chance) -> bool {
        match pass {
            Pass::Failed => true,
            _ if self.ask.failed.contains(&index) => false,
            Pass::Young => true,
            Pass::Fresh => self.anyway || !self.waits(index, chance),
        }
    }

    /// An endpoint that starts slowly lets some of its turns pass.
    fn waits(&self, index: usize, chance: &mut Chance) -> bool {
        let window_us = self.pool.gates.as_ref().and_then(|it| it.slow_start_us);
        let since = self.pool.members.get(index).and_then(|it| it.back_since);
        let (Some(window_us), Some(since)) = (window_us, since) else {
            return false;
        };
        let now = self.ask.now;
        let young = now.since(since) < window_us;
        young && chance.below(1_000_000) >= budget::slow_start_ppm(now, since, window_us)
    }

    fn admits(&self, index: usize) -> bool {
        if self.anyway || self.pool.gates.is_none() {
            return true;
        }
        self.pool.members.get(index).is_some_and(|member| {
            let view = member.gate.view();
            match view.state {
                State::Open => true,
                State::Closed => false,
                State::Suspect if self.despite_doubt => true,
                State::HalfOpen | State::Suspect => view.under_way < view.trials,
            }
        })
    }

    /// Enters a member's gate: `None` where it is closed, `Some(None)` where there is none.
    fn enter(&self, index: usize) -> Option<Option<Permit>> {
        let member = self.pool.members.get(index)?;
        let Some(gates) = &self.pool.gates else {
            return Some(None);
        };
        let suspect = self.despite_doubt && member.gate.view().state == State::Suspect;
        let permit = if self.anyway {
            member.gate.enter_anyway()
        } else {
            match member.gate.enter() {
                Ok(permit) => permit,
                Err(_) if suspect => member.gate.enter_anyway(),
                Err(_) => return None,
            }
        };
        gates.entered.set(gates.entered.get() + 1);
        Some(Some(permit))
    }
}

/// Milliseconds on the clock of averages.
pub(super) fn now_ms(now: Tick) -> u32 {
    (now.0 / 1000) as u32
}
