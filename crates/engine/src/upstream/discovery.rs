//! DNS SRV discovery: keeps the members of pools fresh, on a thread of its own.

use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use haleway_blueprint::{Discovery, Endpoint, Scheme};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolverConfig};
use hickory_resolver::proto::rr::RData;
use tokio::sync::mpsc;
use tracing::{info, warn};

use super::endpoint::Registry;
use super::pool::{Members, PoolState};
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
        let resolver = {
            let _inside = runtime.enter();
            Arc::new(resolver(server)?)
        };
        std::thread::Builder::new()
            .name("discovery".to_owned())
            .spawn(move || {
                tokio::task::LocalSet::new().block_on(&runtime, async move {
                    while let Some(pool) = waiting.recv().await {
                        let refresher =
                            refresh(pool, resolver.clone(), registry.clone(), court.clone());
                        tokio::task::spawn_local(refresher);
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

fn resolver(server: Option<SocketAddr>) -> Result<TokioResolver, String> {
    let builder = match server {
        Some(address) => {
            let mut name_server = NameServerConfig::udp_and_tcp(address.ip());
            for connection in &mut name_server.connections {
                connection.port = address.port();
            }
            let config = ResolverConfig::from_parts(None, Vec::new(), vec![name_server]);
            TokioResolver::builder_with_config(config, Default::default())
        }
        None => TokioResolver::builder_tokio().map_err(|error| error.to_string())?,
    };
    builder.build().map_err(|error| error.to_string())
}

/// Looks a pool's name up again and again until the pool is gone.
async fn refresh(
    pool: Weak<PoolState>,
    resolver: Arc<TokioResolver>,
    registry: Arc<Registry>,
    court: Arc<Court>,
) {
    let mut last: Vec<Endpoint> = Vec::new();
    loop {
        let Some(pool) = pool.upgrade() else { return };
        let Discovery::Srv {
            name,
            scheme,
            refresh_us,
        } = &pool.blueprint.discovery
        else {
            return;
        };
        match look_up(&resolver, name, *scheme).await {
            Ok(found) if found == last => {}
            Ok(found) => match Members::of(&pool.blueprint, &found, &registry, &pool.transport) {
                Ok(members) => {
                    info!(
                        pool = pool.blueprint.id.0,
                        endpoints = found.len(),
                        "discovered"
                    );
                    pool.replace(members);
                    if pool.gates.is_some() {
                        court.discovered(&pool.blueprint.id.0, pool.seats(&registry));
                    }
                    last = found;
                }
                Err(error) => warn!(pool = pool.blueprint.id.0, error, "discovery gave no use"),
            },
            // A failed look-up keeps the last good list.
            Err(error) => warn!(pool = pool.blueprint.id.0, error, "discovery failed"),
        }
        let pause = Duration::from_micros(*refresh_us).max(REFRESH_MIN);
        drop(pool);
        tokio::time::sleep(pause).await;
    }
}

/// The endpoints of the lowest priority number.
async fn look_up(
    resolver: &TokioResolver,
    name: &str,
    scheme: Scheme,
) -> Result<Vec<Endpoint>, String> {
    let answer = resolver
        .srv_lookup(name)
        .await
        .map_err(|error| error.to_string())?;
    let records: Vec<_> = answer
        .answers()
        .iter()
        .filter_map(|record| match &record.data {
            RData::SRV(srv) => Some(srv),
            _ => None,
        })
        .collect();
    let lowest = records.iter().map(|srv| srv.priority).min();
    let mut found: Vec<Endpoint> = records
        .iter()
        .filter(|srv| Some(srv.priority) == lowest)
        .map(|srv| {
            let host = srv.target.to_utf8().trim_end_matches('.').to_owned();
            let authority = format!("{host}:{}", srv.port);
            let weight = u32::from(srv.weight).max(1);
            Endpoint {
                scheme,
                host,
                port: srv.port,
                authority,
                base_path: String::new(),
                weight,
            }
        })
        .collect();
    found.sort_by(|a, b| a.authority.cmp(&b.authority));
    Ok(found)
}
