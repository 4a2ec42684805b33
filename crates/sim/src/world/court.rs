//! The judge's bench: what it is told, and what follows for gates, probes and the timeline.

use std::collections::HashMap;

use haleway_health::trace::{Recorder, Step};
use haleway_health::{
    EndpointId, Gate, Input, Judge, LANES, Order, Output, State, Tick, Transition,
};

use super::World;
use super::pool::Member;
use crate::report::Happened;

/// Steps that one recording holds.
const RECORDED_MAX: usize = 1_000_000;

/// A pool and one of its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) pool: usize,
    pub(super) member: usize,
}

/// The judge, and who is who.
pub(super) struct Bench {
    judge: Judge,
    recorder: Option<Recorder>,
    places: HashMap<EndpointId, Place>,
    /// By pool, address and name.
    seats: HashMap<(String, String, String), Place>,
}

impl Bench {
    pub(super) fn new(seed: u64, record: bool) -> Self {
        let judge = Judge::new(seed);
        Self {
            recorder: record.then(|| Recorder::new(&judge, RECORDED_MAX)),
            judge,
            places: HashMap::new(),
            seats: HashMap::new(),
        }
    }

    /// Where a member will be found once it joins.
    pub(super) fn seat(&mut self, key: (String, String, String), place: Place) {
        self.seats.insert(key, place);
    }

    pub(super) fn next_deadline(&self) -> Option<Tick> {
        self.judge.next_deadline()
    }

    pub(super) fn advance(&mut self, now: Tick) {
        self.step(now, Step::Advance);
    }

    pub(super) fn apply(&mut self, now: Tick, input: Input) {
        self.step(now, Step::Apply(input));
    }

    pub(super) fn place(&self, endpoint: EndpointId) -> Option<Place> {
        self.places.get(&endpoint).copied()
    }

    pub(super) fn verdict(&self, endpoint: EndpointId) -> Option<haleway_health::Verdict> {
        self.judge.verdict(endpoint).map(|brief| brief.verdict)
    }

    pub(super) fn trace(&self) -> Option<String> {
        self.recorder.as_ref().map(Recorder::text)
    }

    fn step(&mut self, now: Tick, step: Step) {
        match (&mut self.recorder, step) {
            (Some(recorder), step) => recorder.run(&mut self.judge, now, step),
            (None, Step::Advance) => self.judge.advance(now),
            (None, Step::Apply(input)) => self.judge.apply(now, input),
        }
    }
}

impl World {
    pub(super) fn member(&self, place: Place) -> Option<&Member> {
        self.pools.get(place.pool)?.members.get(place.member)
    }

    pub(super) fn member_mut(&mut self, place: Place) -> Option<&mut Member> {
        self.pools
            .get_mut(place.pool)?
            .members
            .get_mut(place.member)
    }

    /// Tells the judge what happened in this step, and carries out what follows.
    pub(super) fn tell(&mut self) {
        while let Some((endpoint, event)) = self.told.pop_front() {
            let input = Input::Endpoint { endpoint, event };
            self.bench.apply(Tick(self.now_us), input);
            self.carry_out();
        }
    }

    /// Carries out what follows from the judge's inputs.
    pub(super) fn carry_out(&mut self) {
        for output in self.bench.judge.drain() {
            match output {
                Output::Joined {
                    endpoint,
                    pool,
                    address,
                    name,
                } => self.joined(endpoint, (pool, address, name)),
                Output::Left { endpoint } => {
                    self.bench.places.remove(&endpoint);
                }
                Output::Gate { endpoint, order } => {
                    let place = self.bench.place(endpoint);
                    if let Some(member) = place.and_then(|place| self.member(place)) {
                        member.gate.apply(order);
                    }
                    self.alarmed
                        .extend(place.filter(|place| self.in_doubt(*place)));
                }
                Output::Probe(order) => self.probe(order),
                Output::Transition(transition) => self.turned(transition),
                Output::Pool(change) => {
                    let pool = self.pools.iter_mut().find(|pool| pool.name == change.pool);
                    let Some(pool) = pool else {
                        continue;
                    };
                    if pool.decided(change.decision) {
                        self.note(Happened::Pool {
                            at_us: change.at.0,
                            pool: change.pool,
                            decision: change.decision,
                        });
                    }
                }
            }
        }
    }

    fn joined(&mut self, endpoint: EndpointId, key: (String, String, String)) {
        let Some(place) = self.bench.seats.get(&key).copied() else {
            return;
        };
        self.bench.places.insert(endpoint, place);
        if let Some(member) = self.member_mut(place) {
            member.id = Some(endpoint);
            open(&member.gate);
        }
    }

    fn turned(&mut self, transition: Transition) {
        let Transition {
            at,
            endpoint,
            pool,
            address,
            from,
            to,
            cause,
            ..
        } = transition;
        let place = self.bench.place(endpoint);
        if from.is_available() != to.is_available()
            && let Some(member) = place.and_then(|place| self.member_mut(place))
        {
            member.back_since = to.is_available().then_some(at);
        }
        self.note(Happened::Transition {
            at_us: at.0,
            pool,
            endpoint: address,
            from,
            to,
            cause: Box::new(cause),
        });
    }
}

/// A gate is open until an order says otherwise.
fn open(gate: &Gate) {
    gate.apply(Order::Set {
        state: State::Open,
        trials: 0,
        watch: false,
        pinned: false,
        renew: true,
        runs: [0; LANES],
    });
}
