//! Pools as the engine knows them.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwap;
use haleway_blueprint::runtime::{EndpointStatus, PoolStatus};
use haleway_blueprint::{Balance, Discovery, Endpoint, Pool, Scheme};
use tokio::time::Instant;

use crate::health::{Entered, PoolGates, ProbeTarget, Seat, Watched};

use super::endpoint::{EndpointState, Registry, TransportPlan};

/// An endpoint in a pool.
pub(crate) struct Member {
    pub(crate) endpoint: Arc<EndpointState>,
    /// Text before every path.
    pub(crate) base_path: String,
    pub(crate) weight: u32,
    /// Its gate, where the pool has health.
    watched: Option<Arc<Watched>>,
    /// What the judge calls it.
    identity: haleway_health::Member,
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
    /// `None` trusts every endpoint.
    pub(crate) gates: Option<Arc<PoolGates>>,
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
            && earlier.blueprint.health == pool.health
        {
            return Ok(earlier);
        }
        let transport = registry.transport(&pool.transport);
        if speaks_tls(&pool.discovery) {
            transport.tls()?;
        }
        let members = match &pool.discovery {
            Discovery::Static(endpoints) => Members::of(pool, endpoints, registry, &transport)?,
            Discovery::Srv { .. } | Discovery::Resolved { .. } => Members::default(),
        };
        Ok(Arc::new(Self {
            blueprint: pool.clone(),
            transport,
            members: ArcSwap::from_pointee(members),
            position: AtomicUsize::new(0),
            gates: pool
                .health
                .as_ref()
                .map(|health| PoolGates::new(&pool.id.0, &health.config, &registry.gates)),
        }))
    }

    /// Chooses an endpoint; `None` where there is none.
    pub(crate) fn pick(&self) -> Option<Arc<Member>> {
        let members = self.members.load();
        let place = self.place(&members)?;
        members.list.get(members.wheel[place] as usize).cloned()
    }

    /// The same for another try: not the one that failed while another one is there.
    pub(crate) fn pick_other(&self, failed: &Arc<Member>) -> Option<Arc<Member>> {
        let members = self.members.load();
        let place = self.place(&members)?;
        let turns = members.wheel[place..].iter().chain(&members.wheel[..place]);
        let mut turns = turns.filter_map(|index| members.list.get(*index as usize));
        let other = turns.find(|member| !Arc::ptr_eq(&failed.endpoint, &member.endpoint));
        Some(other.unwrap_or(failed).clone())
    }

    /// The same past gates: the first endpoint from its place on that lets a request through. The
    /// one that failed the last try serves only where no other one does, and so does one that
    /// starts slowly when it is not its turn.
    pub(crate) fn enter(
        &self,
        gates: &Arc<PoolGates>,
        failed: Option<&Arc<Member>>,
        deadline: Instant,
    ) -> Option<(Arc<Member>, Entered)> {
        let members = self.members.load();
        let place = self.place(&members)?;
        let turns = members.wheel[place..].iter().chain(&members.wheel[..place]);
        let mut candidates = turns.filter_map(|index| {
            let member = members.list.get(*index as usize)?;
            Some((member, member.watched.as_ref()?))
        });
        if gates.decision.is_panic() {
            let (member, watched) = candidates.next()?;
            return Some((member.clone(), Entered::anyway(watched, gates, deadline)));
        }
        let is_failed = |member: &Arc<Member>| {
            failed.is_some_and(|failed| Arc::ptr_eq(&failed.endpoint, &member.endpoint))
        };
        let mut later = None;
        let mut first = None;
        for (member, watched) in candidates.take(members.wheel.len()) {
            first.get_or_insert((member, watched));
            if !gates.decision.serves() {
                break;
            }
            if is_failed(member) || waits(gates, watched) {
                later.get_or_insert((member, watched));
            } else if let Some(entered) = Entered::at(watched, gates, deadline) {
                return Some((member.clone(), entered));
            }
        }
        if let Some((member, watched)) = later
            && let Some(entered) = Entered::at(watched, gates, deadline)
        {
            return Some((member.clone(), entered));
        }
        let (member, watched) = first.filter(|_| gates.panics)?;
        Some((member.clone(), Entered::anyway(watched, gates, deadline)))
    }

    /// A place on the wheel; `None` on an empty one.
    fn place(&self, members: &Members) -> Option<usize> {
        let places = members.wheel.len();
        match places {
            0 => None,
            1 => Some(0),
            _ => Some(match self.blueprint.balance {
                Balance::Random => random_below(places),
                _ => self.position.fetch_add(1, Ordering::Relaxed) % places,
            }),
        }
    }

    /// Puts other endpoints in place of those that are there.
    pub(crate) fn replace(&self, members: Members) {
        self.members.store(Arc::new(members));
    }

    /// Its members as the court knows them.
    pub(crate) fn seats(&self, registry: &Registry) -> Vec<(haleway_health::Member, Seat)> {
        let members = self.members.load();
        let seats = members.list.iter().filter_map(|member| {
            let seat = Seat {
                watched: member.watched.clone()?,
                target: ProbeTarget::new(&self.blueprint, &member.endpoint, registry),
            };
            let weight = member.weight;
            Some((
                haleway_health::Member {
                    weight,
                    ..member.identity.clone()
                },
                seat,
            ))
        });
        seats.collect()
    }

    /// The pool for people, as far as the court is not asked.
    pub(crate) fn status(&self) -> PoolStatus {
        let members = self.members.load();
        let endpoints = members.list.iter().map(|member| {
            let (requests, failures) = member.endpoint.counts();
            EndpointStatus {
                address: format!("{}:{}", member.endpoint.host, member.endpoint.port),
                name: member.identity.name.clone(),
                target: None,
                ip: member.endpoint.address.map(|address| address.ip()),
                port: member.endpoint.port,
                weight: member.weight,
                requests,
                failures,
                health: None,
            }
        });
        PoolStatus {
            name: self.blueprint.id.0.clone(),
            endpoints: endpoints.collect(),
            targets: Vec::new(),
            health: None,
            breaker: None,
        }
    }
}

/// An endpoint that starts slowly lets some of its turns pass.
fn waits(gates: &PoolGates, watched: &Watched) -> bool {
    let share = gates.starting_ppm(watched);
    share.is_some_and(|ppm| random_below(1_000_000) as u64 >= ppm)
}

/// Who an endpoint of a pool is to the judge: its address, and what else tells it apart.
fn identity(description: &Endpoint) -> haleway_health::Member {
    let address = format!("{}:{}", description.host, description.port);
    let mut name = description.base_path.clone();
    if description.authority != address {
        name.insert_str(0, &description.authority);
    }
    haleway_health::Member {
        address,
        name,
        weight: description.weight,
    }
}

fn speaks_tls(discovery: &Discovery) -> bool {
    match discovery {
        Discovery::Static(endpoints) => endpoints.iter().any(|one| one.scheme == Scheme::Https),
        Discovery::Srv { scheme, .. } => *scheme == Scheme::Https,
        Discovery::Resolved { targets, .. } => {
            targets.iter().any(|one| one.scheme == Scheme::Https)
        }
    }
}

impl Members {
    /// Members of these descriptions.
    ///
    /// # Errors
    /// An endpoint cannot be used.
    pub(crate) fn of(
        pool: &Pool,
        endpoints: &[Endpoint],
        registry: &Registry,
        transport: &Arc<TransportPlan>,
    ) -> Result<Self, String> {
        let list = endpoints
            .iter()
            .map(|description| {
                let identity = identity(description);
                let gates = pool.health.as_ref().map(|_| &registry.gates);
                Ok(Arc::new(Member {
                    watched: gates.map(|gates| gates.watched(&pool.id.0, &identity)),
                    identity,
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
