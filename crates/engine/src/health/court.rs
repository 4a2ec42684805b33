//! The court: the judge behind one lock, and what its decisions are done to.
//!
//! Whoever tells the judge something carries out what follows before the lock is free again: orders
//! go to the gates, probes to the health thread, transitions to the log, the events and the
//! metrics. The path of a request never comes here.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use haleway_health::{
    Class, EndpointId, Event, Input, Judge, Member, Output, PoolChange, PoolConfig, ProbeOrder,
    Transition,
};
use tokio::sync::Notify;

use super::clock::Clock;
use super::events::Events;
use super::gates::{Decision, GateBook, Watched};
use super::inbox::{Inbox, Told};
use super::probe::ProbeTarget;
use super::report;

/// The judge and its court.
pub(crate) struct Court {
    pub(super) clock: Clock,
    pub(super) inbox: Arc<Inbox>,
    /// The health thread has something to do.
    pub(super) wake: Notify,
    inner: Mutex<Inner>,
}

pub(super) struct Inner {
    pub(super) judge: Judge,
    pub(super) pools: BTreeMap<String, PoolSeat>,
    seats: HashMap<EndpointId, Seat>,
    pub(super) events: Events,
    probes: Vec<(ProbeOrder, Arc<ProbeTarget>)>,
    pub(super) probes_by_class: [u64; Class::COUNT],
    /// Transitions so far, by pool and what an endpoint became.
    pub(super) transitions: BTreeMap<(String, &'static str), u64>,
}

/// What the court knows of a pool.
pub(super) struct PoolSeat {
    decision: Arc<Decision>,
    members: HashMap<(String, String), Seat>,
    /// It is a breaker around a call.
    pub(super) is_breaker: bool,
}

/// What the court knows of an endpoint.
#[derive(Clone)]
pub(crate) struct Seat {
    pub(crate) watched: Arc<Watched>,
    /// What a probe of it asks.
    pub(crate) target: Option<Arc<ProbeTarget>>,
}

/// A pool as it is configured.
pub(crate) struct Configured {
    pub(crate) name: String,
    pub(crate) config: PoolConfig,
    pub(crate) members: Vec<(Member, Seat)>,
    pub(crate) is_breaker: bool,
}

impl Court {
    pub(crate) fn new(book: &GateBook) -> Self {
        // Instances of one configuration must not probe in step.
        let seed = u64::from(std::process::id());
        Self {
            clock: book.clock.clone(),
            inbox: book.inbox.clone(),
            wake: Notify::new(),
            inner: Mutex::new(Inner {
                judge: Judge::new(seed),
                pools: BTreeMap::new(),
                seats: HashMap::new(),
                events: Events::default(),
                probes: Vec::new(),
                probes_by_class: [0; Class::COUNT],
                transitions: BTreeMap::new(),
            }),
        }
    }

    /// A pool is configured, anew or changed.
    pub(crate) fn configure(&self, configured: Configured, book: &GateBook) {
        let Configured {
            name,
            config,
            members,
            is_breaker,
        } = configured;
        let seat = PoolSeat {
            decision: book.decision(&name),
            members: keyed(&members),
            is_breaker,
        };
        let input = Input::Pool {
            name: name.clone(),
            config: Box::new(config),
            members: members.into_iter().map(|(member, _)| member).collect(),
        };
        let mut inner = self.lock();
        inner.pools.insert(name.clone(), seat);
        self.apply(&mut inner, input);
        inner.reseat(&name);
    }

    /// Discovery gives a pool other endpoints.
    pub(crate) fn discovered(&self, pool: &str, members: Vec<(Member, Seat)>) {
        let mut inner = self.lock();
        let Some(seat) = inner.pools.get_mut(pool) else {
            return;
        };
        seat.members = keyed(&members);
        let input = Input::Members {
            pool: pool.to_owned(),
            members: members.into_iter().map(|(member, _)| member).collect(),
        };
        self.apply(&mut inner, input);
        inner.reseat(pool);
    }

    /// A pool is configured no more.
    pub(crate) fn gone(&self, pool: &str) {
        let mut inner = self.lock();
        let name = pool.to_owned();
        self.apply(&mut inner, Input::PoolGone { name });
        inner.pools.remove(pool);
        inner.transitions.retain(|(name, _), _| name != pool);
    }

    /// Takes notes in.
    pub(super) fn hear(&self, told: impl IntoIterator<Item = Told>) {
        let mut inner = self.lock();
        for Told { endpoint, event } in told {
            if let Event::Probe(report) = &event {
                inner.count_probe(endpoint, report.what);
            }
            self.apply(&mut inner, Input::Endpoint { endpoint, event });
        }
    }

    /// Lets time pass. When that is wanted again.
    pub(super) fn advance(&self) -> Option<Instant> {
        let mut inner = self.lock();
        let now = self.clock.now();
        inner.judge.advance(now);
        inner.carry_out(&self.clock);
        let deadline = inner.judge.next_deadline();
        deadline.map(|at| self.clock.instant(at))
    }

    /// Probes to send now.
    pub(super) fn take_probes(&self) -> Vec<(ProbeOrder, Arc<ProbeTarget>)> {
        std::mem::take(&mut self.lock().probes)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply(&self, inner: &mut Inner, input: Input) {
        inner.judge.apply(self.clock.now(), input);
        inner.carry_out(&self.clock);
        self.wake.notify_one();
    }
}

fn keyed(members: &[(Member, Seat)]) -> HashMap<(String, String), Seat> {
    let keyed = members.iter().map(|(member, seat)| {
        let key = (member.address.clone(), member.name.clone());
        (key, seat.clone())
    });
    keyed.collect()
}

impl Inner {
    /// Gives the members of a pool that stayed what a probe of them asks now.
    fn reseat(&mut self, pool: &str) {
        let Some(seat) = self.pools.get(pool) else {
            return;
        };
        for ((address, name), member) in &seat.members {
            if let Some(id) = self.judge.endpoint(pool, address, name) {
                self.seats.insert(id, member.clone());
            }
        }
    }

    fn carry_out(&mut self, clock: &Clock) {
        for output in self.judge.drain() {
            match output {
                Output::Joined {
                    endpoint,
                    pool,
                    address,
                    name,
                } => self.seat(endpoint, &pool, (address, name)),
                Output::Left { endpoint } => {
                    if let Some(seat) = self.seats.remove(&endpoint) {
                        seat.watched.left();
                    }
                }
                Output::Gate { endpoint, order } => {
                    if let Some(seat) = self.seats.get(&endpoint) {
                        seat.watched.gate.apply(order);
                    }
                }
                Output::Probe(order) => {
                    let seat = self.seats.get(&order.endpoint);
                    let target = seat.and_then(|seat| seat.target.clone());
                    self.probes.extend(target.map(|target| (order, target)));
                }
                Output::Transition(transition) => self.turned(&transition, clock),
                Output::Pool(change) => self.pool_changed(&change, clock),
            }
        }
    }

    fn seat(&mut self, endpoint: EndpointId, pool: &str, key: (String, String)) {
        let seat = self.pools.get(pool).and_then(|seat| seat.members.get(&key));
        if let Some(seat) = seat {
            seat.watched.joined(endpoint);
            self.seats.insert(endpoint, seat.clone());
        }
    }

    fn turned(&mut self, transition: &Transition, clock: &Clock) {
        let Transition {
            pool, from, to, at, ..
        } = transition;
        let key = (pool.clone(), to.as_str());
        *self.transitions.entry(key).or_default() += 1;
        if let Some(seat) = self.seats.get(&transition.endpoint)
            && from.is_available() != to.is_available()
        {
            seat.watched.turned(to.is_available(), *at);
        }
        report::log(transition, clock);
        self.events
            .push(|number| report::transition(number, transition, clock));
    }

    fn pool_changed(&mut self, change: &PoolChange, clock: &Clock) {
        let Some(seat) = self.pools.get(&change.pool) else {
            return;
        };
        seat.decision.set(change.decision);
        if !seat.is_breaker {
            self.events
                .push(|number| report::pool_change(number, change, clock));
        }
    }

    fn count_probe(&mut self, endpoint: EndpointId, what: haleway_health::What) {
        let seat = self.seats.get(&endpoint);
        if let Some(target) = seat.and_then(|seat| seat.target.as_ref()) {
            let class = target.classifier.class(what, false);
            self.probes_by_class[class.index()] += 1;
        }
    }
}
