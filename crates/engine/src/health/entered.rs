//! A request between the gate and its outcome.

use std::sync::Arc;

use haleway_health::{Class, Event, OutcomeReport, Permit, What};
use tokio::time::Instant;

use super::gates::{BreakerState, PoolGates, Watched};
use super::inbox::Told;
use crate::fault::{Fault, FaultKind};

/// A request that a gate let through. It is settled once. Dropped before, it counts as a timeout if
/// its deadline has passed, else as given up by its client, which says nothing.
pub(crate) struct Entered {
    watched: Arc<Watched>,
    gates: Arc<PoolGates>,
    permit: Option<Permit>,
    began: Instant,
    deadline: Instant,
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

    fn with(
        watched: &Arc<Watched>,
        gates: &Arc<PoolGates>,
        permit: Permit,
        deadline: Instant,
    ) -> Self {
        Self {
            watched: watched.clone(),
            gates: gates.clone(),
            permit: Some(permit),
            began: Instant::now(),
            deadline,
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

    fn book(&self, permit: Permit, what: What, class: Class) {
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
        let elapsed = self.began.elapsed().as_micros();
        inbox.tell(Told {
            endpoint,
            event: Event::Outcome(OutcomeReport {
                request: inbox.request_number(),
                what,
                class,
                latency_us: u64::try_from(elapsed).unwrap_or(u64::MAX),
                trial: permit.is_trial(),
                closed: settled.closed,
            }),
        });
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let Some(permit) = self.permit.take() else {
            return;
        };
        if Instant::now() >= self.deadline {
            self.book(permit, What::AnswerTimeout, Class::Timeout);
        } else {
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
