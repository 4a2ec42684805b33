//! One endpoint of a pool.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use haleway_blueprint::{Endpoint, Pool};

use super::endpoint::{EndpointState, Registry, TransportPlan};
use super::load::Carried;
use crate::health::Watched;

/// What a member is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) endpoint: Endpoint,
    /// How it was looked up; `None` where each connection does that for itself.
    pub(crate) origin: Option<FoundBy>,
}

/// A look-up that led to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundBy {
    /// Index of the target.
    pub(crate) target: usize,
    /// The name; empty where the target is an address.
    pub(crate) name: String,
    pub(crate) ip: IpAddr,
}

impl Found {
    /// An endpoint as the blueprint lists it.
    pub(crate) fn listed(endpoint: &Endpoint) -> Self {
        Self {
            endpoint: endpoint.clone(),
            origin: None,
        }
    }

    /// Who it is to the judge: its address, and what else tells it apart.
    fn identity(&self) -> haleway_health::Member {
        let Endpoint {
            host,
            port,
            authority,
            base_path,
            weight,
            ..
        } = &self.endpoint;
        let (address, name) = match &self.origin {
            Some(by) => (SocketAddr::new(by.ip, *port).to_string(), by.name.clone()),
            None => {
                let address = format!("{host}:{port}");
                let mut name = base_path.clone();
                if *authority != address {
                    name.insert_str(0, authority);
                }
                (address, name)
            }
        };
        haleway_health::Member {
            address,
            name,
            weight: *weight,
        }
    }
}

/// An endpoint in a pool.
pub(crate) struct Member {
    pub(crate) endpoint: Arc<EndpointState>,
    /// Text before every path.
    pub(crate) base_path: String,
    pub(crate) weight: u32,
    /// Its gate, where the pool has health.
    pub(super) watched: Option<Arc<Watched>>,
    /// What the judge calls it.
    pub(super) identity: haleway_health::Member,
    /// What it carries, where the pool's balance asks for it.
    pub(super) carried: Option<Arc<Carried>>,
    /// Index of the target that it comes from.
    pub(super) target: Option<usize>,
}

impl Member {
    /// The member of a pool; what it carries is not known yet.
    ///
    /// # Errors
    /// The endpoint cannot be used.
    pub(super) fn of(
        pool: &Pool,
        found: &Found,
        registry: &Registry,
        transport: &Arc<TransportPlan>,
    ) -> Result<Self, String> {
        let identity = found.identity();
        let gates = pool.health.as_ref().map(|_| &registry.gates);
        let by = found.origin.as_ref();
        let ip = by.map(|by| by.ip);
        Ok(Self {
            watched: gates.map(|gates| gates.watched(&pool.id.0, &identity)),
            identity,
            endpoint: registry.endpoint_at(&found.endpoint, ip, transport)?,
            base_path: found.endpoint.base_path.clone(),
            weight: found.endpoint.weight,
            carried: None,
            target: by.map(|by| by.target),
        })
    }

    /// The same endpoint, whichever pool names it.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.endpoint, &other.endpoint)
    }
}
