//! One core: its runtime, its sockets, its connections, its copy of the plan.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::HeaderValue;
use tokio::runtime::LocalRuntime;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, spawn_local};

use crate::date::Date;
use crate::listener::{self, Connections};
use crate::observe::{AccessLog, CoreMetrics, RequestLog};
use crate::plan::Plan;
use crate::shared::Shared;
use crate::upstream::{IdlePools, Registry};

/// What a core is told.
pub(crate) enum Command {
    /// Accept connections for the listener of this address.
    Listen(SocketAddr, std::net::TcpListener),
    /// Accept no more connections there, and end those that came through it when their requests
    /// are done.
    Close(SocketAddr),
    /// Accept none at all, and end the connections that are open when their requests are done.
    Drain,
    /// End now.
    Stop,
}

/// Commands that may wait for a core.
pub(crate) const COMMANDS_MAX: usize = 1024;

/// One core.
pub(crate) struct Worker {
    shared: Arc<Shared>,
    plan: RefCell<Rc<Current>>,
    pub(crate) idle: Rc<IdlePools>,
    pub(crate) metrics: Arc<CoreMetrics>,
    pub(crate) access_log: AccessLog,
    pub(crate) request_log: RequestLog,
    pub(crate) connections: Rc<Connections>,
    date: RefCell<Date>,
}

/// The plan that this core knows. Requests count their hold on it without touching other cores.
pub(crate) struct Current {
    generation: u64,
    plan: Arc<Plan>,
}

impl Current {
    fn of(shared: &Shared) -> Rc<Self> {
        let generation = shared.generation();
        Rc::new(Self {
            generation,
            plan: shared.plan(),
        })
    }
}

impl std::ops::Deref for Current {
    type Target = Plan;

    fn deref(&self) -> &Plan {
        &self.plan
    }
}

/// Time between two looks at connections that are late or at rest.
const SWEEP_EVERY: Duration = Duration::from_millis(50);

/// Sweeps of clients' connections per sweep of idle connections to endpoints.
const SWEEPS_PER_IDLE_SWEEP: u32 = 20;

impl Worker {
    pub(crate) fn new(
        shared: Arc<Shared>,
        cores: usize,
        metrics: Arc<CoreMetrics>,
        access_log: AccessLog,
        request_log: RequestLog,
    ) -> Self {
        let plan = RefCell::new(Current::of(&shared));
        Self {
            shared,
            plan,
            idle: Rc::new(IdlePools::new(cores)),
            metrics,
            access_log,
            request_log,
            connections: Rc::default(),
            date: RefCell::new(Date::now()),
        }
    }

    /// The plan for a request that begins now.
    pub(crate) fn plan(&self) -> Rc<Current> {
        let mut known = self.plan.borrow_mut();
        if known.generation != self.shared.generation() {
            *known = Current::of(&self.shared);
        }
        known.clone()
    }

    /// The `Date` of answers, as old as the last sweep.
    pub(crate) fn date(&self) -> HeaderValue {
        self.date.borrow().value.clone()
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.shared.registry
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn draining(&self) -> bool {
        self.shared.draining()
    }
}

/// Runs a core until its commands end.
pub(crate) fn run(runtime: &LocalRuntime, worker: Worker, mut commands: mpsc::Receiver<Command>) {
    runtime.block_on(async move {
        let worker = Rc::new(worker);
        spawn_local(sweep(worker.clone()));
        let mut accepting: HashMap<SocketAddr, AbortHandle> = HashMap::new();
        while let Some(command) = commands.recv().await {
            match command {
                Command::Listen(key, socket) => {
                    let task = spawn_local(listener::accept(worker.clone(), key, socket));
                    accepting.insert(key, task.abort_handle());
                }
                Command::Close(key) => {
                    if let Some(task) = accepting.remove(&key) {
                        task.abort();
                    }
                    worker.connections.drain_listener(key);
                }
                Command::Drain => {
                    accepting.drain().for_each(|(_, task)| task.abort());
                    worker.connections.drain();
                }
                Command::Stop => break,
            }
        }
    });
}

/// Cuts connections that are late and closes those that have rested too long.
async fn sweep(worker: Rc<Worker>) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut sweeps = 0u32;
    loop {
        ticks.tick().await;
        let now = Instant::now();
        worker.connections.sweep(now);
        worker.idle.tick(now);
        worker.date.borrow_mut().renew();
        worker.access_log.tick();
        worker.request_log.tick();
        sweeps = sweeps.wrapping_add(1);
        if sweeps.is_multiple_of(SWEEPS_PER_IDLE_SWEEP) {
            worker.idle.sweep();
            // A plan that serves no more is let go even where no request comes.
            worker.plan();
        }
    }
}
