//! Pools and their members, as requests meet them.

use std::cell::Cell;
use std::collections::BTreeMap;

use haleway_balance::{Average, Ring, Wheel};
use haleway_blueprint::{Hedge, ProbeKind};
use haleway_health::budget::HedgeBudget;
use haleway_health::{
    Classifier, EndpointId, Gate, PoolConfig, PoolDecision, Rules, SilenceConfig, Tally, Tick,
};

use super::court::Bench;
use super::silence::Looked;
use crate::behaviour::Phases;
use crate::report::{Counts, EndpointReport, PoolReport};

/// A pool, or a breaker around a call.
pub(super) struct Pool {
    pub(super) name: String,
    pub(super) members: Vec<Member>,
    pub(super) chooser: Chooser,
    /// `None` trusts every endpoint.
    pub(super) gates: Option<Gates>,
    /// Turns taken so far.
    pub(super) turn: Cell<u64>,
    /// Where each client's cookie leads.
    pub(super) stickies: BTreeMap<u64, usize>,
    pub(super) requests: Counts,
    /// Requests that came.
    pub(super) came: u64,
    pub(super) hedged: u64,
    pub(super) is_breaker: bool,
}

/// How an endpoint is chosen.
pub(super) enum Chooser {
    Turns(Wheel),
    Chance(Wheel),
    Least,
    Fastest,
    Ring(Ring),
    Sticky(Wheel),
}

/// A pool's rules for outcomes, and what the judge decided for the pool as a whole.
pub(super) struct Gates {
    pub(super) rules: Rules,
    pub(super) classifier: Classifier,
    pub(super) serves: bool,
    pub(super) is_panic: bool,
    /// All endpoints serve rather than none.
    pub(super) panics: bool,
    pub(super) slow_start_us: Option<u64>,
    pub(super) silence: Option<SilenceConfig>,
    /// Share of the tries that may be made besides; `None` lets requests wait.
    pub(super) hedge_ppm: Option<u32>,
    budget: HedgeBudget,
    /// Tries so far, by which the budget grows.
    pub(super) entered: Cell<u64>,
    /// What the judge decided last.
    decision: Option<PoolDecision>,
}

/// One endpoint of a pool.
pub(super) struct Member {
    pub(super) address: String,
    pub(super) name: String,
    pub(super) weight: u32,
    pub(super) gate: Gate,
    /// The judge's name for it.
    pub(super) id: Option<EndpointId>,
    /// Since when it is back; `None` where it never was away, or is.
    pub(super) back_since: Option<Tick>,
    pub(super) tally: Tally,
    /// What requests see, and what probes see.
    pub(super) seen_by_requests: Phases,
    pub(super) seen_by_probes: Phases,
    pub(super) probe: Option<ProbeKind>,
    /// Requests under way, and how fast it answers.
    pub(super) open: u32,
    pub(super) average: Average,
    pub(super) looked: Looked,
    pub(super) tries: Counts,
    pub(super) probes: u64,
}

impl Gates {
    pub(super) fn new(config: &PoolConfig, hedge: Option<Hedge>) -> Self {
        let limits = &config.limits;
        Self {
            rules: Rules::new(config),
            classifier: Classifier::new(&config.outcomes),
            serves: true,
            is_panic: false,
            panics: limits.panic_ppm.is_some_and(|share| share > 0),
            slow_start_us: limits.slow_start_us.filter(|window| *window > 0),
            silence: config.silence.clone(),
            hedge_ppm: hedge.map(|it| it.budget_ppm).filter(|ppm| *ppm > 0),
            budget: HedgeBudget::new(),
            entered: Cell::new(0),
            decision: None,
        }
    }
}

impl Pool {
    /// Takes the judge's word for the pool as a whole. True if there is something to tell: that it
    /// serves otherwise than before.
    pub(super) fn decided(&mut self, decision: PoolDecision) -> bool {
        let is_breaker = self.is_breaker;
        let Some(gates) = &mut self.gates else {
            return false;
        };
        let manner = |decision: &PoolDecision| {
            let trials_only = !decision.serves && decision.trials > 0;
            (decision.panic, decision.serves, trials_only)
        };
        // A pool serves until the judge says otherwise.
        let before = match gates.decision {
            None => (false, true, false),
            Some(before) => manner(&before),
        };
        gates.serves = decision.serves || decision.trials > 0;
        gates.is_panic = decision.panic;
        gates.decision = Some(decision);
        before != manner(&decision) && !is_breaker
    }

    /// It got requests, or something watches over it.
    pub(super) fn is_worth_telling(&self) -> bool {
        !self.is_breaker && (self.came > 0 || self.gates.is_some())
    }

    /// Takes a second try from the budget, if it has one.
    pub(super) fn may_hedge(&self) -> bool {
        self.gates.as_ref().is_some_and(|gates| {
            let ppm = gates.hedge_ppm.unwrap_or(0);
            gates.budget.take(gates.entered.get(), ppm)
        })
    }

    pub(super) fn report(&self, bench: &Bench) -> PoolReport {
        let endpoints = self.members.iter().map(|member| EndpointReport {
            address: member.address.clone(),
            name: member.name.clone(),
            verdict: member.id.and_then(|id| bench.verdict(id)),
            tries: member.tries,
            probes: member.probes,
        });
        PoolReport {
            name: self.name.clone(),
            requests: self.requests,
            hedged: self.hedged,
            endpoints: endpoints.collect(),
        }
    }
}
