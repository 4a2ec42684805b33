//! A blueprint, compiled: every reference a pointer, every text a header, every pattern a matcher.
//!
//! What did not change since the plan before is taken over: pools keep their endpoints, counters
//! and idle connections.

mod interned;
mod respond;
mod site;
mod voice;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use haleway_blueprint::{Blueprint, HeaderCase, Listener, ListenerLimits, PoolId, Step};
use haleway_steps::{Consumers, Context, Memory, StepPlan};
use http::HeaderMap;
use tokio_rustls::TlsAcceptor;

pub(crate) use site::{
    ActionPlan, ComposePlan, ErrorPlan, FillPlan, PathFinder, ProxyPlan, RoutePlan, Routes,
    SitePlan,
};
pub(crate) use voice::{FailurePlan, MessagePlan, ViaPlan, VoicePlan};

use interned::Interned;

use crate::call::HeaderPlan;
use crate::error::StartError;
use crate::health::BreakerState;
use crate::listener;
use crate::stream::{self, StreamPlan};
use crate::upstream::{PoolState, Registry};

/// A blueprint, compiled.
pub(crate) struct Plan {
    pub(crate) blueprint: Arc<Blueprint>,
    listeners: Vec<ListenerPlan>,
    sites: Vec<SitePlan>,
    streams: Vec<Arc<StreamPlan>>,
    pub(crate) targets: Targets,
}

/// What calls lead to and through.
pub(crate) struct Targets {
    pub(crate) pools: HashMap<PoolId, Arc<PoolState>>,
    pub(crate) breakers: HashMap<PoolId, Arc<BreakerState>>,
    /// Headers that calls write.
    pub(crate) call_headers: Interned<HeaderPlan>,
    /// Headers that answers of routes begin with.
    pub(crate) answer_headers: Interned<HeaderMap>,
    /// Who may be known.
    pub(crate) consumers: Arc<Consumers>,
    /// What steps remember over requests and reloads.
    pub(crate) memory: Arc<Memory>,
}

impl Targets {
    /// Compiles steps.
    ///
    /// # Errors
    /// What of a step cannot be run.
    pub(crate) fn steps(&self, steps: &[Step]) -> Result<Vec<StepPlan>, String> {
        let context = Context {
            consumers: &self.consumers,
            memory: &self.memory,
        };
        let plans = steps.iter().map(|step| StepPlan::compile(step, &context));
        plans.collect()
    }
}

/// A listener, compiled.
pub(crate) struct ListenerPlan {
    /// The address that the blueprint asks for: the listener's identity.
    pub(crate) key: SocketAddr,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) h2c: bool,
    pub(crate) header_case: HeaderCase,
    pub(crate) limits: ListenerLimits,
    serves: Serves,
}

/// What a listener serves, by its index.
#[derive(Clone, Copy)]
enum Serves {
    Site(usize),
    Streams(usize),
}

/// The address that a listener of a blueprint asks for.
pub(crate) fn key(listener: &Listener) -> SocketAddr {
    SocketAddr::new(listener.address, listener.port)
}

impl Plan {
    /// Compiles a blueprint.
    ///
    /// # Errors
    /// All parts that cannot be run, each with its place.
    pub(crate) fn compile(
        blueprint: Arc<Blueprint>,
        registry: &Registry,
        earlier: Option<&Self>,
    ) -> Result<Self, Vec<StartError>> {
        let mut errors = Vec::new();
        let mut pools = HashMap::new();
        for pool in &blueprint.pools {
            let known = earlier
                .and_then(|plan| plan.targets.pools.get(&pool.id))
                .cloned();
            match PoolState::new(pool, registry, known) {
                Ok(state) => drop(pools.insert(pool.id.clone(), state)),
                Err(message) => {
                    let help = "mend the TLS settings or the hosts of this backend";
                    errors.push(StartError::new(&pool.origin, message, help));
                }
            }
        }
        let breakers = blueprint.breakers().map(|breaker| {
            let state = BreakerState::new(breaker, &registry.gates);
            (breaker.id.clone(), state)
        });
        let breakers = breakers.collect();
        let targets = Targets {
            pools,
            breakers,
            call_headers: Interned::default(),
            answer_headers: Interned::default(),
            consumers: Arc::new(Consumers::new(&blueprint.consumers)),
            memory: registry.memory.clone(),
        };
        let mut sites = Vec::new();
        let mut streams = Vec::new();
        // Errors of a site would mostly repeat those of its pools.
        if errors.is_empty() {
            for site in &blueprint.sites {
                match SitePlan::compile(site, &targets) {
                    Ok(plan) => sites.push(plan),
                    Err(more) => errors.extend(more),
                }
            }
            for site in &blueprint.streams {
                match StreamPlan::compile(site, &targets) {
                    Ok(plan) => streams.push(Arc::new(plan)),
                    Err(error) => errors.push(error),
                }
            }
        }
        let mut listeners = Vec::new();
        for listener in &blueprint.listeners {
            match ListenerPlan::compile(listener, &blueprint) {
                Ok(plan) => listeners.push(plan),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            Ok(Self {
                blueprint,
                listeners,
                sites,
                streams,
                targets,
            })
        } else {
            Err(errors)
        }
    }

    /// The listener of an address.
    pub(crate) fn listener(&self, key: SocketAddr) -> Option<&ListenerPlan> {
        self.listeners.iter().find(|listener| listener.key == key)
    }

    /// The site that a listener serves.
    pub(crate) fn site_of(&self, key: SocketAddr) -> Option<&SitePlan> {
        match self.listener(key)?.serves {
            Serves::Site(index) => self.sites.get(index),
            Serves::Streams(_) => None,
        }
    }

    /// The streams that a listener serves.
    pub(crate) fn streams_of(&self, key: SocketAddr) -> Option<&Arc<StreamPlan>> {
        match self.listener(key)?.serves {
            Serves::Site(_) => None,
            Serves::Streams(index) => self.streams.get(index),
        }
    }
}

impl ListenerPlan {
    fn compile(listener: &Listener, blueprint: &Blueprint) -> Result<Self, StartError> {
        let tls = listener.tls.as_ref().map(|settings| {
            listener::acceptor(settings).map_err(|message| {
                let origin = settings.certificates.first().map(|files| &files.origin);
                let help = "give a PEM certificate chain and the private key that belongs to it";
                StartError::new(origin.unwrap_or(&listener.origin), message, help)
            })
        });
        let mut sites = blueprint.sites.iter();
        let site = sites.position(|site| site.id == listener.site);
        let mut streams = blueprint.streams.iter();
        let stream = streams.position(|site| site.id == listener.site);
        let serves = site.map(Serves::Site).or(stream.map(Serves::Streams));
        let tls = tls.transpose()?;
        Ok(Self {
            key: key(listener),
            tls: match serves {
                Some(Serves::Streams(_)) => tls.as_ref().map(stream::without_alpn),
                _ => tls,
            },
            h2c: listener.h2c,
            header_case: listener.header_case,
            limits: listener.limits.clone(),
            serves: serves.ok_or_else(|| {
                let message = format!("there is no site {}", listener.site.0);
                StartError::new(&listener.origin, message, "this is a defect of Haleway")
            })?,
        })
    }
}
