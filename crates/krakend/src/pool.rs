//! Pools: equal sets of hosts become one pool, named after its hosts.

use std::collections::HashMap;

use haleway_blueprint::{
    Balance, Discovery, Endpoint, Origin, Pool, PoolId, Scheme, Target, Transport,
};
use sha2::{Digest, Sha256};

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
        Discovery::Static(endpoints) => joined(endpoints.iter().map(part)),
        Discovery::Srv { name, scheme, .. } => {
            format!("srv-{}{}", prefix(*scheme), name.replace('/', "_"))
        }
        Discovery::Resolved { targets, .. } => {
            let part = |target: &Target| {
                format!("{}{}:{}", prefix(target.scheme), target.host, target.port)
            };
            joined(targets.iter().map(part))
        }
    }
}

/// Hosts that a name spells out; of the others it holds how many there are, and a hash over all.
const HOSTS_NAMED_MAX: usize = 8;

fn joined(parts: impl Iterator<Item = String>) -> String {
    let parts: Vec<String> = parts.collect();
    if parts.len() <= HOSTS_NAMED_MAX {
        return parts.join("+");
    }
    let hash = Sha256::digest(parts.join("+"));
    let hash: String = hash
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let more = parts.len() - 1;
    format!("{}+{more}-more-{hash}", parts[0])
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

#[cfg(test)]
mod tests {
    use super::{HOSTS_NAMED_MAX, joined};

    #[test]
    fn a_name_of_many_hosts_stays_short_and_tells_them_apart() {
        let hosts = |count: usize| (0..count).map(|host| format!("host-{host}:80"));
        let all = joined(hosts(HOSTS_NAMED_MAX));
        assert!(all.ends_with("+host-7:80"), "{all}");
        let many = joined(hosts(2000));
        assert!(many.starts_with("host-0:80+1999-more-"), "{many}");
        assert!(many.len() < 40, "{many}");
        assert_ne!(many, joined(hosts(2000).chain(["other:80".to_owned()])));
        assert_ne!(joined(hosts(2000).skip(1)), joined(hosts(2000)));
    }
}
