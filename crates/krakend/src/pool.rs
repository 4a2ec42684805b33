//! Pools: equal sets of hosts become one pool, named after its hosts.

use std::collections::HashMap;

use haleway_blueprint::{
    Balance, Discovery, Endpoint, Origin, Pool, PoolId, Scheme, Target, Transport,
};

use crate::namespace::haleway_health::Health;

/// The pools of a compilation.
pub(crate) struct Pools {
    list: Vec<Pool>,
    by_id: HashMap<String, usize>,
    balance: Balance,
    transport: Transport,
}

impl Pools {
    /// No pools yet. KrakenD takes hosts in turn on one processor and at random on several.
    pub(crate) fn new(cores: usize, transport: Transport) -> Self {
        let balance = if cores == 1 {
            Balance::RoundRobin
        } else {
            Balance::Random
        };
        Self {
            list: Vec::new(),
            by_id: HashMap::new(),
            balance,
            transport,
        }
    }

    /// The pool of these endpoints with this health.
    pub(crate) fn of(&mut self, discovery: Discovery, health: &Health, origin: Origin) -> PoolId {
        let balance = health.balance.as_ref().unwrap_or(&self.balance).clone();
        let name = name(&discovery);
        let mut id = name.clone();
        let mut copy = 1;
        while let Some(&index) = self.by_id.get(&id) {
            let known = &self.list[index];
            let same = known.balance == balance && known.health == health.pool;
            if same && known.discovery == discovery {
                return PoolId(id);
            }
            copy += 1;
            id = format!("{name}-{copy}");
        }
        self.by_id.insert(id.clone(), self.list.len());
        self.list.push(Pool {
            id: PoolId(id.clone()),
            discovery,
            balance,
            transport: self.transport.clone(),
            health: health.pool.clone(),
            origin,
        });
        PoolId(id)
    }

    /// All pools, in the order in which they were asked for.
    pub(crate) fn finish(self) -> Vec<Pool> {
        self.list
    }
}

/// A name from the content, without a slash.
fn name(discovery: &Discovery) -> String {
    match discovery {
        Discovery::Static(endpoints) if endpoints.is_empty() => "none".to_owned(),
        Discovery::Static(endpoints) => endpoints.iter().map(part).collect::<Vec<_>>().join("+"),
        Discovery::Srv { name, scheme, .. } => {
            format!("srv-{}{}", prefix(*scheme), name.replace('/', "_"))
        }
        Discovery::Resolved { targets, .. } => {
            let part = |target: &Target| {
                format!("{}{}:{}", prefix(target.scheme), target.host, target.port)
            };
            targets.iter().map(part).collect::<Vec<_>>().join("+")
        }
    }
}

fn part(endpoint: &Endpoint) -> String {
    let path = endpoint.base_path.trim_end_matches('/').replace('/', "_");
    format!("{}{}{path}", prefix(endpoint.scheme), endpoint.authority)
}

fn prefix(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Http => "",
        Scheme::Https => "https-",
        Scheme::H2c => "h2c-",
    }
}
