//! Keeps the members of pools that are looked up fresh, on a thread of its own.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use haleway_blueprint::{Discovery, Endpoint, Scheme};
use tokio::sync::mpsc;
use tokio::task::spawn_local;
use tracing::{info, warn};

use super::endpoint::Registry;
use super::freshness::Freshness;
use super::lookup::{Resolver, best};
use super::member::Found;
use super::pool::PoolState;
use crate::health::Court;

/// The thread that looks names up. It ends when this handle is dropped.
pub(crate) struct Discoverer {
    pools: mpsc::Sender<Weak<PoolState>>,
}

/// Pools that may wait to be taken up.
const WAITING_MAX: usize = 65_536;

/// Shortest time between two look-ups of one name, as in KrakenD.
const REFRESH_MIN: Duration = Duration::from_secs(1);

impl Discoverer {
    /// Starts the thread. `server` is asked instead of the system's name servers.
    ///
    /// # Errors
    /// No thread can be started, or the system's resolver configuration cannot be read.
    pub(crate) fn start(
        registry: Arc<Registry>,
        court: Arc<Court>,
        server: Option<SocketAddr>,
    ) -> Result<Self, String> {
        let (pools, mut waiting) = mpsc::channel::<Weak<PoolState>>(WAITING_MAX);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let mut resolvers = {
            let _inside = runtime.enter();
            Resolvers::new(server)?
        };
        std::thread::Builder::new()
            .name("discovery".to_owned())
            .spawn(move || {
                tokio::task::LocalSet::new().block_on(&runtime, async move {
                    while let Some(pool) = waiting.recv().await {
                        let registry = registry.clone();
                        let resolver = resolvers.of(&pool);
                        keep_fresh(pool, resolver, registry, court.clone());
                    }
                });
            })
            .map_err(|error| error.to_string())?;
        Ok(Self { pools })
    }

    /// Keeps the members of a pool fresh for as long as a plan holds it.
    pub(crate) fn watch(&self, pool: &Arc<PoolState>) {
        if self.pools.try_send(Arc::downgrade(pool)).is_err() {
            warn!(
                pool = pool.blueprint.id.0,
                "too many pools wait for discovery"
            );
        }
    }
}

/// Resolvers by the name servers that they ask: pools that ask the same ones share a cache.
struct Resolvers {
    usual: Arc<Resolver>,
    others: HashMap<Vec<SocketAddr>, Arc<Resolver>>,
}

/// Resolvers that are kept for pools to come.
const RESOLVERS_MAX: usize = 64;

impl Resolvers {
    fn new(server: Option<SocketAddr>) -> Result<Self, String> {
        Ok(Self {
            usual: Arc::new(Resolver::new(server.as_slice())?),
            others: HashMap::new(),
        })
    }

    /// The one that a pool asks.
    fn of(&mut self, pool: &Weak<PoolState>) -> Arc<Resolver> {
        let pool = pool.upgrade();
        let names = pool.as_ref().and_then(|pool| pool.names.as_ref());
        let servers = names.map_or(&[][..], |names| &names.lookups().servers);
        if servers.is_empty() {
            return self.usual.clone();
        }
        if let Some(known) = self.others.get(servers) {
            return known.clone();
        }
        match Resolver::new(servers) {
            Ok(resolver) => {
                if self.others.len() >= RESOLVERS_MAX {
                    self.others.clear();
                }
                let resolver = Arc::new(resolver);
                self.others.insert(servers.to_vec(), resolver.clone());
                resolver
            }
            Err(error) => {
                warn!(?servers, error, "these name servers cannot be asked");
                self.usual.clone()
            }
        }
    }
}

fn keep_fresh(
    pool: Weak<PoolState>,
    resolver: Arc<Resolver>,
    registry: Arc<Registry>,
    court: Arc<Court>,
) {
    if pool.upgrade().is_some_and(|pool| pool.names.is_some()) {
        spawn_local(Freshness::new(pool, resolver, registry, court).keep());
    } else {
        spawn_local(refresh(pool, resolver, registry, court));
    }
}

/// Looks the SRV records of a pool up again and again until the pool is gone.
async fn refresh(
    pool: Weak<PoolState>,
    resolver: Arc<Resolver>,
    registry: Arc<Registry>,
    court: Arc<Court>,
) {
    loop {
        let live = pool.upgrade().filter(|pool| !pool.is_retired());
        let Some(pool) = live else { return };
        let Discovery::Srv {
            name,
            scheme,
            refresh_us,
        } = &pool.blueprint.discovery
        else {
            return;
        };
        match look_up(&resolver, name, *scheme).await {
            Ok(found) => take(&pool, found, &registry, &court),
            // A failed look-up keeps the last good list.
            Err(error) => warn!(pool = pool.blueprint.id.0, error, "discovery failed"),
        }
        let pause = Duration::from_micros(*refresh_us).max(REFRESH_MIN);
        drop(pool);
        tokio::time::sleep(pause).await;
    }
}

/// Takes in what was found, if it is news.
fn take(pool: &PoolState, found: Vec<Found>, registry: &Registry, court: &Court) {
    if found == pool.found() {
        return;
    }
    let (name, endpoints) = (pool.blueprint.id.0.as_str(), found.len());
    match pool.replace(found, registry) {
        Ok(()) => {
            info!(pool = name, endpoints, "discovered");
            if pool.gates.is_some() && !pool.is_retired() {
                court.discovered(name, pool.seats(registry));
            }
        }
        Err(error) => warn!(pool = name, error, "discovery gave no use"),
    }
}

/// The endpoints of the lowest priority number.
async fn look_up(resolver: &Resolver, name: &str, scheme: Scheme) -> Result<Vec<Found>, String> {
    let answer = resolver.servers.srv_lookup(name).await;
    let answer = answer.map_err(|error| error.to_string())?;
    let endpoint = |srv: &hickory_resolver::proto::rr::rdata::SRV| {
        let host = srv.target.to_utf8().trim_end_matches('.').to_owned();
        Endpoint {
            scheme,
            authority: format!("{host}:{}", srv.port),
            host,
            port: srv.port,
            base_path: String::new(),
            weight: u32::from(srv.weight).max(1),
        }
    };
    let mut found: Vec<Endpoint> = best(&answer).into_iter().map(endpoint).collect();
    found.sort_by(|a, b| a.authority.cmp(&b.authority));
    Ok(found.iter().map(Found::listed).collect())
}
