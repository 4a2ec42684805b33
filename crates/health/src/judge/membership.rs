//! Pools and their endpoints: who is in, who left, who is remembered.
//!
//! Identity is (pool, address, name). Whoever stays keeps verdict, counters and rhythm; whoever
//! leaves by configuration is remembered for a while; whoever discovery drops is forgotten at once.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::Judge;
use super::endpoint::{Endpoint, Key, Pool, Posture, Probing};
use super::output::Output;
use crate::EndpointId;
use crate::budget::PoolDecision;
use crate::config::PoolConfig;
use crate::gate::Order;
use crate::input::Member;
use crate::machine::Context;
use crate::time::Tick;

/// Endpoints without configuration that are remembered; beyond that those go first that would be
/// forgotten first.
const REMEMBERED_MAX: usize = 10_000;

impl Judge {
    pub(super) fn configure(&mut self, name: &str, config: PoolConfig, members: Vec<Member>) {
        let config = Arc::new(config);
        let memory_us = config.memory_us;
        let pool = self.pools.entry(name.to_string()).or_insert_with(|| Pool {
            config: Arc::clone(&config),
            members: Vec::new(),
            decision: PoolDecision::default(),
            under_way: 0,
            queue: alloc::collections::VecDeque::new(),
        });
        pool.config = config;
        self.replace_members(name, members, memory_us);
    }

    pub(super) fn discovered(&mut self, name: &str, members: Vec<Member>) {
        if self.pools.contains_key(name) {
            self.replace_members(name, members, 0);
        }
    }

    pub(super) fn pool_gone(&mut self, name: &str) {
        let Some(pool) = self.pools.get(name) else {
            return;
        };
        let memory_us = pool.config.memory_us;
        for id in pool.members.clone() {
            self.leave(id, memory_us);
        }
        self.pools.remove(name);
        self.forget_beyond_memory();
    }

    /// Says again who is a member and what each gate is to do: for whoever has new gates, after a
    /// judge was restored.
    pub fn announce(&mut self) {
        let members: Vec<EndpointId> = self
            .pools
            .values()
            .flat_map(|it| &it.members)
            .copied()
            .collect();
        for id in members {
            if let Some(endpoint) = self.endpoints.get(&id) {
                self.outputs.push(joined(id, &endpoint.key));
                let order = endpoint.posture.order(true, endpoint.machines.runs());
                self.outputs.push(Output::Gate {
                    endpoint: id,
                    order,
                });
            }
        }
    }

    fn replace_members(&mut self, name: &str, members: Vec<Member>, memory_us: u64) {
        let mut ids = Vec::with_capacity(members.len());
        for (key, weight) in distinct(name, members) {
            ids.push(self.join(key, weight));
        }
        let Some(pool) = self.pools.get_mut(name) else {
            return;
        };
        let before = core::mem::replace(&mut pool.members, ids.clone());
        let mut stay = ids.clone();
        stay.sort_unstable();
        for id in before {
            if stay.binary_search(&id).is_err() {
                self.leave(id, memory_us);
            }
        }
        self.forget_beyond_memory();
        self.reweigh(name);
        for id in ids {
            self.refit(id);
        }
        self.spend_budget(name);
        self.reweigh(name);
        self.send_probes(name);
    }

    /// An endpoint is a member: it is created, remembered again, or stays.
    fn join(&mut self, key: Key, weight: u32) -> EndpointId {
        let (now, salt) = (self.now, key.salt(self.seed));
        if let Some(id) = self.ids.get(&key).copied()
            && let Some(endpoint) = self.endpoints.get_mut(&id)
        {
            endpoint.weight = weight;
            if endpoint.forget_at.take().is_some() {
                endpoint.posture = Posture::OPEN;
                self.outputs.push(joined(id, &key));
                let runs = endpoint.machines.runs();
                if runs.iter().any(|run| *run > 0) {
                    let order = Order::Add(runs);
                    self.outputs.push(Output::Gate {
                        endpoint: id,
                        order,
                    });
                }
            }
            return id;
        }
        let id = EndpointId(self.next_id);
        self.next_id = self.next_id.saturating_add(1);
        let config = self
            .pools
            .get(&key.pool)
            .map(|pool| Arc::clone(&pool.config));
        let context = Context {
            now,
            config: &config.unwrap_or_default(),
            salt,
        };
        self.outputs.push(joined(id, &key));
        self.ids.insert(key.clone(), id);
        self.endpoints
            .insert(id, Box::new(Endpoint::new(key, weight, &context)));
        id
    }

    /// Fits a member to its pool's configuration.
    fn refit(&mut self, id: EndpointId) {
        self.with_machines(id, |machines, context| machines.reconfigured(context));
        self.judge(id);
    }

    fn leave(&mut self, id: EndpointId, memory_us: u64) {
        let now = self.now;
        self.free_lane(id);
        let Some(endpoint) = self.endpoints.get_mut(&id) else {
            return;
        };
        if !endpoint.is_member() {
            return;
        }
        if let Some(pool) = self.pools.get_mut(&endpoint.key.pool) {
            pool.queue.retain(|queued| *queued != id);
        }
        self.outputs.push(Output::Left { endpoint: id });
        endpoint.machines.removed();
        endpoint.spared = false;
        endpoint.probing = Probing {
            attempts: endpoint.probing.attempts,
            last: endpoint.probing.last,
            ..Probing::default()
        };
        endpoint.forget_at = Some(now.after(memory_us));
        if memory_us == 0 {
            self.forget(id);
        } else {
            Self::reschedule(&mut self.timers, now, id, endpoint);
        }
    }

    pub(super) fn forget(&mut self, id: EndpointId) {
        if let Some(endpoint) = self.endpoints.remove(&id) {
            self.ids.remove(&endpoint.key);
            if let Some(due) = endpoint.timer {
                self.timers.remove(&(due, id));
            }
        }
    }

    fn forget_beyond_memory(&mut self) {
        let remembered = self
            .endpoints
            .iter()
            .filter_map(|(id, it)| Some((it.forget_at?, *id)));
        let mut remembered: Vec<(Tick, EndpointId)> = remembered.collect();
        let excess = remembered.len().saturating_sub(REMEMBERED_MAX);
        remembered.sort_unstable();
        for (_, id) in remembered.into_iter().take(excess) {
            self.forget(id);
        }
    }
}

/// The members by identity, in their order; one that is listed twice adds its weights.
fn distinct(pool: &str, members: Vec<Member>) -> Vec<(Key, u32)> {
    let mut places: BTreeMap<Key, usize> = BTreeMap::new();
    let mut distinct: Vec<(Key, u32)> = Vec::with_capacity(members.len());
    for member in members {
        let key = Key {
            pool: pool.to_string(),
            address: member.address,
            name: member.name,
        };
        match places.get(&key).and_then(|place| distinct.get_mut(*place)) {
            Some((_, weight)) => *weight = weight.saturating_add(member.weight),
            None => {
                places.insert(key.clone(), distinct.len());
                distinct.push((key, member.weight));
            }
        }
    }
    distinct
}

fn joined(endpoint: EndpointId, key: &Key) -> Output {
    Output::Joined {
        endpoint,
        pool: key.pool.clone(),
        address: key.address.clone(),
        name: key.name.clone(),
    }
}
