//! What always holds between two calls. Tests ask after each step; a snapshot is refused by it.

use alloc::vec::Vec;
use core::fmt;

use super::Judge;
use super::endpoint::{Endpoint, HISTORY_MAX, Pool};
use crate::EndpointId;
use crate::budget::{Candidate, decide, spared};
use crate::cause::Recovery;
use crate::signal::Verdict;

/// An invariant that does not hold: a mistake of this crate, or of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken(pub &'static str);

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}

impl Judge {
    /// Checks that the judge does not contradict itself.
    ///
    /// # Errors
    /// The first sentence that does not hold.
    pub fn check_invariants(&self) -> Result<(), Broken> {
        let endpoints = self.endpoints.len();
        hold(self.next_id < u32::MAX / 2, "there are identifiers left")?;
        hold(
            self.ids.len() == endpoints,
            "each identity has one endpoint",
        )?;
        let timers = self
            .endpoints
            .values()
            .filter(|it| it.timer.is_some())
            .count();
        hold(
            self.timers.len() == timers,
            "each timer belongs to an endpoint",
        )?;
        for (id, endpoint) in &self.endpoints {
            self.check_endpoint(*id, endpoint)?;
        }
        for (name, pool) in &self.pools {
            self.check_pool(name, pool)?;
        }
        Ok(())
    }

    fn check_endpoint(&self, id: EndpointId, endpoint: &Endpoint) -> Result<(), Broken> {
        hold(id.0 < self.next_id, "identifiers are not reused")?;
        hold(
            self.ids.get(&endpoint.key) == Some(&id),
            "an endpoint is found by its identity",
        )?;
        hold(
            endpoint.salt == endpoint.key.salt(self.seed),
            "chance comes from the seed",
        )?;
        hold(
            endpoint.history.len() <= HISTORY_MAX,
            "histories are bounded",
        )?;
        if let Some(due) = endpoint.timer {
            hold(
                self.timers.contains(&(due, id)),
                "an endpoint's timer is set",
            )?;
        }
        let Some(pool) = self
            .pools
            .get(&endpoint.key.pool)
            .filter(|_| endpoint.is_member())
        else {
            let idle = !endpoint.is_member() && endpoint.probing.under_way.is_none();
            return hold(idle, "who has no pool is remembered, and not probed");
        };
        hold(
            pool.members.contains(&id),
            "a member stands in its pool's list",
        )?;
        hold(
            endpoint.verdict == endpoint.due_verdict(),
            "the verdict is what was fused",
        )?;
        hold(
            endpoint.posture == endpoint.wanted_posture(),
            "the gate has its orders",
        )?;
        hold(
            endpoint.wants_out() == endpoint.out_since.is_some(),
            "who is out has a since",
        )?;
        let cause = self.cause(id).ok_or(Broken("each verdict has a cause"))?;
        let recovers =
            (cause.recovery == Recovery::NotNeeded) == (endpoint.fused.verdict == Verdict::Healthy);
        hold(
            recovers,
            "who is not healthy has a way back or is told the change",
        )
    }

    fn check_pool(&self, name: &str, pool: &Pool) -> Result<(), Broken> {
        let mut under_way = 0;
        let (mut available, mut total, mut trials) = (0_u64, 0_u64, 0_u32);
        let mut out = Vec::new();
        for id in &pool.members {
            let endpoint = self.endpoints.get(id).ok_or(Broken("members exist"))?;
            hold(
                endpoint.key.pool == name && endpoint.is_member(),
                "members know their pool",
            )?;
            under_way += u32::from(endpoint.probing.under_way.is_some());
            total = total.saturating_add(endpoint.weight.into());
            trials += u32::from(endpoint.verdict == Verdict::Trial);
            if endpoint.verdict.is_available() {
                available = available.saturating_add(endpoint.weight.into());
            }
            out.extend(endpoint.out_since.map(|since| Candidate {
                endpoint: *id,
                since,
                by_traffic: endpoint.fused.decided.by_traffic,
            }));
        }
        let mut decision = decide(&pool.config.limits, available, total);
        decision.trials = trials;
        hold(
            pool.decision == decision,
            "a pool's decision follows from its members",
        )?;
        hold(pool.under_way == under_way, "probes under way are counted")?;
        let spared = spared(&pool.config.limits, pool.members.len(), &out);
        let in_spite = pool.members.iter().filter(|id| self.is_spared(**id));
        hold(
            in_spite.eq(in_order(&pool.members, &spared)),
            "the ejection budget holds",
        )
    }

    fn is_spared(&self, id: EndpointId) -> bool {
        self.endpoints.get(&id).is_some_and(|it| it.spared)
    }
}

fn in_order<'a>(
    members: &'a [EndpointId],
    spared: &'a [EndpointId],
) -> impl Iterator<Item = &'a EndpointId> {
    members.iter().filter(|id| spared.binary_search(id).is_ok())
}

fn hold(holds: bool, sentence: &'static str) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken(sentence)) }
}
