//! The engine from outside: start it, give it another blueprint, let it drain.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use haleway_blueprint::runtime::{
    EndpointStatus, EventSink, HealthEvent, ListenerStatus, OperateError, OperatorCommand,
    PoolStatus, Running, Traffic, Why,
};
use haleway_blueprint::{Blueprint, Listener, PoolId};
use tokio::runtime::LocalOptions;
use tokio::sync::mpsc;

use crate::error::StartError;
use crate::health::{BreakerState, Configured, Court, HealthThread, is_meant, not_checked};
use crate::listener::{Bound, bind};
use crate::observe::{AccessLogWriter, CoreMetrics, RequestLogs};
use crate::plan::{self, Plan};
use crate::shared::Shared;
use crate::upstream::{Discoverer, PoolState, Registry};
use crate::worker::{self, COMMANDS_MAX, Command, Worker};

/// What does not stand in a blueprint.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Threads that serve requests; at least 1.
    pub cores: usize,
    /// How long a stop goes on accepting connections while it already says that it is not ready.
    pub drain_delay: Duration,
    /// A name server that DNS SRV look-ups ask instead of the system's.
    pub dns_server: Option<SocketAddr>,
}

/// A running engine. All calls block and may come from any thread.
pub struct Engine {
    inner: Arc<Inner>,
    threads: Vec<JoinHandle<()>>,
    /// `None` once it has ended.
    log: Mutex<Option<AccessLogWriter>>,
}

struct Inner {
    shared: Arc<Shared>,
    settings: Settings,
    cores: Vec<Core>,
    request_logs: RequestLogs,
    /// One change at a time.
    listeners: Mutex<HashMap<SocketAddr, ListenerStatus>>,
    discoverer: Mutex<Option<Discoverer>>,
    court: Arc<Court>,
    /// It starts with the first pool that has health.
    health: Mutex<Option<HealthThread>>,
}

struct Core {
    commands: mpsc::Sender<Command>,
    metrics: Arc<CoreMetrics>,
}

/// Whether a blueprint could run here, as far as can be told without opening anything: its
/// certificates, keys, patterns and headers.
#[must_use]
pub fn verify(blueprint: &Blueprint) -> Vec<StartError> {
    match Plan::compile(Arc::new(blueprint.clone()), &Registry::default(), None) {
        Ok(_) => Vec::new(),
        Err(errors) => errors,
    }
}

/// Whether the listeners of a blueprint could be opened now: they are, and closed at once.
#[must_use]
pub fn try_listeners(blueprint: &Blueprint) -> Vec<StartError> {
    match open(blueprint.listeners.iter(), 1) {
        Ok(_) => Vec::new(),
        Err(errors) => errors,
    }
}

impl Engine {
    /// Opens every listener and serves.
    ///
    /// # Errors
    /// What of the blueprint cannot run here; then nothing is left open.
    pub fn start(blueprint: Arc<Blueprint>, settings: Settings) -> Result<Self, Vec<StartError>> {
        // Monotonic readings count from here.
        crate::gotext::process_start();
        let cores = settings.cores.max(1);
        let registry = Arc::new(Registry::default());
        let plan = Arc::new(Plan::compile(blueprint.clone(), &registry, None)?);
        let bound = open(blueprint.listeners.iter(), cores)?;
        let court = Arc::new(Court::new(&registry.gates, cores));
        let shared = Arc::new(Shared::new(plan.clone(), registry));
        let (cores, threads, log, request_logs) = start_cores(cores, &shared).map_err(|error| {
            let origin = haleway_blueprint::Origin::default_value();
            let message = format!("no thread can be started: {error}");
            vec![StartError::new(
                &origin,
                message,
                "allow the process more threads",
            )]
        })?;
        let inner = Inner {
            shared,
            settings,
            cores,
            request_logs,
            listeners: Mutex::default(),
            discoverer: Mutex::default(),
            court,
            health: Mutex::default(),
        };
        inner.watch_over(&plan, None)?;
        inner.discover(&plan, None)?;
        inner.listen(bound);
        Ok(Self {
            inner: Arc::new(inner),
            threads,
            log: Mutex::new(Some(log)),
        })
    }

    /// Serves another blueprint from now on. Requests in flight end on the old one; listeners that
    /// both have stay open throughout, new ones are open before old ones close.
    ///
    /// # Errors
    /// What of the blueprint cannot run here; then the old one goes on.
    pub fn apply(&self, blueprint: Arc<Blueprint>) -> Result<(), Vec<StartError>> {
        let inner = &self.inner;
        let earlier = inner.shared.plan();
        let registry = &inner.shared.registry;
        let plan = Arc::new(Plan::compile(blueprint.clone(), registry, Some(&earlier))?);
        let wanted: Vec<SocketAddr> = blueprint.listeners.iter().map(plan::key).collect();
        let open_now: Vec<SocketAddr> = lock(&inner.listeners).keys().copied().collect();
        let fresh = blueprint
            .listeners
            .iter()
            .filter(|one| !open_now.contains(&plan::key(one)));
        let bound = open(fresh, inner.cores.len())?;
        // From here on the court hears of a pool's endpoints from its latest description only.
        retire(&plan, &earlier, true);
        let taken_up = inner
            .watch_over(&plan, Some(&earlier))
            .and_then(|()| inner.discover(&plan, Some(&earlier)));
        taken_up.inspect_err(|_| retire(&plan, &earlier, false))?;
        inner.shared.swap(plan.clone());
        inner.forget(&plan, &earlier);
        inner.listen(bound);
        for key in open_now.into_iter().filter(|key| !wanted.contains(key)) {
            lock(&inner.listeners).remove(&key);
            inner.tell(|| Command::Close(key));
        }
        Ok(())
    }

    /// The engine as the admin side sees it.
    #[must_use]
    pub fn running(&self) -> Arc<dyn Running> {
        self.inner.clone()
    }

    /// Begins a graceful stop. From now on the engine says that it drains, and answers ask clients
    /// to close; after [`Settings::drain_delay`], for which this call blocks, no more connections
    /// are accepted, those at rest are closed, and the others end with the answer that they are
    /// waiting for.
    pub fn drain(&self) {
        self.inner.shared.begin_drain();
        std::thread::sleep(self.inner.settings.drain_delay);
        self.inner.tell(|| Command::Drain);
    }

    /// Waits until all connections are closed, at most for `limit`. Whether they are.
    #[must_use]
    pub fn wait_drained(&self, limit: Option<Duration>) -> bool {
        let began = Instant::now();
        loop {
            let open = self
                .inner
                .shared
                .connections
                .load(std::sync::atomic::Ordering::Acquire);
            if open == 0 {
                return true;
            }
            if limit.is_some_and(|limit| began.elapsed() >= limit) {
                return false;
            }
            std::thread::sleep(DRAIN_LOOK_EVERY);
        }
    }
}

/// Time between two looks at the connections that are left.
const DRAIN_LOOK_EVERY: Duration = Duration::from_millis(5);

/// How long the last lines of the access log may take to be written.
const LOG_FINISH_MAX: Duration = Duration::from_millis(500);

impl Drop for Engine {
    /// Ends the threads, and the connections that are still open with them.
    fn drop(&mut self) {
        drop(lock(&self.inner.health).take());
        self.inner.tell(|| Command::Stop);
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a core has panicked");
            }
        }
        if let Some(log) = lock(&self.log).take()
            && !log.finish(LOG_FINISH_MAX)
        {
            tracing::warn!("the last lines of the access log are lost");
        }
        if !self.inner.request_logs.finish(LOG_FINISH_MAX) {
            tracing::warn!("the last entries of logs of requests are lost");
        }
    }
}

impl Inner {
    fn tell(&self, command: impl Fn() -> Command) {
        for core in &self.cores {
            // A full queue means that the core has not run for a long time.
            if core.commands.try_send(command()).is_err() {
                tracing::error!("a core has ended");
            }
        }
    }

    fn listen(&self, bound: Vec<(Listener, Bound)>) {
        for (listener, bound) in bound {
            let key = plan::key(&listener);
            let status = ListenerStatus {
                name: listener.name,
                address: bound.address,
                error: None,
            };
            lock(&self.listeners).insert(key, status);
            for (core, socket) in self.cores.iter().zip(bound.sockets) {
                if core
                    .commands
                    .try_send(Command::Listen(key, socket))
                    .is_err()
                {
                    tracing::error!("a core has ended");
                }
            }
        }
    }

    /// Hands pools that are new to the discovery thread, which starts with the first of them.
    fn discover(&self, plan: &Plan, earlier: Option<&Plan>) -> Result<(), Vec<StartError>> {
        let found = plan.targets.pools.values().filter(|pool| {
            let known = earlier.and_then(|plan| plan.targets.pools.get(&pool.blueprint.id));
            pool.needs_discovery() && !known.is_some_and(|known| Arc::ptr_eq(known, pool))
        });
        let mut discoverer = lock(&self.discoverer);
        for pool in found {
            if discoverer.is_none() {
                let registry = self.shared.registry.clone();
                let started =
                    Discoverer::start(registry, self.court.clone(), self.settings.dns_server);
                *discoverer = Some(started.map_err(|message| {
                    let help = "check the system's resolver configuration";
                    vec![StartError::new(&pool.blueprint.origin, message, help)]
                })?);
            }
            if let Some(discoverer) = &*discoverer {
                discoverer.watch(pool);
            }
        }
        Ok(())
    }
}

impl Inner {
    /// Hands pools and breakers that are new or changed to the court, before a request can enter
    /// their gates. The others keep their clocks.
    fn watch_over(&self, plan: &Plan, earlier: Option<&Plan>) -> Result<(), Vec<StartError>> {
        let registry = &self.shared.registry;
        let mut changed = Vec::new();
        for (id, pool) in &plan.targets.pools {
            let known = earlier.and_then(|plan| plan.targets.pools.get(id));
            let same = known.is_some_and(|known| Arc::ptr_eq(known, pool));
            if let (Some(health), false) = (&pool.blueprint.health, same) {
                changed.push(Configured {
                    name: id.0.clone(),
                    config: health.config.clone(),
                    members: pool.seats(registry),
                    is_breaker: false,
                });
            }
        }
        for (id, breaker) in &plan.targets.breakers {
            let known = earlier.and_then(|plan| plan.targets.breakers.get(id));
            if !known.is_some_and(|known| known.blueprint == breaker.blueprint) {
                changed.push(breaker.configured());
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        changed.sort_by(|a, b| a.name.cmp(&b.name));
        self.start_health()?;
        for configured in changed {
            self.court.configure(configured, &registry.gates);
        }
        Ok(())
    }

    fn start_health(&self) -> Result<(), Vec<StartError>> {
        let mut health = lock(&self.health);
        if health.is_none() {
            let started = HealthThread::start(&self.court).map_err(|error| {
                let origin = haleway_blueprint::Origin::default_value();
                let message = format!("the health thread cannot be started: {error}");
                vec![StartError::new(&origin, message, "allow more threads")]
            });
            *health = Some(started?);
        }
        Ok(())
    }

    /// Tells the court of pools and breakers that are configured no more.
    fn forget(&self, plan: &Plan, earlier: &Plan) {
        let has_health = |pool: &PoolState| pool.blueprint.health.is_some();
        for (id, pool) in &earlier.targets.pools {
            let now = plan.targets.pools.get(id);
            if has_health(pool) && !now.is_some_and(|now| has_health(now)) {
                self.court.gone(&id.0);
            }
        }
        for id in earlier.targets.breakers.keys() {
            if !plan.targets.breakers.contains_key(id) {
                self.court.gone(&id.0);
            }
        }
    }

    /// A pool with what the court holds it for.
    fn judged(&self, mut status: PoolStatus) -> PoolStatus {
        status.health = self.court.pool_verdict(&status.name);
        if status.health.is_some() {
            let known = self.court.statuses(&status.name).into_iter();
            let mut known: HashMap<_, _> = known
                .map(|(address, name, health)| ((address, name), health))
                .collect();
            for endpoint in &mut status.endpoints {
                let identity = (endpoint.address.clone(), endpoint.name.clone());
                endpoint.health = known.remove(&identity);
            }
        }
        status
    }

    fn breaker(&self, breaker: &BreakerState) -> PoolStatus {
        let address = breaker.blueprint.guards.clone();
        let name = breaker.blueprint.id.0.clone();
        let known = self.court.statuses(&name).into_iter().next();
        let health = known.map(|(_, _, health)| health);
        let state = health.as_ref().map_or("closed", |it| match it.verdict {
            "unhealthy" => "open",
            "trial" => "half-open",
            _ => "closed",
        });
        let endpoint = EndpointStatus {
            address,
            name: String::new(),
            target: None,
            ip: None,
            port: 0,
            weight: 1,
            requests: 0,
            failures: 0,
            health,
        };
        PoolStatus {
            health: self.court.pool_verdict(&name),
            name,
            endpoints: vec![endpoint],
            targets: Vec::new(),
            breaker: Some(state),
        }
    }
}

impl Running for Inner {
    fn blueprint(&self) -> Arc<Blueprint> {
        self.shared.plan().blueprint.clone()
    }

    fn listeners(&self) -> Vec<ListenerStatus> {
        let mut list: Vec<_> = lock(&self.listeners).values().cloned().collect();
        list.sort_by(|a, b| (&a.name, a.address).cmp(&(&b.name, b.address)));
        list
    }

    fn pools(&self) -> Vec<PoolStatus> {
        let plan = self.shared.plan();
        let pools = plan.targets.pools.values();
        let mut list: Vec<_> = pools.map(|pool| self.judged(pool.status())).collect();
        let breakers = plan.targets.breakers.values();
        list.extend(breakers.map(|breaker| self.breaker(breaker)));
        list.sort_by(|a, b| a.name.cmp(&b.name));
        list
    }

    fn why(&self, pool: &str, endpoint: &str) -> Option<Why> {
        self.court.why(pool, endpoint)
    }

    fn events(&self, since: u64) -> Vec<HealthEvent> {
        self.court.events(since)
    }

    fn follow(&self, sink: EventSink) {
        self.court.follow(sink);
    }

    fn operate(
        &self,
        pool: &str,
        endpoint: &str,
        command: OperatorCommand,
    ) -> Result<(), OperateError> {
        match self.court.operate(pool, endpoint, command) {
            Err(OperateError::UnknownPool) => {}
            done => return done,
        }
        // A pool without health is not before the court.
        let plan = self.shared.plan();
        let known = plan.targets.pools.get(&PoolId(pool.to_owned()));
        let status = known.ok_or(OperateError::UnknownPool)?.status();
        let mut endpoints = status.endpoints.iter();
        if endpoints.any(|it| is_meant(endpoint, &it.address, &it.name)) {
            Err(not_checked(pool))
        } else {
            Err(OperateError::UnknownEndpoint)
        }
    }

    fn draining(&self) -> bool {
        self.shared.draining()
    }

    fn traffic(&self) -> Traffic {
        let cores: Vec<_> = self.cores.iter().map(|core| core.metrics.clone()).collect();
        crate::observe::traffic(&cores)
    }

    fn metrics(&self, out: &mut String) {
        let cores: Vec<_> = self.cores.iter().map(|core| core.metrics.clone()).collect();
        crate::observe::write_metrics(&cores, out);
        if lock(&self.health).is_some() {
            self.court.metrics(out);
        }
        self.request_logs.write_dropped(out);
    }

    fn request_metrics(&self, out: &mut String) {
        let blueprint = self.blueprint();
        self.request_logs
            .write_metrics(&blueprint, &self.pools(), out);
    }
}

/// Marks the pools of an earlier plan that another one follows or that end.
fn retire(plan: &Plan, earlier: &Plan, retired: bool) {
    for (id, pool) in &earlier.targets.pools {
        let goes_on = plan.targets.pools.get(id);
        if !goes_on.is_some_and(|now| Arc::ptr_eq(now, pool)) {
            pool.retire(retired);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open<'a>(
    listeners: impl Iterator<Item = &'a Listener>,
    cores: usize,
) -> Result<Vec<(Listener, Bound)>, Vec<StartError>> {
    let mut bound = Vec::new();
    let mut errors = Vec::new();
    for listener in listeners {
        match bind(plan::key(listener), cores) {
            Ok(sockets) => bound.push((listener.clone(), sockets)),
            Err(error) => errors.push(not_bound(listener, &error)),
        }
    }
    if errors.is_empty() {
        Ok(bound)
    } else {
        Err(errors)
    }
}

fn not_bound(listener: &Listener, error: &std::io::Error) -> StartError {
    let address = plan::key(listener);
    let (why, help) = match error.kind() {
        std::io::ErrorKind::AddrInUse => (
            "the port is in use".to_owned(),
            "stop the process that uses it, or choose another port with `port` or `-p`",
        ),
        std::io::ErrorKind::PermissionDenied => (
            "the system does not allow it".to_owned(),
            "ports below 1024 need a privilege: choose another port with `port` or `-p`",
        ),
        std::io::ErrorKind::AddrNotAvailable => (
            "no interface has this address".to_owned(),
            "choose another `listen_ip`",
        ),
        _ => (error.to_string(), "choose another address"),
    };
    StartError::new(
        &listener.origin,
        format!("cannot listen on {address}: {why}"),
        help,
    )
}

type Started = (Vec<Core>, Vec<JoinHandle<()>>, AccessLogWriter, RequestLogs);

fn start_cores(count: usize, shared: &Arc<Shared>) -> std::io::Result<Started> {
    let metrics: Vec<Arc<CoreMetrics>> = (0..count).map(|_| Arc::default()).collect();
    let (log, logs) = AccessLogWriter::start(Box::new(std::io::stdout()), &metrics)?;
    let (request_logs, requests) = RequestLogs::new(count);
    let logs = logs.into_iter().zip(requests);
    let mut cores = Vec::with_capacity(count);
    let mut threads = Vec::with_capacity(count);
    for (index, (metrics, (access_log, request_log))) in metrics.into_iter().zip(logs).enumerate() {
        let (commands, received) = mpsc::channel(COMMANDS_MAX);
        let (shared, of_core) = (shared.clone(), metrics.clone());
        let name = format!("core-{index}");
        // A runtime that spawns on its own thread alone is made there.
        let (made, is_made) = std::sync::mpsc::sync_channel(1);
        threads.push(std::thread::Builder::new().name(name).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build_local(LocalOptions::default());
            let (runtime, error) = match runtime {
                Ok(runtime) => (Some(runtime), None),
                Err(error) => (None, Some(error)),
            };
            // Who waits for it does so below.
            drop(made.send(error));
            if let Some(runtime) = runtime {
                crate::health::serve_as(index);
                let worker = Worker::new(shared, count, of_core, access_log, request_log);
                worker::run(&runtime, worker, received);
            }
        })?);
        if let Some(error) = is_made.recv().ok().flatten() {
            return Err(error);
        }
        cores.push(Core { commands, metrics });
    }
    Ok((cores, threads, log, request_logs))
}
