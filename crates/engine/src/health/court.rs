//! The court: the judge behind one lock, and what its decisions are done to.
//!
//! Whoever tells the judge something carries out what follows before the lock is free again: orders
//! go to the gates, probes to the health thread, transitions to the log, the events and the
//! metrics. The path of a request never comes here. Whoever comes first hears the notes that cores
//! have left: so what was seen before a question or a command counts before it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use haleway_blueprint::runtime::EventSink;
use haleway_health::{
    By, Class, EndpointId, Event, Input, Judge, Member, Output, PoolChange, PoolConfig, ProbeOrder,
    SilenceConfig, Tick, Transition, Verdict,
};
use tokio::sync::mpsc;

use super::clock::Clock;
use super::events::Events;
use super::gates::{Decision, GateBook, Watched};
use super::inbox::{Inbox, Told, WAITING_MAX};
use super::numbers::ByNumber;
use super::probe::ProbeTarget;
use super::report;
use super::vigil::Vigil;

/// The judge and its court.
pub(crate) struct Court {
    pub(super) clock: Clock,
    pub(super) inbox: Arc<Inbox>,
    cores: usize,
    inner: Mutex<Inner>,
}

pub(super) struct Inner {
    pub(super) judge: Judge,
    pub(super) pools: BTreeMap<String, PoolSeat>,
    seats: ByNumber<EndpointId, Seat>,
    /// `None` where another court reads it.
    notes: Option<mpsc::Receiver<Told>>,
    pub(super) events: Events,
    vigil: Vigil,
    probes: Vec<ProbeToSend>,
    pub(super) probes_by_class: [u64; Class::COUNT],
    /// Transitions so far, by pool and what an endpoint became.
    pub(super) transitions: BTreeMap<(String, &'static str), u64>,
}

/// A probe to send now, and what it asks.
pub(super) type ProbeToSend = (ProbeOrder, Arc<ProbeTarget>);

/// What the health thread is to do next.
pub(super) struct Turn {
    pub(super) probes: Vec<ProbeToSend>,
    /// When the judge wants to go on.
    pub(super) until: Option<Instant>,
    /// When somebody is to look whether endpoints are silent.
    pub(super) look: Option<Instant>,
}

/// Everything that an endpoint can become.
const VERDICTS: [Verdict; 4] = [
    Verdict::Healthy,
    Verdict::Suspect,
    Verdict::Trial,
    Verdict::Unhealthy,
];

/// What the court knows of a pool.
pub(super) struct PoolSeat {
    decision: Arc<Decision>,
    members: HashMap<(String, String), Seat>,
    silence: Option<Arc<SilenceConfig>>,
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

impl Seat {
    /// Whoever stays where nothing else has changed is asked as before: on the connection that was
    /// kept, and in the version of HTTP that worked.
    fn go_on_asking(&mut self, before: Option<&Self>) {
        let earlier = before.and_then(|before| before.target.as_ref());
        if let (Some(earlier), Some(target)) = (earlier, &mut self.target)
            && earlier.is_of(target)
        {
            *target = earlier.clone();
        }
    }
}

/// A pool as it is configured.
pub(crate) struct Configured {
    pub(crate) name: String,
    pub(crate) config: PoolConfig,
    pub(crate) members: Vec<(Member, Seat)>,
    pub(crate) is_breaker: bool,
}

impl Court {
    pub(crate) fn new(book: &GateBook, cores: usize) -> Self {
        // Instances of one configuration must not probe in step.
        let seed = u64::from(std::process::id());
        Self {
            clock: book.clock.clone(),
            inbox: book.inbox.clone(),
            cores,
            inner: Mutex::new(Inner {
                judge: Judge::new(seed),
                pools: BTreeMap::new(),
                seats: ByNumber::default(),
                notes: book.inbox.receiver(),
                events: Events::default(),
                vigil: Vigil::default(),
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
            silence: config.silence.clone().map(Arc::new),
            is_breaker,
        };
        let input = Input::Pool {
            name: name.clone(),
            config: Box::new(config),
            members: members.into_iter().map(|(member, _)| member).collect(),
        };
        let mut inner = self.sit();
        let before = inner.pools.insert(name.clone(), seat);
        self.apply(&mut inner, input);
        inner.reseat(&name);
        let listened = before.is_some_and(|before| before.silence.is_some());
        inner.listen_to(&name, listened, self.cores);
    }

    /// Discovery gives a pool other endpoints.
    pub(crate) fn discovered(&self, pool: &str, members: Vec<(Member, Seat)>) {
        let mut inner = self.sit();
        let Some(seat) = inner.pools.get_mut(pool) else {
            return;
        };
        let before = std::mem::replace(&mut seat.members, keyed(&members));
        for (key, seat) in &mut seat.members {
            seat.go_on_asking(before.get(key));
        }
        let input = Input::Members {
            pool: pool.to_owned(),
            members: members.into_iter().map(|(member, _)| member).collect(),
        };
        self.apply(&mut inner, input);
        inner.reseat(pool);
        inner.listen_to(pool, false, self.cores);
    }

    /// A pool is configured no more.
    pub(crate) fn gone(&self, pool: &str) {
        let mut inner = self.sit();
        let name = pool.to_owned();
        self.apply(&mut inner, Input::PoolGone { name });
        let gone = inner.pools.remove(pool);
        for verdict in VERDICTS {
            inner
                .transitions
                .remove(&(pool.to_owned(), verdict.as_str()));
        }
        if gone.is_some_and(|gone| gone.silence.is_some()) {
            inner.vigil.forget();
        }
    }

    /// Takes in what probes and cores have seen, and lets time pass.
    pub(super) fn turn(&self, came_back: &mut Vec<Told>) -> Turn {
        let mut inner = self.sit();
        let now = self.clock.now();
        for told in came_back.drain(..) {
            inner.hear(now, told);
        }
        inner.judge.advance(now);
        inner.keep_vigil();
        for (endpoint, event) in inner.vigil.look(now) {
            inner.judge.apply(now, Input::Endpoint { endpoint, event });
        }
        inner.carry_out(&self.clock);
        let instant = |at| self.clock.instant(at);
        Turn {
            probes: std::mem::take(&mut inner.probes),
            until: inner.judge.next_deadline().map(instant),
            look: inner.vigil.due().map(instant),
        }
    }

    /// Hands the events that are remembered and every one from now on to a sink.
    pub(crate) fn follow(&self, sink: EventSink) {
        self.sit().events.follow(sink);
    }

    /// The court, once it has heard what cores have left for it so far.
    pub(super) fn sit(&self) -> MutexGuard<'_, Inner> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let mut heard = 0;
        while heard < WAITING_MAX
            && let Some(told) = inner.next_note()
        {
            inner.hear(now, told);
            heard += 1;
        }
        for told in self.inbox.take_closings() {
            inner.hear(now, told);
        }
        inner.carry_out(&self.clock);
        inner
    }

    pub(super) fn apply(&self, inner: &mut Inner, input: Input) {
        inner.judge.apply(self.clock.now(), input);
        inner.carry_out(&self.clock);
        self.inbox.wake.notify_one();
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
    fn next_note(&mut self) -> Option<Told> {
        self.notes.as_mut()?.try_recv().ok()
    }

    fn hear(&mut self, now: Tick, told: Told) {
        let Told { endpoint, event } = told;
        let attempt = match &event {
            Event::Probe(report) => Some(report.attempt),
            _ => None,
        };
        self.judge.apply(now, Input::Endpoint { endpoint, event });
        if let Some(attempt) = attempt
            && let Some(seen) = self.judge.last_probe(endpoint)
            && seen.by == By::Probe(attempt)
        {
            self.probes_by_class[seen.class.index()] += 1;
        }
    }

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

    /// Keeps ledgers for the members of a pool where it watches for silence. `listened` says that
    /// it did so before.
    fn listen_to(&mut self, pool: &str, listened: bool, cores: usize) {
        let Some(seat) = self.pools.get(pool) else {
            return;
        };
        if seat.silence.is_some() {
            let members = seat.members.values();
            members.for_each(|seat| seat.watched.keep_ledger(cores));
        }
        if listened || seat.silence.is_some() {
            self.vigil.forget();
        }
    }

    /// Watches those who are there now, if that changed.
    fn keep_vigil(&mut self) {
        if !self.vigil.is_stale() {
            return;
        }
        let mut watched = Vec::new();
        for pool in self.pools.values() {
            let Some(silence) = &pool.silence else {
                continue;
            };
            let members = pool.members.values();
            watched.extend(members.map(|seat| (seat.watched.clone(), silence.clone())));
        }
        self.vigil.replace(watched);
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
                        seat.watched.obey(order);
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
        if from != to {
            let key = (pool.clone(), to.as_str());
            *self.transitions.entry(key).or_default() += 1;
        }
        if let Some(seat) = self.seats.get(&transition.endpoint)
            && from.is_available() != to.is_available()
        {
            seat.watched.turned(to.is_available(), *at);
        }
        let since = match self.judge.verdict(transition.endpoint) {
            Some(brief) if from == to => brief.since,
            _ => *at,
        };
        report::log(transition, clock);
        self.events
            .push(|number| report::transition(number, transition, since, clock));
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
}
