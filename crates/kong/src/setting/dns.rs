//! `dns_...` and `resolver_...`: which records are asked for, whom, and how long they live.

use std::net::{IpAddr, SocketAddr};

use haleway_blueprint::{Lookups, RecordKind};

use super::Settings;

/// How names are looked up.
pub(crate) struct Dns {
    servers: Vec<SocketAddr>,
    order: Vec<RecordKind>,
    life_us: Option<u64>,
    retry_us: u64,
}

/// Kong asks again half a second after a record has died.
const MARGIN_US: u64 = 500_000;

/// Kong asks three times with two seconds each (`lua-resty-dns-client`, `resolv.conf`'s defaults).
const WAIT_US: u64 = 6_000_000;

impl Dns {
    /// What the settings ask for.
    pub(crate) fn read(settings: &Settings<'_>) -> Self {
        let name = match settings.written("resolver_family") {
            Some(_) => "resolver_family",
            None => "dns_order",
        };
        let mut order = Vec::new();
        for word in settings.list(name) {
            match word.to_ascii_uppercase().as_str() {
                "SRV" => order.push(RecordKind::Srv),
                "A" => order.push(RecordKind::A),
                "AAAA" => order.push(RecordKind::Aaaa),
                // The kind that answered last, and aliases, are found on the way.
                "LAST" | "CNAME" => {}
                _ => settings.refuse(
                    name,
                    &format!("invalid entry '{word}', expected of LAST, SRV, A, AAAA, CNAME"),
                ),
            }
        }
        Self {
            servers: servers(settings),
            order,
            life_us: ["resolver_valid_ttl", "dns_valid_ttl"]
                .into_iter()
                .find(|name| settings.written(name).is_some())
                .map(|name| us(settings.number(name))),
            // How often Kong asks for a name that cannot be found.
            retry_us: us(settings.number("dns_not_found_ttl")),
        }
    }

    /// How the names of a pool are looked up.
    pub(crate) fn lookups(&self, use_srv_name: bool, unresolved_is_fault: bool) -> Lookups {
        Lookups {
            servers: self.servers.clone(),
            order: self.order.clone(),
            life_us: self.life_us,
            margin_us: MARGIN_US,
            retry_us: self.retry_us,
            wait_us: WAIT_US,
            srv_target_is_host: use_srv_name,
            unresolved_is_fault,
        }
    }
}

fn us(seconds: u64) -> u64 {
    seconds.saturating_mul(1_000_000)
}

/// `dns_resolver`, or `resolver_address` of Kong's newer client: addresses with a port, or without
/// one for 53.
fn servers(settings: &Settings<'_>) -> Vec<SocketAddr> {
    let name = match settings.written("resolver_address") {
        Some(_) => "resolver_address",
        None => "dns_resolver",
    };
    let mut servers = Vec::new();
    for text in settings.list(name) {
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        let with_port = || bare.parse().ok().map(|ip: IpAddr| SocketAddr::new(ip, 53));
        match text.parse().ok().or_else(with_port) {
            Some(server) => servers.push(server),
            None => settings.refuse(
                name,
                &format!("invalid entry '{text}', expected an IP address with or without a port"),
            ),
        }
    }
    servers
}
