//! From events to verdicts: machines, fuse, budget, and the orders and transitions that follow.

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::Judge;
use super::endpoint::{Endpoint, Pool, Posture};
use super::output::{Output, PoolChange, Transition};
use crate::EndpointId;
use crate::budget::{Candidate, decide, spared};
use crate::cause::{Cause, Code, Recovery};
use crate::config::PoolConfig;
use crate::fuse::{Fused, fuse};
use crate::gate::{Order, State};
use crate::input::{Command, Event};
use crate::machine::{Context, Machines, Note};
use crate::recovery::{Standing, recovery};
use crate::rules::LANES;
use crate::schedule::next_due;
use crate::signal::{Source, Verdict};
use crate::time::Tick;

impl Judge {
    /// Something happened to an endpoint.
    pub(super) fn observe(&mut self, id: EndpointId, event: Event) {
        let now = self.now;
        if !self.endpoints.get(&id).is_some_and(|it| it.is_member()) {
            return;
        }
        if let Event::Probe(report) = &event
            && !self.probe_came_back(id, report)
        {
            return;
        }
        let runs = self.endpoints.get(&id).map(|it| it.machines.runs());
        self.with_machines(id, |machines, context| machines.observe(context, &event));
        let is_set = matches!(
            event,
            Event::Operator(Command::SetHealthy | Command::SetUnhealthy)
        );
        let said = self.outputs.len();
        let mut closed_itself = false;
        if let Event::Outcome(report) = &event {
            closed_itself = report.closed.is_some();
        } else if let Some(runs) = runs {
            self.correct_runs(id, runs);
        }
        if let Some(endpoint) = self.endpoints.get_mut(&id) {
            endpoint.remember(now, event);
            if closed_itself {
                endpoint.posture.state = State::Closed;
            }
        }
        self.judge(id);
        if closed_itself {
            // Confirmed even if nothing changed: an order of ours may have crossed its closing.
            self.order(id, true);
        }
        if is_set {
            self.confirm_set(id, said);
        }
    }

    /// An operator set an endpoint: that is told even if nothing changed, and its gate begins anew
    /// even if it closed itself a moment ago. `said` outputs were there before.
    fn confirm_set(&mut self, id: EndpointId, said: usize) {
        let Some(endpoint) = self.endpoints.get(&id).filter(|it| it.can_be_set()) else {
            return;
        };
        let order = endpoint.posture.order(true, endpoint.machines.runs());
        let told = self.outputs.iter().skip(said).any(
            |output| matches!(output, Output::Transition(transition) if transition.endpoint == id),
        );
        if !told && let Some(cause) = self.cause(id) {
            self.tell(id, endpoint.verdict, cause);
        }
        self.outputs.push(Output::Gate {
            endpoint: id,
            order,
        });
    }

    /// Tells of a transition to what an endpoint is now.
    fn tell(&mut self, id: EndpointId, from: Verdict, cause: Cause) {
        if let Some(endpoint) = self.endpoints.get(&id) {
            self.outputs.push(Output::Transition(Transition {
                at: self.now,
                endpoint: id,
                pool: endpoint.key.pool.clone(),
                address: endpoint.key.address.clone(),
                name: endpoint.key.name.clone(),
                from,
                to: endpoint.verdict,
                cause,
            }));
        }
    }

    /// An endpoint's timer is due.
    pub(super) fn fire(&mut self, id: EndpointId) {
        let now = self.now;
        let Some(endpoint) = self.endpoints.get(&id) else {
            return;
        };
        if endpoint.forget_at.is_some_and(|at| at <= now) {
            self.forget(id);
            return;
        }
        let pool = endpoint.key.pool.clone();
        let given_up = endpoint.probing.under_way.is_some_and(|(_, at)| at <= now);
        let probe_due = endpoint.probing.due.is_some_and(|at| at <= now);
        if given_up {
            self.free_lane(id);
            self.send_probes(&pool);
        }
        if probe_due {
            self.probe_due(id);
        }
        let due = self
            .endpoints
            .get(&id)
            .and_then(|it| it.machines.deadline());
        if due.is_some_and(|due| due <= now) {
            self.with_machines(id, |machines, context| machines.advance(context));
            self.judge(id);
        }
        if let Some(endpoint) = self.endpoints.get_mut(&id) {
            Self::reschedule(&mut self.timers, now, id, endpoint);
        }
    }

    /// Runs something over an endpoint's machines.
    pub(super) fn with_machines(
        &mut self,
        id: EndpointId,
        run: impl FnOnce(&mut Machines, &Context<'_>),
    ) {
        let now = self.now;
        let Some(endpoint) = self.endpoints.get_mut(&id) else {
            return;
        };
        if let Some(pool) = self.pools.get(&endpoint.key.pool) {
            let context = Context {
                now,
                config: &pool.config,
                salt: endpoint.salt,
            };
            run(&mut endpoint.machines, &context);
        }
    }

    /// Fuses an endpoint's signals and draws every conclusion.
    pub(super) fn judge(&mut self, id: EndpointId) {
        let Some((fused, config)) = self.fused(id) else {
            return;
        };
        let now = self.now;
        let Some(endpoint) = self.endpoints.get_mut(&id) else {
            return;
        };
        let before = (endpoint.wants_out(), endpoint.fused.decided.by_traffic);
        endpoint.fused = fused;
        let after = (endpoint.wants_out(), endpoint.fused.decided.by_traffic);
        if before.0 != after.0 {
            endpoint.out_since = after.0.then_some(now);
        }
        let pool = endpoint.key.pool.clone();
        if before != after && config.limits.eject_at_most_ppm.is_some() {
            self.spend_budget(&pool);
        }
        self.conclude(id);
    }

    fn fused(&self, id: EndpointId) -> Option<(Fused, Arc<PoolConfig>)> {
        let endpoint = self.endpoints.get(&id).filter(|it| it.is_member())?;
        let config = Arc::clone(&self.pools.get(&endpoint.key.pool)?.config);
        let context = Context {
            now: self.now,
            config: &config,
            salt: endpoint.salt,
        };
        Some((
            fuse(&endpoint.machines.signals(&context), endpoint.birth),
            config,
        ))
    }

    /// Decides anew who is spared, and concludes for whom that changed.
    pub(super) fn spend_budget(&mut self, name: &str) {
        let Some(pool) = self.pools.get(name) else {
            return;
        };
        let out: Vec<Candidate> = pool
            .members
            .iter()
            .filter_map(|id| {
                let endpoint = self.endpoints.get(id)?;
                Some(Candidate {
                    endpoint: *id,
                    since: endpoint.out_since?,
                    by_traffic: endpoint.fused.decided.by_traffic,
                })
            })
            .collect();
        let spared = spared(&pool.config.limits, pool.members.len(), &out);
        for id in pool.members.clone() {
            let Some(endpoint) = self.endpoints.get_mut(&id) else {
                continue;
            };
            let is_spared = spared.binary_search(&id).is_ok();
            if endpoint.spared != is_spared {
                endpoint.spared = is_spared;
                self.conclude(id);
            }
        }
    }

    /// Draws the conclusions from what an endpoint's signals want and whether it is spared.
    fn conclude(&mut self, id: EndpointId) {
        let now = self.now;
        self.change_verdict(id);
        self.order(id, false);
        self.keep_rhythm(id);
        if let Some(endpoint) = self.endpoints.get_mut(&id) {
            Self::reschedule(&mut self.timers, now, id, endpoint);
        }
    }

    fn change_verdict(&mut self, id: EndpointId) {
        let now = self.now;
        let Some(endpoint) = self.endpoints.get(&id) else {
            return;
        };
        let (from, to) = (endpoint.verdict, endpoint.due_verdict());
        let decided = endpoint.fused.decided.source;
        let taken_over = to == Verdict::Unhealthy && endpoint.decided != decided;
        if from == to && !taken_over {
            return;
        }
        let Some(cause) = self.cause(id) else {
            return;
        };
        if let Some(endpoint) = self.endpoints.get_mut(&id) {
            if from != to {
                endpoint.verdict = to;
                endpoint.since = now;
            }
            endpoint.decided = decided;
        }
        self.tell(id, from, cause);
        self.weigh(id, from, to);
        // What a machine makes of this can only keep the endpoint where it is now.
        self.with_machines(id, |machines, context| {
            machines.note(context, Note::Flipped { from, to });
        });
    }

    /// Why an endpoint is, or is about to be, what its signals want.
    pub(super) fn cause(&self, id: EndpointId) -> Option<Cause> {
        let endpoint = self.endpoints.get(&id)?;
        let fused = &endpoint.fused;
        let recovery = self.recovery_of(endpoint)?;
        let mut cause = Cause::new(&fused.decided, &fused.overridden, recovery);
        if endpoint.spared {
            cause.code = Code::Spared;
        }
        Some(cause)
    }

    /// The way back from what its signals want.
    pub(super) fn recovery_of(&self, endpoint: &Endpoint) -> Option<Recovery> {
        let pool = self.pools.get(&endpoint.key.pool)?;
        let standing = Standing {
            config: &pool.config,
            machines: &endpoint.machines,
            next_probe: self.next_probe(endpoint, pool),
        };
        Some(recovery(&endpoint.fused, &standing))
    }

    /// When an endpoint that is, or is about to be, unhealthy is probed next.
    fn next_probe(&self, endpoint: &Endpoint, pool: &Pool) -> Option<Tick> {
        let interval_us = pool.config.interval(false)?.us;
        let jitter_ppm = pool.config.probe.as_ref()?.jitter_ppm;
        let salt = endpoint.salt;
        let due = next_due(self.now, interval_us, jitter_ppm, salt);
        (endpoint.weight > 0).then_some(due)
    }

    /// Tells the gate what it is to do, if that changed or is to be confirmed.
    fn order(&mut self, id: EndpointId, confirm: bool) {
        let Some(endpoint) = self.endpoints.get_mut(&id) else {
            return;
        };
        let wanted = endpoint.wanted_posture();
        let before = core::mem::replace(&mut endpoint.posture, wanted);
        if wanted == before && !confirm {
            return;
        }
        let counts = |state| matches!(state, State::Open | State::Suspect);
        let reopened = counts(wanted.state) && !counts(before.state);
        let renew = reopened || wanted.era != before.era;
        let order = wanted.order(renew, endpoint.machines.runs());
        self.outputs.push(Output::Gate {
            endpoint: id,
            order,
        });
    }

    /// Tells an open gate what somebody other than its own requests did to the runs.
    fn correct_runs(&mut self, id: EndpointId, before: [u8; LANES]) {
        let Some(endpoint) = self.endpoints.get(&id) else {
            return;
        };
        let after = endpoint.machines.runs();
        let reset = (0..LANES).filter(|lane| after[*lane] < before[*lane]);
        let reset = reset.fold(0, |lanes, lane| lanes | 1 << lane);
        let added: [u8; LANES] =
            core::array::from_fn(|lane| after[lane].saturating_sub(before[lane]));
        if reset != 0 {
            self.outputs.push(Output::Gate {
                endpoint: id,
                order: Order::Reset(reset),
            });
        }
        if added != [0; LANES] {
            self.outputs.push(Output::Gate {
                endpoint: id,
                order: Order::Add(added),
            });
        }
    }

    /// Books a change of verdict in the pool's weights.
    fn weigh(&mut self, id: EndpointId, from: Verdict, to: Verdict) {
        let Some(endpoint) = self.endpoints.get(&id) else {
            return;
        };
        let Some(pool) = self.pools.get_mut(&endpoint.key.pool) else {
            return;
        };
        let weight = u64::from(endpoint.weight);
        let mut available = pool.decision.available_weight;
        if from.is_available() && !to.is_available() {
            available = available.saturating_sub(weight);
        } else if !from.is_available() && to.is_available() {
            available = available.saturating_add(weight);
        }
        let mut decision = decide(&pool.config.limits, available, pool.decision.total_weight);
        let trials = pool.decision.trials + u32::from(to == Verdict::Trial);
        decision.trials = trials.saturating_sub(u32::from(from == Verdict::Trial));
        if decision != pool.decision {
            pool.decision = decision;
            self.outputs.push(Output::Pool(PoolChange {
                at: self.now,
                pool: endpoint.key.pool.clone(),
                decision,
            }));
        }
    }

    /// Counts a pool's weights anew, after its members changed.
    pub(super) fn reweigh(&mut self, name: &str) {
        let Some(pool) = self.pools.get_mut(name) else {
            return;
        };
        let (mut available, mut total, mut trials) = (0_u64, 0_u64, 0_u32);
        for endpoint in pool.members.iter().filter_map(|id| self.endpoints.get(id)) {
            let weight = u64::from(endpoint.weight);
            total = total.saturating_add(weight);
            trials += u32::from(endpoint.verdict == Verdict::Trial);
            if endpoint.verdict.is_available() {
                available = available.saturating_add(weight);
            }
        }
        let mut decision = decide(&pool.config.limits, available, total);
        decision.trials = trials;
        if decision != pool.decision {
            pool.decision = decision;
            self.outputs.push(Output::Pool(PoolChange {
                at: self.now,
                pool: name.into(),
                decision,
            }));
        }
    }

    /// Puts an endpoint's timer where its next business is.
    pub(super) fn reschedule(
        timers: &mut BTreeSet<(Tick, EndpointId)>,
        now: Tick,
        id: EndpointId,
        endpoint: &mut Endpoint,
    ) {
        let business = match endpoint.forget_at {
            Some(at) => Some(at),
            None => [
                endpoint.machines.deadline(),
                endpoint.probing.due,
                endpoint.probing.under_way.map(|(_, given_up)| given_up),
            ]
            .into_iter()
            .flatten()
            .min(),
        };
        // What is due already comes at the next moment, so that time always goes on.
        let due = business.map(|at| at.max(now.after(1)));
        if due != endpoint.timer {
            if let Some(old) = endpoint.timer {
                timers.remove(&(old, id));
            }
            timers.extend(due.map(|due| (due, id)));
            endpoint.timer = due;
        }
    }
}

impl Endpoint {
    /// What it is by its signals and the budget.
    pub(super) fn due_verdict(&self) -> Verdict {
        if self.spared {
            Verdict::Healthy
        } else {
            self.fused.verdict
        }
    }

    /// What its gate is to do.
    pub(super) fn wanted_posture(&self) -> Posture {
        let state = match self.verdict {
            Verdict::Healthy => State::Open,
            Verdict::Suspect => State::Suspect,
            Verdict::Trial => State::HalfOpen,
            Verdict::Unhealthy => State::Closed,
        };
        // Who is healthy against its counters' word must not close itself by them.
        let held = self.fused.decided.source == Source::Operator;
        let pinned = self.spared || held && self.verdict == Verdict::Healthy;
        Posture {
            state,
            trials: if self.spared { 0 } else { self.fused.trials },
            pinned,
            watch: pinned || self.machines.watches(),
            era: self.machines.era(),
        }
    }

    /// True if something counts here that an operator can set.
    pub(super) fn can_be_set(&self) -> bool {
        self.machines.counters.is_some() || self.machines.breaker.is_some()
    }
}
