//! Pools as the engine knows them.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwap;
use haleway_blueprint::runtime::{EndpointStatus, PoolStatus};
use haleway_blueprint::{Balance, Discovery, Pool, Scheme};

use super::endpoint::{EndpointState, Registry, TransportPlan};

/// An endpoint in a pool.
pub(crate) struct Member {
    pub(crate) endpoint: Arc<EndpointState>,
    /// Text before every path.
    pub(crate) base_path: String,
    pub(crate) weight: u32,
}

/// The endpoints of a pool at one time.
#[derive(Default)]
pub(crate) struct Members {
    pub(crate) list: Vec<Arc<Member>>,
    /// Indexes into `list`, each as often as its weight says.
    wheel: Vec<u32>,
}

/// A pool of one process, shared by all cores.
pub(crate) struct PoolState {
    pub(crate) blueprint: Pool,
    pub(crate) transport: Arc<TransportPlan>,
    members: ArcSwap<Members>,
    position: AtomicUsize,
}

/// Places on the wheel of one pool; larger weights are scaled down to fit.
const WHEEL_MAX: u64 = 1 << 16;

impl PoolState {
    /// The pool of a description. Where an earlier plan had the same one, `earlier` is that: it
    /// goes on, with its members and its place on the wheel.
    ///
    /// # Errors
    /// A certificate or an endpoint cannot be used.
    pub(crate) fn new(
        pool: &Pool,
        registry: &Registry,
        earlier: Option<Arc<Self>>,
    ) -> Result<Arc<Self>, String> {
        if let Some(earlier) = earlier
            && earlier.blueprint.discovery == pool.discovery
            && earlier.blueprint.balance == pool.balance
            && earlier.blueprint.transport == pool.transport
        {
            return Ok(earlier);
        }
        let transport = registry.transport(&pool.transport);
        if speaks_tls(&pool.discovery) {
            transport.tls()?;
        }
        let members = match &pool.discovery {
            Discovery::Static(endpoints) => Members::of(endpoints, registry, &transport)?,
            Discovery::Srv { .. } => Members::default(),
        };
        Ok(Arc::new(Self {
            blueprint: pool.clone(),
            transport,
            members: ArcSwap::from_pointee(members),
            position: AtomicUsize::new(0),
        }))
    }

    /// Chooses an endpoint; `None` where there is none.
    pub(crate) fn pick(&self) -> Option<Arc<Member>> {
        let members = self.members.load();
        let places = members.wheel.len();
        let place = match places {
            0 => return None,
            1 => 0,
            _ => match self.blueprint.balance {
                Balance::RoundRobin => self.position.fetch_add(1, Ordering::Relaxed) % places,
                Balance::Random => random_below(places),
            },
        };
        members.list.get(members.wheel[place] as usize).cloned()
    }

    /// Puts other endpoints in place of those that are there.
    pub(crate) fn replace(&self, members: Members) {
        self.members.store(Arc::new(members));
    }

    /// The pool for people.
    pub(crate) fn status(&self) -> PoolStatus {
        let members = self.members.load();
        let endpoints = members.list.iter().map(|member| {
            let (requests, failures) = member.endpoint.counts();
            EndpointStatus {
                address: format!("{}:{}", member.endpoint.host, member.endpoint.port),
                weight: member.weight,
                requests,
                failures,
            }
        });
        PoolStatus {
            name: self.blueprint.id.0.clone(),
            endpoints: endpoints.collect(),
        }
    }
}

fn speaks_tls(discovery: &Discovery) -> bool {
    match discovery {
        Discovery::Static(endpoints) => endpoints.iter().any(|one| one.scheme == Scheme::Https),
        Discovery::Srv { scheme, .. } => *scheme == Scheme::Https,
    }
}

impl Members {
    /// Members of these descriptions.
    ///
    /// # Errors
    /// An endpoint cannot be used.
    pub(crate) fn of(
        endpoints: &[haleway_blueprint::Endpoint],
        registry: &Registry,
        transport: &Arc<TransportPlan>,
    ) -> Result<Self, String> {
        let list = endpoints
            .iter()
            .map(|description| {
                Ok(Arc::new(Member {
                    endpoint: registry.endpoint(description, transport)?,
                    base_path: description.base_path.clone(),
                    weight: description.weight,
                }))
            })
            .collect::<Result<Vec<_>, String>>()?;
        let wheel = wheel(&list.iter().map(|member| member.weight).collect::<Vec<_>>());
        Ok(Self { list, wheel })
    }
}

/// Indexes as often as the weights say, spread so that equal turns are far apart.
fn wheel(weights: &[u32]) -> Vec<u32> {
    let divisor = weights
        .iter()
        .copied()
        .fold(0, greatest_common_divisor)
        .max(1);
    let total: u64 = weights
        .iter()
        .map(|weight| u64::from(weight / divisor))
        .sum();
    let scale = total.div_ceil(WHEEL_MAX).max(1);
    let shares: Vec<u64> = weights
        .iter()
        .map(|weight| u64::from(weight / divisor))
        .map(|share| {
            if share == 0 {
                0
            } else {
                (share / scale).max(1)
            }
        })
        .collect();
    let places: u64 = shares.iter().sum();
    // Smooth weighted round robin, run once: each turn goes to the one that has waited most.
    let mut credit = vec![0i64; shares.len()];
    let mut wheel = Vec::with_capacity(places as usize);
    if shares.iter().all(|share| *share <= 1) {
        wheel.extend(
            (0u32..)
                .zip(&shares)
                .filter(|(_, share)| **share == 1)
                .map(|(i, _)| i),
        );
        return wheel;
    }
    for _ in 0..places {
        let mut best = 0;
        for (index, share) in shares.iter().enumerate() {
            credit[index] += *share as i64;
            if credit[index] > credit[best] {
                best = index;
            }
        }
        credit[best] -= places as i64;
        wheel.push(best as u32);
    }
    wheel
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

/// A random number below `limit`, from a generator per thread (xorshift64*).
fn random_below(limit: usize) -> usize {
    use std::hash::{BuildHasher, RandomState};
    thread_local! {
        static STATE: Cell<u64> = Cell::new(RandomState::new().hash_one(0u8) | 1);
    }
    STATE.with(|state| {
        let mut x = state.get();
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        state.set(x);
        let high = x.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        ((high * limit as u64) >> 32) as usize
    })
}
