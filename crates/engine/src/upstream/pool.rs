//! Pools as the engine knows them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use haleway_blueprint::{Discovery, Pool, Scheme};

use super::endpoint::{Registry, TransportPlan};
use super::member::Found;
use super::members::Members;
use super::names::Names;
use crate::health::{PoolGates, ProbeTarget, Seat};

/// A pool of one process, shared by all cores.
pub(crate) struct PoolState {
    pub(crate) blueprint: Pool,
    pub(crate) transport: Arc<TransportPlan>,
    pub(super) members: ArcSwap<Members>,
    /// Turns taken so far.
    pub(super) position: AtomicU64,
    /// `None` trusts every endpoint.
    pub(crate) gates: Option<Arc<PoolGates>>,
    /// What is known of its names, where it has some.
    pub(super) names: Option<Names>,
    /// Another one has taken its place: it serves the requests that it has, and tells nobody of
    /// what it discovers.
    retired: AtomicBool,
}

impl PoolState {
    /// The pool of a description. Where an earlier plan had the same one, `earlier` is that: it
    /// goes on, with its members and its turn. One that changed hands on what it knows.
    ///
    /// # Errors
    /// A certificate or an endpoint cannot be used.
    pub(crate) fn new(
        pool: &Pool,
        registry: &Registry,
        earlier: Option<Arc<Self>>,
    ) -> Result<Arc<Self>, String> {
        if let Some(earlier) = &earlier
            && earlier.is_described_by(pool)
        {
            return Ok(earlier.clone());
        }
        let transport = registry.transport(&pool.transport);
        if speaks_tls(&pool.discovery) {
            transport.tls()?;
        }
        let names = Names::of(pool, earlier.as_ref().and_then(|one| one.names.as_ref()));
        let found = found(pool, names.as_ref(), earlier.as_deref());
        let before = earlier.as_ref().map(|earlier| earlier.members.load_full());
        let before = before.unwrap_or_default();
        let members = Members::of(pool, found, registry, &transport, &before)?;
        let gates = |health: &haleway_blueprint::PoolHealth| {
            PoolGates::new(&pool.id.0, health, &registry.gates)
        };
        let turn = earlier.map_or(0, |earlier| earlier.position.load(Ordering::Relaxed));
        Ok(Arc::new(Self {
            blueprint: pool.clone(),
            transport,
            members: ArcSwap::from_pointee(members),
            position: AtomicU64::new(turn),
            gates: pool.health.as_ref().map(gates),
            names,
            retired: AtomicBool::new(false),
        }))
    }

    /// Everything but who asked for it is the same.
    fn is_described_by(&self, pool: &Pool) -> bool {
        let own = &self.blueprint;
        own.discovery == pool.discovery
            && own.balance == pool.balance
            && own.transport == pool.transport
            && own.health == pool.health
    }

    /// Names must be looked up for it.
    pub(crate) fn needs_discovery(&self) -> bool {
        self.names.as_ref().is_some_and(Names::has_names)
            || matches!(self.blueprint.discovery, Discovery::Srv { .. })
    }

    /// Whether another one is to take its place.
    pub(crate) fn retire(&self, retired: bool) {
        self.retired.store(retired, Ordering::Relaxed);
    }

    pub(super) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Relaxed)
    }

    /// What its members are made of.
    pub(super) fn found(&self) -> Vec<Found> {
        self.members.load().found.clone()
    }

    /// Puts other endpoints in place of those that are there.
    ///
    /// # Errors
    /// One of them cannot be used; then all stays as it was.
    pub(super) fn replace(&self, found: Vec<Found>, registry: &Registry) -> Result<(), String> {
        let before = self.members.load();
        let members = Members::of(&self.blueprint, found, registry, &self.transport, &before)?;
        self.members.store(Arc::new(members));
        Ok(())
    }

    /// Its members as the court knows them.
    pub(crate) fn seats(&self, registry: &Registry) -> Vec<(haleway_health::Member, Seat)> {
        let members = self.members.load();
        let seats = members.list.iter().filter_map(|member| {
            let seat = Seat {
                watched: member.watched.clone()?,
                target: ProbeTarget::new(&self.blueprint, &member.endpoint, registry),
            };
            Some((member.identity.clone(), seat))
        });
        seats.collect()
    }
}

/// What is known of a pool's endpoints from the start.
fn found(pool: &Pool, names: Option<&Names>, earlier: Option<&PoolState>) -> Vec<Found> {
    let same = |earlier: &&PoolState| earlier.blueprint.discovery == pool.discovery;
    match (&pool.discovery, names) {
        (Discovery::Static(endpoints), _) => endpoints.iter().map(Found::listed).collect(),
        (Discovery::Srv { .. }, _) => earlier.filter(same).map_or_else(Vec::new, PoolState::found),
        (Discovery::Resolved { .. }, Some(names)) => names.found(&names.known()),
        (Discovery::Resolved { .. }, None) => Vec::new(),
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
