//! A request between the gate and its outcome.

use std::sync::Arc;
use std::time::Duration;

use haleway_health::{Class, Event, OutcomeReport, Permit, State, What};
use tokio::time::{Instant, sleep_until};

use super::gates::{BreakerState, PoolGates, Watched};
use super::inbox::Told;
use super::shard;
use crate::fault::{Fault, FaultKind};

/// A request that a gate let through. It is settled once. Dropped before, it counts as a timeout if
/// its deadline has passed, else as given up by its client, which says nothing.
///
/// Where the pool watches for silence, the endpoint's ledger knows of it from here to its outcome.
pub(crate) struct Entered {
    watched: Arc<Watched>,
    gates: Arc<PoolGates>,
    permit: Option<Permit>,
    began: Instant,
    deadline: Instant,
    /// The core that it was booked on as owed; `None` where nobody keeps a ledger.
    owed: Option<usize>,
}

impl Entered {
    /// Enters a gate, if it lets a request through.
    pub(crate) fn at(
        watched: &Arc<Watched>,
        gates: &Arc<PoolGates>,
        deadline: Instant,
    ) -> Option<Self> {
        let permit = watched.gate.enter().ok()?;
        Some(Self::with(watched, gates, permit, deadline))
    }

    /// Enters it whatever its state.
    pub(crate) fn anyway(
        watched: &Arc<Watched>,
        gates: &Arc<PoolGates>,
        deadline: Instant,
    ) -> Self {
        Self::with(watched, gates, watched.gate.enter_anyway(), deadline)
    }

    /// Enters the gate of a suspect past its trials: for a request that no other endpoint takes. A
    /// suspect was not ejected, and waiting for it is better than no answer.
    pub(crate) fn of_suspect(
        watched: &Arc<Watched>,
        gates: &Arc<PoolGates>,
        deadline: Instant,
    ) -> Option<Self> {
        let suspect = watched.is_suspect();
        suspect.then(|| Self::anyway(watched, gates, deadline))
    }

    fn with(
        watched: &Arc<Watched>,
        gates: &Arc<PoolGates>,
        permit: Permit,
        deadline: Instant,
    ) -> Self {
        let began = Instant::now();
        if let Some(hedging) = &gates.hedging {
            hedging.count();
        }
        let ledger = gates.listens().then(|| watched.ledger()).flatten();
        let owed = ledger.map(|ledger| {
            let core = shard::own();
            ledger.tally.asked(core, gates.clock.tick(began.into_std()));
            core
        });
        Self {
            watched: watched.clone(),
            gates: gates.clone(),
            permit: Some(permit),
            began,
            deadline,
            owed,
        }
    }

    /// Comes back once the endpoint is in doubt while this request waits for it: it has become
    /// suspect, or its gate has closed. Never, where the pool does not watch for silence. A request
    /// that is itself the trial of an endpoint in doubt first waits for as long as the endpoint may
    /// be silent, since finding out is what it is for.
    ///
    /// Nothing is paid for it before it is polled, and it outlives `self`. It is meant for a second
    /// try of an idempotent request:
    ///
    /// 1. The first try is made as a task's future that owns what it needs; whoever waits for it
    ///    waits for this beside it.
    /// 2. When this comes first, choose another endpoint (the first one counts as failed), ask
    ///    [`PoolGates::may_hedge`], and make the second try there. The first answer is the
    ///    request's; a second try that fails leaves the first one to be waited for.
    /// 3. Where the second one wins, the first one is not dropped but goes on by itself until it is
    ///    settled or its deadline comes. Its outcome is what tells whether the endpoint came back;
    ///    while it is a trial it keeps its permit, so that one request at a time waits for an
    ///    endpoint in doubt, and not one after the other.
    pub(crate) fn suspected(&self) -> impl Future<Output = ()> + use<> {
        let watched = self.watched.clone();
        let core = self.owed;
        let is_trial = self.permit.is_some_and(Permit::is_trial);
        let began = self.began;
        async move {
            let (Some(ledger), Some(core)) = (watched.ledger(), core) else {
                return std::future::pending().await;
            };
            if is_trial {
                sleep_until(began + ledger.patience().unwrap_or(Duration::ZERO)).await;
            }
            loop {
                // The order matters: an alarm after this line is not missed.
                let alarm = ledger.alarm(core).notified();
                if watched.gate.view().state != State::Open {
                    return;
                }
                alarm.await;
            }
        }
    }

    /// Books what came of it, by the pool's own classes. `last_try` says that no further one
    /// follows.
    pub(crate) fn settle(self, what: What, last_try: bool) {
        let class = self.gates.classifier.class(what, last_try);
        self.settle_as(what, class);
    }

    fn settle_as(mut self, what: What, class: Class) {
        if let Some(permit) = self.permit.take() {
            self.book(permit, what, class);
        }
    }

    fn book(&mut self, permit: Permit, what: What, class: Class) {
        self.pay(class, what.is_answer());
        let settled = self
            .watched
            .gate
            .settle(permit, self.gates.rules.rule(class));
        if !settled.tell {
            return;
        }
        let Some(endpoint) = self.watched.id() else {
            return;
        };
        let inbox = &self.watched.inbox;
        inbox.tell(Told {
            endpoint,
            event: Event::Outcome(OutcomeReport {
                request: inbox.request_number(),
                what,
                class,
                latency_us: micros(self.began.elapsed()),
                trial: permit.is_trial(),
                closed: settled.closed,
            }),
        });
    }

    /// Books in the ledger that nothing is owed to this request any more.
    fn pay(&mut self, class: Class, heard: bool) {
        let Some(core) = self.owed.take() else {
            return;
        };
        if let Some(ledger) = self.watched.ledger() {
            let now = Instant::now();
            let latency_us = micros(now.saturating_duration_since(self.began));
            let now = self.gates.clock.tick(now.into_std());
            ledger.tally.ended(core, now, class, heard, latency_us);
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl Drop for Entered {
    fn drop(&mut self) {
        let Some(permit) = self.permit.take() else {
            return;
        };
        if Instant::now() >= self.deadline {
            self.book(permit, What::AnswerTimeout, Class::Timeout);
        } else {
            self.pay(Class::Neutral, false);
            self.watched.gate.abandon(permit);
        }
    }
}

/// Makes an attempt through a breaker: refused where it is open, else booked. Every fault is a
/// failure, whatever its kind, and nothing else is (KrakenD: krakend-circuitbreaker/gobreaker).
pub(crate) async fn through<T>(
    breaker: &BreakerState,
    deadline: Instant,
    attempt: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    let Some(entered) = Entered::at(&breaker.watched, &breaker.gates, deadline) else {
        let text = "circuit breaker is open";
        return Err(Fault::new(FaultKind::NoEndpoint, text));
    };
    let outcome = attempt.await;
    let (what, class) = match &outcome {
        Ok(_) => (What::Connected, Class::Success),
        Err(fault) => (fault.what, failure(fault.what)),
    };
    entered.settle_as(what, class);
    outcome
}

fn failure(what: What) -> Class {
    match what {
        What::ConnectTimeout | What::TlsTimeout | What::AnswerTimeout => Class::Timeout,
        What::Status(_) | What::Garbage | What::NotServing => Class::HttpFailure,
        What::Cancelled => Class::Neutral,
        _ => Class::TcpFailure,
    }
}
