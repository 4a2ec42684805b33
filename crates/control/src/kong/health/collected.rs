//! What the engine knows of an upstream's targets, beside the targets themselves.

use std::collections::HashMap;
use std::net::IpAddr;

use haleway_blueprint::RecordKind;
use haleway_blueprint::runtime::{
    DnsStatus, EndpointStatus, HealthStatus, PoolStatus, PoolVerdict, Running, TargetStatus,
};
use serde_json::Value as Json;

use crate::kong::target::{self, host_and_port};
use crate::kong::view::{self, Entity, View};

/// What Kong says of a target or an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kong) enum Health {
    /// It gets requests.
    Healthy,
    /// It gets none.
    Unhealthy,
    /// Nothing is checked.
    Off,
    /// There is no address of it.
    DnsError,
}

impl Health {
    /// The word in `/upstreams/{upstream}/health`.
    pub(in crate::kong) fn word(self) -> &'static str {
        match self {
            Self::Healthy => "HEALTHY",
            Self::Unhealthy => "UNHEALTHY",
            Self::Off => "HEALTHCHECKS_OFF",
            Self::DnsError => "DNS_ERROR",
        }
    }

    /// The value of the label `state` in the metrics.
    pub(in crate::kong) fn label(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Off => "healthchecks_off",
            Self::DnsError => "dns_error",
        }
    }
}

/// The health of an upstream.
pub(in crate::kong) struct UpstreamHealth<'a> {
    /// Some check is on.
    pub(in crate::kong) checked: bool,
    /// Its targets in the order of the document.
    pub(in crate::kong) targets: Vec<TargetHealth<'a>>,
    /// What the engine says of it as a whole.
    pub(in crate::kong) verdict: Option<PoolVerdict>,
}

/// The health of a target.
pub(in crate::kong) struct TargetHealth<'a> {
    /// The target.
    pub(in crate::kong) entity: &'a Entity,
    /// Host and port as they are written.
    pub(in crate::kong) host: String,
    /// The port.
    pub(in crate::kong) port: u16,
    /// Share of each address.
    pub(in crate::kong) weight: u64,
    /// Where its addresses come from, or why there is none.
    pub(in crate::kong) dns: String,
    /// Its addresses.
    pub(in crate::kong) addresses: Vec<Address>,
}

/// One address of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kong) struct Address {
    /// The address, IPv6 in brackets.
    pub(in crate::kong) ip: String,
    /// The port.
    pub(in crate::kong) port: u16,
    /// Its share.
    pub(in crate::kong) weight: u64,
    /// It gets requests.
    pub(in crate::kong) healthy: bool,
    /// What the engine calls it: `NAME/ADDRESS`, or `ADDRESS`.
    pub(in crate::kong) endpoint: Option<String>,
}

impl TargetHealth<'_> {
    /// Healthy where one of its addresses is.
    pub(in crate::kong) fn health(&self, checked: bool) -> Health {
        let of = |address| self.address_health(address, checked);
        let all = || self.addresses.iter().map(of);
        if self.addresses.is_empty() {
            Health::DnsError
        } else if all().any(|health| health == Health::Healthy) {
            Health::Healthy
        } else if all().any(|health| health == Health::Unhealthy) {
            Health::Unhealthy
        } else {
            Health::Off
        }
    }

    /// The health of one of its addresses.
    pub(in crate::kong) fn address_health(&self, address: &Address, checked: bool) -> Health {
        match (checked && self.weight > 0, address.healthy) {
            (false, _) => Health::Off,
            (true, true) => Health::Healthy,
            (true, false) => Health::Unhealthy,
        }
    }
}

/// The pools of the engine by their names.
pub(in crate::kong) fn pools_by_name(running: &dyn Running) -> HashMap<String, PoolStatus> {
    let pools = running.pools().into_iter();
    pools.map(|pool| (pool.name.clone(), pool)).collect()
}

/// What is known of an upstream.
pub(in crate::kong) fn collect<'a>(
    view: &'a View,
    upstream: &Entity,
    pools: &HashMap<String, PoolStatus>,
) -> UpstreamHealth<'a> {
    let pool = view.pools(upstream).iter().find_map(|name| pools.get(name));
    let known = pool.map(Known::of);
    let targets = target::of(view, upstream).into_iter().enumerate();
    UpstreamHealth {
        checked: is_checked(upstream),
        targets: targets
            .map(|(at, entity)| one(known.as_ref(), at, entity))
            .collect(),
        verdict: pool.and_then(|pool| pool.health.clone()),
    }
}

/// A pool's endpoints by what they come from.
struct Known<'p> {
    targets: &'p [TargetStatus],
    by_target: HashMap<usize, Vec<&'p EndpointStatus>>,
    /// Those that were listed, by host and port.
    listed: HashMap<(String, u16), Vec<&'p EndpointStatus>>,
}

impl<'p> Known<'p> {
    fn of(pool: &'p PoolStatus) -> Self {
        let mut known = Self {
            targets: &pool.targets,
            by_target: HashMap::new(),
            listed: HashMap::new(),
        };
        for endpoint in &pool.endpoints {
            if let Some(target) = endpoint.target {
                known.by_target.entry(target).or_default().push(endpoint);
            } else if let Some(place) = host_and_port(&endpoint.address) {
                known.listed.entry(place).or_default().push(endpoint);
            }
        }
        known
    }

    /// The target of a host and port; it stands at `at`, unless targets before it were left out.
    fn target(&self, at: usize, (host, port): &(String, u16)) -> Option<(usize, &'p TargetStatus)> {
        let is_it = |status: &TargetStatus| status.port == *port && plain(&status.host) == *host;
        if let Some(status) = self.targets.get(at).filter(|status| is_it(status)) {
            return Some((at, status));
        }
        let mut others = self.targets.iter().enumerate();
        others.find(|(_, status)| is_it(status))
    }

    fn endpoints(&self, target: Option<usize>, place: &(String, u16)) -> &[&'p EndpointStatus] {
        let found = match target {
            Some(at) => self.by_target.get(&at),
            None => self.listed.get(place),
        };
        found.map_or(&[], Vec::as_slice)
    }
}

/// Whether a check is on (Kong: `is_upstream_using_healthcheck`).
fn is_checked(upstream: &Entity) -> bool {
    let checks = upstream.get("healthchecks").unwrap_or(&Json::Null);
    let paths = [
        "/active/healthy/interval",
        "/active/unhealthy/interval",
        "/passive/unhealthy/tcp_failures",
        "/passive/unhealthy/timeouts",
        "/passive/unhealthy/http_failures",
    ];
    let value = |path| checks.pointer(path).and_then(Json::as_f64).unwrap_or(0.0);
    paths.into_iter().any(|path| value(path) != 0.0)
}

fn one<'a>(known: Option<&Known<'_>>, at: usize, entity: &'a Entity) -> TargetHealth<'a> {
    let written = view::text(entity, "target").unwrap_or_default();
    let place = host_and_port(written).unwrap_or((written.to_owned(), 0));
    let weight = entity.get("weight").and_then(Json::as_u64).unwrap_or(0);
    let status = known.and_then(|known| known.target(at, &place));
    let endpoints = known.map_or(&[][..], |known| {
        known.endpoints(status.map(|(at, _)| at), &place)
    });
    let mut addresses: Vec<Address> = endpoints.iter().map(|it| address(it)).collect();
    let (host, port) = place;
    if let (true, Ok(ip)) = (addresses.is_empty(), host.parse::<IpAddr>()) {
        addresses.push(Address {
            ip: bracketed(ip),
            port,
            weight,
            healthy: true,
            endpoint: None,
        });
    }
    TargetHealth {
        entity,
        dns: dns(status.map(|(_, status)| &status.dns), &host),
        host: shown_host(written),
        port,
        weight,
        addresses,
    }
}

fn address(endpoint: &EndpointStatus) -> Address {
    let known = host_and_port(&endpoint.address);
    let ip = match (endpoint.ip, &known) {
        (Some(ip), _) => bracketed(ip),
        (None, Some((host, _))) => host.clone(),
        (None, None) => endpoint.address.clone(),
    };
    let name = match endpoint.name.as_str() {
        "" => endpoint.address.clone(),
        name => format!("{name}/{}", endpoint.address),
    };
    Address {
        ip,
        port: known.map_or(endpoint.port, |(_, port)| port),
        weight: u64::from(endpoint.weight),
        healthy: endpoint.health.as_ref().is_none_or(is_available),
        endpoint: Some(name),
    }
}

/// One on trial is not in rotation yet; one that owes answers still is.
fn is_available(health: &HealthStatus) -> bool {
    matches!(health.verdict, "healthy" | "suspect")
}

/// Where addresses come from, in the words of Kong and of its DNS client.
fn dns(status: Option<&DnsStatus>, host: &str) -> String {
    let record = match (status, host.parse::<IpAddr>()) {
        (_, Ok(IpAddr::V4(_))) | (Some(DnsStatus::Found(RecordKind::A)), _) => "A",
        (_, Ok(IpAddr::V6(_))) | (Some(DnsStatus::Found(RecordKind::Aaaa)), _) => "AAAA",
        (Some(DnsStatus::Found(RecordKind::Srv)), _) => "SRV",
        (Some(DnsStatus::NoSuchName), _) => "dns server error: 3 name error",
        (Some(DnsStatus::NoRecord), _) => "dns client error: 101 empty record received",
        (Some(DnsStatus::Failed(why)), _) => return format!("dns client error: {why}"),
        (None | Some(DnsStatus::Pending | DnsStatus::Address), _) => "unknown",
    };
    record.to_owned()
}

fn plain(host: &str) -> String {
    match host.parse::<IpAddr>() {
        Ok(address) => address.to_string(),
        Err(_) => host.to_ascii_lowercase(),
    }
}

fn bracketed(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// The host of a target as it is written.
fn shown_host(target: &str) -> String {
    let end = target.rfind(':').unwrap_or(target.len());
    target[..end].to_owned()
}
