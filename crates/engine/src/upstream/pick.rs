//! Chooses the endpoint of a request: one question for every balance, and no lock.
//!
//! The balance says in which order endpoints are asked, the gates which of them lets a request
//! through. One that failed this request before is asked last, whatever the balance, and so is one
//! that starts slowly when it is not its turn.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use haleway_balance::{fastest, least};
use smallvec::SmallVec;
use tokio::time::Instant;

use super::load::{UnderWay, now_ms};
use super::member::Member;
use super::members::{Chooser, Members};
use super::names::Unresolved;
use super::pool::PoolState;
use crate::health::{Entered, PoolGates};
use crate::random::random_below;

/// What a request asks of a pool.
pub(crate) struct Ask<'a> {
    /// What is hashed; `None` hashes nothing, which is a key, too.
    pub(crate) key: Option<&'a [u8]>,
    /// The value of the cookie that names an endpoint.
    pub(crate) sticky: Option<&'a str>,
    /// Endpoints that failed this request before.
    pub(crate) failed: &'a [Arc<Member>],
    /// When the request is given up.
    pub(crate) deadline: Instant,
}

/// An endpoint for a request.
pub(crate) struct Picked {
    pub(crate) member: Arc<Member>,
    /// To be settled; `None` where the pool has no gates.
    pub(crate) entered: Option<Entered>,
    /// Travels with the answer to its last byte; `None` where nobody asks for it.
    pub(crate) under_way: Option<UnderWay>,
    /// The value of the cookie that the client is to carry from now on.
    pub(crate) set_sticky: Option<String>,
}

/// Why there is no endpoint for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The pool has none, or none that is trusted.
    NoEndpoint,
    /// Nobody knows where its endpoints are.
    NotResolved(Unresolved),
}

/// Which endpoints are asked: first those that may be the best, last all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// Neither failed nor starting slowly.
    Fresh,
    /// Not failed.
    Young,
    /// All.
    Failed,
}

/// What stands between a request and the endpoints.
struct Door<'a> {
    /// `None` lets everybody through.
    gates: Option<&'a Arc<PoolGates>>,
    /// Gates are entered whatever their state.
    anyway: bool,
    /// Suspects are asked beyond their trials, too: nobody else takes the request.
    despite_doubt: bool,
    ask: &'a Ask<'a>,
}

/// The index of a member, and the gate that was entered.
type Found = (usize, Option<Entered>);

impl PoolState {
    /// Chooses an endpoint.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn pick(&self, ask: &Ask<'_>) -> Result<Picked, Refused> {
        let members = self.members.load();
        let found = self.through_gates(&members, ask);
        let (index, entered) = found.ok_or_else(|| self.refused(&members))?;
        let member = &members.list[index];
        Ok(Picked {
            under_way: member.carried.as_ref().map(UnderWay::begin),
            set_sticky: cookie_to_set(&members.chooser, ask, index),
            member: member.clone(),
            entered,
        })
    }

    fn refused(&self, members: &Members) -> Refused {
        let unresolved = self.names.as_ref().filter(|_| !members.has_weight());
        match unresolved.and_then(|names| names.unresolved()) {
            Some(unresolved) => Refused::NotResolved(unresolved),
            None => Refused::NoEndpoint,
        }
    }

    fn through_gates(&self, members: &Members, ask: &Ask<'_>) -> Option<Found> {
        let gates = self.gates.as_ref();
        let door = |anyway, despite_doubt| Door {
            gates,
            anyway,
            despite_doubt,
            ask,
        };
        let Some(gates) = gates else {
            return self.through(&door(false, false), members);
        };
        let decision = &gates.decision;
        let through = |anyway, despite_doubt, open: bool| {
            let found = || self.through(&door(anyway, despite_doubt), members);
            open.then(found).flatten()
        };
        let serves = !decision.is_panic() && decision.serves();
        through(false, false, serves)
            .or_else(|| through(false, true, serves && gates.listens()))
            .or_else(|| through(true, false, decision.is_panic() || gates.panics))
    }

    /// The endpoint that the balance chooses among those behind the door.
    fn through(&self, door: &Door<'_>, members: &Members) -> Option<Found> {
        match &members.chooser {
            Chooser::Turns(wheel) => {
                let turn = self.turn(wheel.len());
                door.first(members, || wheel.walk(turn))
            }
            Chooser::Chance(wheel) => {
                let turn = random_below(wheel.len()) as u64;
                door.first(members, || wheel.walk(turn))
            }
            Chooser::Ring(ring) => {
                let key = door.ask.key.unwrap_or_default();
                door.first(members, || ring.walk(key))
            }
            Chooser::Sticky(wheel, stickies) => {
                let named = door.ask.sticky.and_then(|cookie| stickies.find(cookie));
                door.named(members, named).or_else(|| {
                    let turn = self.turn(wheel.len());
                    door.first(members, || wheel.walk(turn))
                })
            }
            Chooser::Least => {
                let from = self.turn(members.list.len());
                door.best(members, from, |candidates| {
                    least(candidates.map(|(index, member)| {
                        let load = member.carried.as_ref().map(|it| it.load(member.weight));
                        (index, load.unwrap_or_default())
                    }))
                })
            }
            Chooser::Fastest => {
                let (from, now) = (self.turn(members.list.len()), now_ms());
                door.best(members, from, |candidates| {
                    fastest(candidates.map(|(index, member)| {
                        let pace = member.carried.as_ref();
                        let pace = pace.map(|it| it.pace(member.weight, now));
                        (index, pace.unwrap_or_default())
                    }))
                })
            }
        }
    }

    /// The next turn of this pool, over all cores. Where nobody takes turns no core disturbs
    /// another one.
    fn turn(&self, places: usize) -> u64 {
        if places < 2 {
            return 0;
        }
        self.position.fetch_add(1, Ordering::Relaxed)
    }
}

/// Members that may be compared, with their indexes.
type Candidates<'a> = &'a mut dyn Iterator<Item = (usize, &'a Arc<Member>)>;

/// How often the best endpoint may close its gate while it is being chosen.
const RACES_MAX: usize = 4;

impl Door<'_> {
    /// The first in an order that lets the request through.
    fn first<W>(&self, members: &Members, order: impl Fn() -> W) -> Option<Found>
    where
        W: Iterator<Item = usize>,
    {
        self.passes().find_map(|pass| {
            order().find_map(|index| {
                let member = members.list.get(index)?;
                let asked = self.is_asked(pass, member);
                let entered = asked.then(|| self.enter(member)).flatten()?;
                Some((index, entered))
            })
        })
    }

    /// The one with this index, if it is to be had.
    fn named(&self, members: &Members, index: Option<usize>) -> Option<Found> {
        let index = index?;
        let member = members.list.get(index)?;
        let fine = member.weight > 0 && self.is_asked(Pass::Young, member);
        let entered = fine.then(|| self.enter(member)).flatten()?;
        Some((index, entered))
    }

    /// The best one. Members are compared from another one on each time, so that equal ones take
    /// turns.
    fn best(
        &self,
        members: &Members,
        from: u64,
        choose: impl Fn(Candidates<'_>) -> Option<usize>,
    ) -> Option<Found> {
        let count = members.list.len();
        let from = (from % count.max(1) as u64) as usize;
        let mut lost: SmallVec<[usize; RACES_MAX]> = SmallVec::new();
        for pass in self.passes() {
            while lost.len() < RACES_MAX {
                let indexes = (from..count).chain(0..from);
                let candidates = indexes.filter(|index| !lost.contains(index));
                let candidates = candidates.map(|index| (index, &members.list[index]));
                let mut candidates = candidates
                    .filter(|(_, member)| self.is_asked(pass, member) && self.admits(member));
                let Some(index) = choose(&mut candidates) else {
                    break;
                };
                if let Some(entered) = self.enter(&members.list[index]) {
                    return Some((index, entered));
                }
                lost.push(index);
            }
        }
        None
    }

    /// The passes that can make a difference.
    fn passes(&self) -> impl Iterator<Item = Pass> + use<> {
        let young = self.gates.is_some_and(|gates| gates.starts_slowly());
        let failed = !self.ask.failed.is_empty();
        [
            (Pass::Fresh, true),
            (Pass::Young, young),
            (Pass::Failed, failed),
        ]
        .into_iter()
        .filter_map(|(pass, counts)| counts.then_some(pass))
    }

    fn is_asked(&self, pass: Pass, member: &Member) -> bool {
        let mut failed = self.ask.failed.iter();
        match pass {
            Pass::Failed => true,
            _ if failed.any(|failed| failed.is_same(member)) => false,
            Pass::Young => true,
            Pass::Fresh => self.anyway || !self.waits(member),
        }
    }

    /// An endpoint that starts slowly lets some of its turns pass.
    fn waits(&self, member: &Member) -> bool {
        let (Some(gates), Some(watched)) = (self.gates, &member.watched) else {
            return false;
        };
        let share = gates.starting_ppm(watched);
        share.is_some_and(|ppm| random_below(1_000_000) as u64 >= ppm)
    }

    /// Whether a member would let the request through.
    fn admits(&self, member: &Member) -> bool {
        let watched = member.watched.as_ref().filter(|_| !self.anyway);
        watched.is_none_or(|watched| watched.admits() || self.despite_doubt && watched.is_suspect())
    }

    /// Enters a member's gate: `None` where it is closed, `Some(None)` where there is none.
    fn enter(&self, member: &Member) -> Option<Option<Entered>> {
        let (Some(gates), Some(watched)) = (self.gates, &member.watched) else {
            return Some(None);
        };
        let deadline = self.ask.deadline;
        if self.anyway {
            return Some(Some(Entered::anyway(watched, gates, deadline)));
        }
        let entered = Entered::at(watched, gates, deadline);
        let doubted = || Entered::of_suspect(watched, gates, deadline);
        entered
            .or_else(|| self.despite_doubt.then(doubted).flatten())
            .map(Some)
    }
}

/// The cookie that leads to this member, where the client does not carry it already.
fn cookie_to_set(chooser: &Chooser, ask: &Ask<'_>, index: usize) -> Option<String> {
    let Chooser::Sticky(_, stickies) = chooser else {
        return None;
    };
    let carried = ask.sticky.and_then(|cookie| stickies.find(cookie));
    if carried == Some(index) {
        return None;
    }
    stickies.cookie(index)
}
