//! `dns_...` and `resolver_...`: which records are asked for, whom, and how long they live.

use std::net::{IpAddr, SocketAddr};

use haleway_blueprint::{HostList, Lookups, RecordKind};
use haleway_document::Severity;

use super::hosts;
use super::{Settings, text_of};
use crate::context::Context;
use crate::version::Version;

/// How names are looked up.
pub(crate) struct Dns {
    hosts: HostList,
    servers: Vec<SocketAddr>,
    order: Vec<RecordKind>,
    life_us: Option<u64>,
    stale_us: u64,
    retry_us: u64,
    error_retry_us: u64,
}

/// Kong asks again half a second after a record has died.
const MARGIN_US: u64 = 500_000;

/// Kong asks three times with two seconds each (`lua-resty-dns-client`, `resolv.conf`'s defaults).
const WAIT_US: u64 = 6_000_000;

/// Up to this version records served four seconds behind their life where nothing was set.
const LONG_STALE: Version = Version(3, 6, 0);
const SHORT_STALE_US: u64 = 4_000_000;

impl Dns {
    /// What the settings ask for. Those of Kong's newer client count before those of the older one.
    pub(crate) fn read(context: &Context<'_>, settings: &Settings<'_>, version: Version) -> Self {
        let [stale, error] = ["stale_ttl", "error_ttl"].map(|name| {
            let newer = format!("resolver_{name}");
            match settings.written(&newer) {
                Some(_) => newer,
                None => format!("dns_{name}"),
            }
        });
        let short = version < LONG_STALE && settings.written(&stale).is_none();
        Self {
            order: order(settings),
            hosts: host_list(context, settings),
            servers: servers(settings),
            life_us: ["resolver_valid_ttl", "dns_valid_ttl"]
                .into_iter()
                .find(|name| settings.written(name).is_some())
                .map(|name| settings.seconds_us(name)),
            stale_us: if short {
                SHORT_STALE_US
            } else {
                settings.seconds_us(&stale)
            },
            // How often Kong asks for a name that cannot be found.
            retry_us: settings.seconds_us("dns_not_found_ttl"),
            error_retry_us: settings.seconds_us(&error),
        }
    }

    /// How the names of an upstream's targets are looked up: a name about which no server answers
    /// is asked for as seldom as one that cannot be found.
    pub(crate) fn of_upstream(&self, use_srv_name: bool) -> Lookups {
        Lookups {
            error_retry_us: self.retry_us,
            srv_target_is_host: use_srv_name,
            unresolved_is_fault: false,
            ..self.of_service()
        }
    }

    /// How the host of a service is looked up.
    pub(crate) fn of_service(&self) -> Lookups {
        Lookups {
            hosts: self.hosts.clone(),
            servers: self.servers.clone(),
            order: self.order.clone(),
            life_us: self.life_us,
            margin_us: MARGIN_US,
            retry_us: self.retry_us,
            error_retry_us: self.error_retry_us,
            stale_us: self.stale_us,
            wait_us: WAIT_US,
            srv_target_is_host: false,
            unresolved_is_fault: true,
        }
    }
}

/// `dns_order`, or `resolver_family` of Kong's newer client.
fn order(settings: &Settings<'_>) -> Vec<RecordKind> {
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
    order
}

/// `dns_hostsfile`, or `resolver_hosts_file` of Kong's newer client. Where another file than the
/// system's is named and not there, Kong goes on without one.
fn host_list(context: &Context<'_>, settings: &Settings<'_>) -> HostList {
    let names = ["resolver_hosts_file", "dns_hostsfile"].into_iter();
    let mut written = names.filter_map(|name| Some((name, settings.written(name)?)));
    let Some((name, file)) = written.next() else {
        return HostList::System;
    };
    if file.text == hosts::SYSTEM {
        return HostList::System;
    }
    let content = context.supplies.files.get(&file.text);
    HostList::Given(match content {
        Some(Ok(bytes)) => hosts::read(&text_of(bytes)),
        Some(Err(why)) => {
            let what = format!("names {}, which cannot be read: {why}", file.text);
            settings.report(Severity::Warning, name, &what);
            Vec::new()
        }
        None => Vec::new(),
    })
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
