//! The endpoints of a pool at one time, and the order in which they are asked.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use haleway_balance::{Ring, RingMember, StickyId, Wheel};
use haleway_blueprint::{Balance, Discovery, Pool};

use super::endpoint::{Registry, TransportPlan};
use super::load::{Carried, now_ms};
use super::member::{Found, Member};

/// The endpoints of a pool at one time.
#[derive(Default)]
pub(crate) struct Members {
    pub(super) list: Vec<Arc<Member>>,
    pub(super) chooser: Chooser,
    /// What they were made of.
    pub(super) found: Vec<Found>,
}

/// How one of them is chosen.
pub(super) enum Chooser {
    Turns(Wheel),
    Chance(Wheel),
    Least,
    Fastest,
    Ring(Ring),
    Sticky(Wheel, Stickies),
}

impl Default for Chooser {
    fn default() -> Self {
        Self::Turns(Wheel::default())
    }
}

/// Endpoints by the ids that clients carry.
pub(super) struct Stickies {
    /// In the order of the members.
    ids: Vec<StickyId>,
    by_id: HashMap<StickyId, usize>,
}

impl Stickies {
    fn of(list: &[Arc<Member>]) -> Self {
        let id =
            |member: &Arc<Member>| StickyId::of(&member.identity.address, &member.identity.name);
        let ids: Vec<StickyId> = list.iter().map(id).collect();
        let by_id = ids.iter().enumerate().map(|(index, id)| (*id, index));
        Self {
            by_id: by_id.collect(),
            ids,
        }
    }

    /// The endpoint that a client's cookie names.
    pub(super) fn find(&self, cookie: &str) -> Option<usize> {
        self.by_id.get(&cookie.parse().ok()?).copied()
    }

    /// The value of a cookie for an endpoint.
    pub(super) fn cookie(&self, index: usize) -> Option<String> {
        self.ids.get(index).map(StickyId::to_string)
    }
}

impl Members {
    /// Members of these descriptions. Those that were there before go on carrying what they did.
    ///
    /// # Errors
    /// An endpoint cannot be used.
    pub(super) fn of(
        pool: &Pool,
        found: Vec<Found>,
        registry: &Registry,
        transport: &Arc<TransportPlan>,
        earlier: &Self,
    ) -> Result<Self, String> {
        let made = found
            .iter()
            .map(|found| Member::of(pool, found, registry, transport));
        let mut list = made.collect::<Result<Vec<_>, String>>()?;
        if matches!(pool.balance, Balance::LeastConnections | Balance::Latency) {
            carry_on(&mut list, earlier);
        }
        let list: Vec<Arc<Member>> = list.into_iter().map(Arc::new).collect();
        Ok(Self {
            chooser: chooser(pool, &list),
            list,
            found,
        })
    }

    /// Somebody may get a request.
    pub(super) fn has_weight(&self) -> bool {
        self.list.iter().any(|member| member.weight > 0)
    }
}

/// Gives members what they carried before; new ones begin with the average of the others.
fn carry_on(list: &mut [Member], earlier: &Members) {
    let known = earlier.list.iter().filter_map(|member| {
        let key = (
            member.identity.address.as_str(),
            member.identity.name.as_str(),
        );
        Some((key, member.carried.clone()?))
    });
    let known: HashMap<(&str, &str), Arc<Carried>> = known.collect();
    let now = now_ms();
    let paces = known
        .values()
        .map(|carried| carried.pace(1, now).latency_us);
    let average_us = paces.sum::<f32>() / known.len().max(1) as f32;
    for member in list {
        let identity = &member.identity;
        let carried = known.get(&(identity.address.as_str(), identity.name.as_str()));
        let fresh = || Arc::new(Carried::starting_at(average_us));
        member.carried = Some(carried.cloned().unwrap_or_else(fresh));
    }
}

fn chooser(pool: &Pool, list: &[Arc<Member>]) -> Chooser {
    let weights = || list.iter().map(|member| member.weight).collect::<Vec<_>>();
    match &pool.balance {
        Balance::RoundRobin => Chooser::Turns(Wheel::new(&weights())),
        Balance::Random => Chooser::Chance(Wheel::new(&weights())),
        Balance::LeastConnections => Chooser::Least,
        Balance::Latency => Chooser::Fastest,
        Balance::Hash(hash) => Chooser::Ring(ring(hash.slots, &pool.discovery, list)),
        Balance::Sticky(_) => Chooser::Sticky(Wheel::new(&weights()), Stickies::of(list)),
    }
}

fn ring(slots: u32, discovery: &Discovery, list: &[Arc<Member>]) -> Ring {
    let targets = match discovery {
        Discovery::Resolved { targets, .. } => targets.as_slice(),
        Discovery::Static(_) | Discovery::Srv { .. } => &[],
    };
    let ips: Vec<String> = list.iter().map(|member| ip_text(member)).collect();
    let members = list.iter().zip(&ips).map(|(member, ip)| {
        let endpoint = &member.endpoint;
        let target = member.target.and_then(|index| targets.get(index));
        RingMember {
            target: target.map_or(&endpoint.host, |target| &target.host),
            target_port: target.map_or(endpoint.port, |target| target.port),
            ip,
            port: endpoint.port,
            weight: member.weight,
        }
    });
    let members: Vec<RingMember<'_>> = members.collect();
    // Endpoints that are listed are targets of their own.
    let count = match discovery {
        Discovery::Resolved { targets, .. } => targets.len(),
        Discovery::Static(_) | Discovery::Srv { .. } => members.len(),
    };
    Ring::new(slots, count, &members)
}

/// The address of a member, IPv6 in brackets; its host where that is looked up later.
fn ip_text(member: &Member) -> String {
    match member.endpoint.address.map(|address| address.ip()) {
        Some(IpAddr::V6(ip)) => format!("[{ip}]"),
        Some(IpAddr::V4(ip)) => ip.to_string(),
        None => member.endpoint.host.clone(),
    }
}
