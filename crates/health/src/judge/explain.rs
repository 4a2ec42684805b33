//! The answer to "why?".

use alloc::string::String;
use alloc::vec::Vec;

use super::Judge;
use crate::EndpointId;
use crate::budget::PoolDecision;
use crate::cause::{Cause, Code, Recovery, compact};
use crate::config::Limit;
use crate::machine::Context;
use crate::outcome::Seen;
use crate::signal::{Signal, Verdict};
use crate::time::Tick;

/// Everything about the health of one endpoint, as of now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Explanation {
    /// Which one.
    pub endpoint: EndpointId,
    /// Its pool.
    pub pool: String,
    /// Its address.
    pub address: String,
    /// The name it was found under.
    pub name: String,
    /// Its weight.
    pub weight: u32,
    /// What it is.
    pub verdict: Verdict,
    /// Since when.
    pub since: Tick,
    /// Why, and the way back as of now.
    pub cause: Cause,
    /// What each machine says.
    pub signals: Vec<Signal>,
    /// Every limit of its pool under the original's name, also those that played no part.
    pub settings: Vec<Limit>,
    /// False if nothing can make it unhealthy (Kong: `HEALTHCHECKS_OFF`).
    pub is_checked: bool,
    /// The last probe that came back.
    pub last_probe: Option<Seen>,
    /// When the next one is due.
    pub next_probe: Option<Tick>,
    /// What holds for its pool.
    pub pool_decision: PoolDecision,
}

/// What an endpoint is, in brief: borrowed, so that ten thousand can be asked about.
#[derive(Clone, Copy, Debug)]
pub struct Brief<'a> {
    /// Its address.
    pub address: &'a str,
    /// The name it was found under.
    pub name: &'a str,
    /// What it is.
    pub verdict: Verdict,
    /// Since when.
    pub since: Tick,
    /// Why, as a code.
    pub code: Code,
    /// The signal that decided.
    pub decided: &'a Signal,
    /// Something counts here that an operator can set.
    pub can_be_set: bool,
}

impl Brief<'_> {
    /// The same as [`Cause::compact`].
    #[must_use]
    pub fn compact(&self) -> String {
        compact(self.decided)
    }
}

impl Judge {
    /// What an endpoint is, in brief; `None` if it is no member of a pool.
    #[must_use]
    pub fn verdict(&self, id: EndpointId) -> Option<Brief<'_>> {
        let endpoint = self.endpoints.get(&id).filter(|it| it.is_member())?;
        let decided = &endpoint.fused.decided;
        Some(Brief {
            address: &endpoint.key.address,
            name: &endpoint.key.name,
            verdict: endpoint.verdict,
            since: endpoint.since,
            code: if endpoint.spared {
                Code::Spared
            } else {
                decided.code
            },
            decided,
            can_be_set: endpoint.can_be_set(),
        })
    }

    /// The way back of an endpoint as of now; `None` if it is no member of a pool.
    #[must_use]
    pub fn way_back(&self, id: EndpointId) -> Option<Recovery> {
        let endpoint = self.endpoints.get(&id).filter(|it| it.is_member())?;
        self.recovery_of(endpoint)
    }

    /// Why an endpoint is what it is; `None` if it is no member of a pool.
    #[must_use]
    pub fn explain(&self, id: EndpointId) -> Option<Explanation> {
        let endpoint = self.endpoints.get(&id).filter(|it| it.is_member())?;
        let pool = self.pools.get(&endpoint.key.pool)?;
        let context = Context {
            now: self.now,
            config: &pool.config,
            salt: endpoint.salt,
        };
        Some(Explanation {
            endpoint: id,
            pool: endpoint.key.pool.clone(),
            address: endpoint.key.address.clone(),
            name: endpoint.key.name.clone(),
            weight: endpoint.weight,
            verdict: endpoint.verdict,
            since: endpoint.since,
            cause: self.cause(id)?,
            signals: endpoint.machines.signals(&context),
            settings: pool.config.settings(),
            is_checked: endpoint.weight > 0 && pool.config.is_checked(),
            last_probe: endpoint.probing.last,
            next_probe: endpoint.probing.due,
            pool_decision: pool.decision,
        })
    }
}
