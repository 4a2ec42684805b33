//! Gates by identity: what outlives a reload.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use haleway_blueprint::{Breaker, PoolHealth};
use haleway_health::{
    Classes, Classifier, EndpointId, Gate, LANES, Member, Order, PoolConfig, PoolDecision, Rules,
    State, Tick, budget,
};

use super::clock::Clock;
use super::court::{Configured, Seat};
use super::hedging::Hedging;
use super::inbox::Inbox;
use super::ledger::Ledger;

/// One endpoint's gate, shared by all plans that name the endpoint.
pub(crate) struct Watched {
    pub(super) gate: Gate,
    pub(super) inbox: Arc<Inbox>,
    /// The judge's name for it.
    id: AtomicU32,
    /// When it came back, in microseconds of the court's clock; 0 = it never was away.
    back_since_us: AtomicU64,
    /// What it owes, once somebody watched for its silence.
    ledger: OnceLock<Box<Ledger>>,
}

/// No name yet.
const NAMELESS: u32 = u32::MAX;

impl Watched {
    /// The judge's name for it, while it is a member of its pool.
    pub(super) fn id(&self) -> Option<EndpointId> {
        let id = self.id.load(Ordering::Acquire);
        (id != NAMELESS).then_some(EndpointId(id))
    }

    /// It joined its pool: its gate is open until an order says otherwise.
    pub(super) fn joined(&self, id: EndpointId) {
        self.gate.apply(Order::Set {
            state: State::Open,
            trials: 0,
            watch: false,
            pinned: false,
            renew: true,
            runs: [0; LANES],
        });
        self.back_since_us.store(0, Ordering::Relaxed);
        self.id.store(id.0, Ordering::Release);
    }

    pub(super) fn left(&self) {
        self.id.store(NAMELESS, Ordering::Release);
    }

    /// Its gate carries out an order of the judge. Where it is not open then, requests that wait
    /// for the endpoint are woken.
    pub(super) fn obey(&self, order: Order) {
        self.gate.apply(order);
        if let Some(ledger) = self.ledger()
            && self.gate.view().state != State::Open
        {
            ledger.raise();
        }
    }

    /// Whether its gate would let a request through now.
    pub(crate) fn admits(&self) -> bool {
        let view = self.gate.view();
        match view.state {
            State::Open => true,
            State::Closed => false,
            State::HalfOpen | State::Suspect => view.under_way < view.trials,
        }
    }

    /// It owes answers: its gate lets one request at a time through.
    pub(crate) fn is_suspect(&self) -> bool {
        self.gate.view().state == State::Suspect
    }

    /// Keeps a ledger of what it owes from now on.
    pub(super) fn keep_ledger(&self, cores: usize) {
        self.ledger.get_or_init(|| Box::new(Ledger::new(cores)));
    }

    pub(super) fn ledger(&self) -> Option<&Ledger> {
        self.ledger.get().map(Box::as_ref)
    }

    /// It came back, or went.
    pub(super) fn turned(&self, available: bool, now: Tick) {
        let since = if available { now.0.max(1) } else { 0 };
        self.back_since_us.store(since, Ordering::Relaxed);
    }

    /// The share of its requests that it gets while it starts slowly, in parts per million; `None`
    /// where it has grown up.
    fn starting_ppm(&self, now: Tick, window_us: u64) -> Option<u64> {
        let since = Tick(self.back_since_us.load(Ordering::Relaxed));
        let young = since != Tick::ZERO && now.since(since) < window_us;
        young.then(|| budget::slow_start_ppm(now, since, window_us))
    }
}

/// A pool's rules for outcomes, and what the court decided for the pool as a whole.
pub(crate) struct PoolGates {
    pub(super) rules: Rules,
    pub(super) classifier: Classifier,
    pub(crate) decision: Arc<Decision>,
    /// All endpoints serve rather than none.
    pub(crate) panics: bool,
    slow_start_us: Option<u64>,
    listens: bool,
    /// `None` lets requests wait.
    pub(super) hedging: Option<Hedging>,
    pub(super) clock: Clock,
}

impl PoolGates {
    /// The gates of a pool with this health.
    pub(crate) fn new(name: &str, health: &PoolHealth, book: &GateBook) -> Arc<Self> {
        let budget_ppm = health.hedge.map(|hedge| hedge.budget_ppm);
        Self::with(name, &health.config, budget_ppm, book)
    }

    fn with(name: &str, config: &PoolConfig, hedge_ppm: Option<u32>, book: &GateBook) -> Arc<Self> {
        Arc::new(Self {
            rules: Rules::new(config),
            classifier: Classifier::new(&config.outcomes),
            decision: book.decision(name),
            panics: config.limits.panic_ppm.is_some_and(|share| share > 0),
            slow_start_us: config.limits.slow_start_us.filter(|window| *window > 0),
            listens: config.silence.is_some(),
            hedging: hedge_ppm.filter(|ppm| *ppm > 0).map(Hedging::new),
            clock: book.clock.clone(),
        })
    }

    /// Endpoints that came back start slowly.
    pub(crate) fn starts_slowly(&self) -> bool {
        self.slow_start_us.is_some()
    }

    /// Somebody watches for the silence of its endpoints, so that one may be suspect.
    pub(crate) fn listens(&self) -> bool {
        self.listens
    }

    /// Requests that wait for a suspect endpoint may be sent a second time elsewhere.
    pub(crate) fn hedges(&self) -> bool {
        self.listens && self.hedging.is_some()
    }

    /// Whether a request that waits for a suspect endpoint may be sent a second time elsewhere.
    /// `true` takes that from the pool's budget, so it is asked once there is an endpoint for the
    /// second try, after [`Entered::suspected`](super::Entered::suspected).
    pub(crate) fn may_hedge(&self) -> bool {
        self.hedging.as_ref().is_some_and(Hedging::take)
    }

    /// The share of its requests that an endpoint gets while it starts slowly, in parts per
    /// million; `None` where it gets all.
    pub(crate) fn starting_ppm(&self, watched: &Watched) -> Option<u64> {
        watched.starting_ppm(self.clock.now(), self.slow_start_us?)
    }
}

/// What holds for a pool as a whole, for the path of a request.
pub(crate) struct Decision(AtomicU8);

const SERVES: u8 = 1;
const PANIC: u8 = 2;

impl Decision {
    /// All endpoints serve, healthy or not.
    pub(crate) fn is_panic(&self) -> bool {
        self.0.load(Ordering::Relaxed) & PANIC != 0
    }

    /// Requests are served at all.
    pub(crate) fn serves(&self) -> bool {
        self.0.load(Ordering::Relaxed) & SERVES != 0
    }

    pub(super) fn set(&self, decision: PoolDecision) {
        let serves = decision.serves || decision.trials > 0;
        let bits = if serves { SERVES } else { 0 } | if decision.panic { PANIC } else { 0 };
        self.0.store(bits, Ordering::Relaxed);
    }
}

/// All gates of the process, by pool, address and name.
#[derive(Default)]
pub(crate) struct GateBook {
    pub(super) inbox: Arc<Inbox>,
    pub(super) clock: Clock,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    gates: HashMap<(String, String, String), Weak<Watched>>,
    decisions: HashMap<String, Weak<Decision>>,
}

/// Gates that are remembered before those no longer used are looked for.
const SWEEP_AT: usize = 1024;

impl GateBook {
    /// The gate of a member of a pool.
    pub(crate) fn watched(&self, pool: &str, member: &Member) -> Arc<Watched> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (pool.to_owned(), member.address.clone(), member.name.clone());
        if let Some(known) = inner.gates.get(&key).and_then(Weak::upgrade) {
            return known;
        }
        if inner.gates.len() >= SWEEP_AT {
            inner.gates.retain(|_, weak| weak.strong_count() > 0);
        }
        let made = Arc::new(Watched {
            gate: Gate::new(),
            inbox: self.inbox.clone(),
            id: AtomicU32::new(NAMELESS),
            back_since_us: AtomicU64::new(0),
            ledger: OnceLock::new(),
        });
        inner.gates.insert(key, Arc::downgrade(&made));
        made
    }

    pub(super) fn decision(&self, pool: &str) -> Arc<Decision> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = inner.decisions.get(pool).and_then(Weak::upgrade) {
            return known;
        }
        inner.decisions.retain(|_, weak| weak.strong_count() > 0);
        let made = Arc::new(Decision(AtomicU8::new(SERVES)));
        inner
            .decisions
            .insert(pool.to_owned(), Arc::downgrade(&made));
        made
    }
}

/// A breaker around a call: to the court it is a pool with one member.
pub(crate) struct BreakerState {
    pub(crate) blueprint: Breaker,
    pub(crate) watched: Arc<Watched>,
    pub(crate) gates: Arc<PoolGates>,
}

impl BreakerState {
    pub(crate) fn new(breaker: &Breaker, book: &GateBook) -> Arc<Self> {
        let name = breaker.id.0.as_str();
        Arc::new(Self {
            blueprint: breaker.clone(),
            watched: book.watched(name, &member(breaker)),
            gates: PoolGates::with(name, &config(breaker), None, book),
        })
    }

    /// The breaker as the court takes it.
    pub(crate) fn configured(&self) -> Configured {
        let seat = Seat {
            watched: self.watched.clone(),
            target: None,
        };
        Configured {
            name: self.blueprint.id.0.clone(),
            config: config(&self.blueprint),
            members: vec![(member(&self.blueprint), seat)],
            is_breaker: true,
        }
    }
}

fn member(breaker: &Breaker) -> Member {
    Member {
        address: breaker.guards.clone(),
        name: String::new(),
        weight: 1,
    }
}

/// How long the state of a breaker outlives its configuration.
const BREAKER_MEMORY_US: u64 = 300_000_000;

fn config(breaker: &Breaker) -> PoolConfig {
    PoolConfig {
        breaker: Some(breaker.config.clone()),
        outcomes: Classes::default(),
        memory_us: BREAKER_MEMORY_US,
        ..PoolConfig::default()
    }
}
