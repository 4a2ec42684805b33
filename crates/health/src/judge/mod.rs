//! The judge: one deterministic machine over all pools, owned by one thread.
//!
//! Four verbs: [`Judge::apply`] takes an input, [`Judge::advance`] lets time pass,
//! [`Judge::next_deadline`] says when it wants that, [`Judge::drain`] hands out what follows and is
//! called after each of the first two. Besides, [`Judge::explain`] answers why, and
//! [`Judge::snapshot`] and [`Judge::restore`] carry the whole state over.
//!
//! Invariant: the outputs depend on the seed and the inputs with their moments alone. Time never
//! goes back: an earlier moment counts as the last one.

mod endpoint;
mod explain;
mod invariants;
mod membership;
mod output;
mod probing;
mod verdicts;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::EndpointId;
use crate::budget::PoolDecision;
use crate::input::{Event, Input};
use crate::outcome::Seen;
use crate::time::Tick;
use crate::wire::{self, Malformed};

use endpoint::{Endpoint, Key, Pool};
pub use explain::{Brief, Explanation};
pub use invariants::Broken;
pub use output::{Output, PoolChange, ProbeOrder, Transition};

/// The deterministic machine over all pools.
#[derive(Clone, Debug, PartialEq)]
pub struct Judge {
    seed: u64,
    now: Tick,
    next_id: u32,
    ids: BTreeMap<Key, EndpointId>,
    /// Each in a box of its own, so that the tree itself stays small and quick to search.
    endpoints: BTreeMap<EndpointId, Box<Endpoint>>,
    pools: BTreeMap<String, Pool>,
    timers: BTreeSet<(Tick, EndpointId)>,
    outputs: Vec<Output>,
}

impl Judge {
    /// A judge without pools. The seed spreads probes and jitters waits.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            now: Tick::ZERO,
            next_id: 0,
            ids: BTreeMap::new(),
            endpoints: BTreeMap::new(),
            pools: BTreeMap::new(),
            timers: BTreeSet::new(),
            outputs: Vec::new(),
        }
    }

    /// Takes an input. What was due until `now` happens first. An input about an endpoint or a pool
    /// that is not there changes nothing.
    pub fn apply(&mut self, now: Tick, input: Input) {
        self.advance(now);
        match input {
            Input::Pool {
                name,
                config,
                members,
            } => self.configure(&name, *config, members),
            Input::PoolGone { name } => self.pool_gone(&name),
            Input::Members { pool, members } => self.discovered(&pool, members),
            Input::Endpoint { endpoint, event } => self.observe(endpoint, event),
        }
    }

    /// Lets time pass: everything due until `now` happens, as at `now`.
    pub fn advance(&mut self, now: Tick) {
        self.now = self.now.max(now).min(END);
        while let Some((due, id)) = self.timers.first().copied() {
            if due > self.now {
                break;
            }
            self.timers.remove(&(due, id));
            if let Some(endpoint) = self.endpoints.get_mut(&id) {
                endpoint.timer = None;
                self.fire(id);
            }
        }
    }

    /// When it next wants to be advanced.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Tick> {
        self.timers.first().map(|(due, _)| *due)
    }

    /// What follows from the inputs since the last call, in order.
    #[must_use]
    pub fn drain(&mut self) -> Vec<Output> {
        core::mem::take(&mut self.outputs)
    }

    /// The endpoint with this identity, if it is a member of its pool now.
    #[must_use]
    pub fn endpoint(&self, pool: &str, address: &str, name: &str) -> Option<EndpointId> {
        let key = Key {
            pool: pool.to_string(),
            address: address.to_string(),
            name: name.to_string(),
        };
        let id = self.ids.get(&key)?;
        self.endpoints.get(id)?.is_member().then_some(*id)
    }

    /// Names of the pools, sorted.
    pub fn pools(&self) -> impl Iterator<Item = &str> {
        self.pools.keys().map(String::as_str)
    }

    /// Endpoints of a pool, in the order of its configuration.
    #[must_use]
    pub fn members(&self, pool: &str) -> &[EndpointId] {
        self.pools.get(pool).map_or(&[], |pool| &pool.members)
    }

    /// What holds for a pool as a whole.
    #[must_use]
    pub fn pool(&self, pool: &str) -> Option<PoolDecision> {
        self.pools.get(pool).map(|pool| pool.decision)
    }

    /// The last things that happened to an endpoint, oldest first.
    pub fn history(&self, endpoint: EndpointId) -> impl Iterator<Item = &(Tick, Event)> {
        let endpoint = self.endpoints.get(&endpoint);
        endpoint.into_iter().flat_map(|endpoint| &endpoint.history)
    }

    /// The last probe of an endpoint that came back.
    #[must_use]
    pub fn last_probe(&self, endpoint: EndpointId) -> Option<Seen> {
        self.endpoints.get(&endpoint)?.probing.last
    }

    /// The whole state as one line of text. Outputs that were not drained are not part of it.
    #[must_use]
    pub fn snapshot(&self) -> String {
        wire::encode(&State {
            version: SNAPSHOT_VERSION,
            seed: self.seed,
            now: self.now,
            next_id: self.next_id,
            endpoints: self.endpoints.clone(),
            pools: self.pools.clone(),
        })
    }

    /// The judge that gave this snapshot.
    ///
    /// # Errors
    /// The text is no snapshot, or one that contradicts itself.
    pub fn restore(snapshot: &str) -> Result<Self, Malformed> {
        let wrong = |expected| Malformed { expected, word: 0 };
        let state: State = wire::decode(snapshot)?;
        if state.version != SNAPSHOT_VERSION {
            return Err(wrong("a snapshot of this version"));
        }
        let mut judge = Self::new(state.seed);
        judge.now = state.now.min(END);
        judge.next_id = state.next_id;
        for (id, endpoint) in &state.endpoints {
            judge.ids.insert(endpoint.key.clone(), *id);
            judge.timers.extend(endpoint.timer.map(|due| (due, *id)));
        }
        judge.endpoints = state.endpoints;
        judge.pools = state.pools;
        judge.check_invariants().map_err(|broken| wrong(broken.0))?;
        Ok(judge)
    }
}

/// The last moment: one more must fit behind it, so that time always goes on.
const END: Tick = Tick(u64::MAX - 1);
const SNAPSHOT_VERSION: u32 = 1;

/// What a snapshot holds; the rest follows from it.
struct State {
    version: u32,
    seed: u64,
    now: Tick,
    next_id: u32,
    endpoints: BTreeMap<EndpointId, Box<Endpoint>>,
    pools: BTreeMap<String, Pool>,
}

wire_struct!(State {
    version,
    seed,
    now,
    next_id,
    endpoints,
    pools,
});
