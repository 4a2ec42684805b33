//! Pools without a network, and names against a name server in this process.

mod dns;
mod naming;
mod picking;

use haleway_blueprint::{
    Balance, Discovery, Endpoint, HashBalance, HashInput, HeaderCase, HostList, Lookups, Origin,
    Pool, PoolHealth, PoolId, Protocol, RecordKind, Scheme, StickyBalance, Target, TlsClient,
    Transport,
};
use haleway_health::{CountersConfig, Limit, PoolConfig, ReportLimits};
use tokio::time::{Duration, Instant};

use super::pick::Ask;

pub(super) fn pool(discovery: Discovery, balance: Balance) -> Pool {
    Pool {
        id: PoolId("pool".to_owned()),
        discovery,
        balance,
        transport: transport(),
        health: None,
        origin: Origin::default_value(),
    }
}

fn transport() -> Transport {
    Transport {
        connect_timeout_us: None,
        tls_handshake_timeout_us: 1_000_000,
        response_header_timeout_us: None,
        idle_timeout_us: None,
        idle_per_endpoint_max: 1,
        idle_max: None,
        close_after_request: false,
        tcp_keepalive_us: None,
        fallback_delay_us: 300_000,
        header_bytes_max: 65_536,
        header_case: HeaderCase::AsReceived,
        protocol: Protocol::Http1,
        tls: TlsClient::default(),
    }
}

/// Endpoints `10.0.0.1:80`, `10.0.0.2:80`, ... with these weights.
pub(super) fn listed(weights: &[u32]) -> Discovery {
    let endpoint = |(index, weight): (usize, &u32)| {
        let host = format!("10.0.0.{}", index + 1);
        Endpoint {
            scheme: Scheme::Http,
            authority: format!("{host}:80"),
            host,
            port: 80,
            base_path: String::new(),
            weight: *weight,
        }
    };
    Discovery::Static(weights.iter().enumerate().map(endpoint).collect())
}

pub(super) fn hash() -> Balance {
    Balance::Hash(HashBalance {
        slots: 10_000,
        on: HashInput::ClientAddress,
        fallback: HashInput::Nothing,
    })
}

pub(super) fn sticky() -> Balance {
    Balance::Sticky(StickyBalance {
        cookie: "at".to_owned(),
        path: "/".to_owned(),
    })
}

/// Requests watch over the pool: one lost connection ejects.
pub(super) fn one_loss_ejects() -> PoolHealth {
    let once = Limit {
        value: 1,
        ..Limit::default()
    };
    let passive = ReportLimits {
        tcp_failures: once,
        ..ReportLimits::default()
    };
    PoolHealth {
        config: PoolConfig {
            counters: Some(CountersConfig {
                active: None,
                passive: Some(passive),
            }),
            ..PoolConfig::default()
        },
        probe: None,
        hedge: None,
        origin: Origin::default_value(),
    }
}

pub(super) fn target(host: &str, port: u16, weight: u32) -> Target {
    Target {
        scheme: Scheme::Http,
        host: host.to_owned(),
        port,
        authority: None,
        weight,
    }
}

/// Looks up again as soon as a record has ended, and soon after a failure.
pub(super) fn lookups() -> Lookups {
    Lookups {
        hosts: HostList::System,
        servers: Vec::new(),
        life_us: None,
        order: vec![RecordKind::Srv, RecordKind::A, RecordKind::Aaaa],
        margin_us: 10_000,
        retry_us: 10_000,
        error_retry_us: 10_000,
        stale_us: 0,
        wait_us: 10_000_000,
        srv_target_is_host: false,
        unresolved_is_fault: true,
    }
}

pub(super) fn resolved(targets: Vec<Target>) -> Discovery {
    Discovery::Resolved {
        targets,
        lookups: lookups(),
    }
}

pub(super) fn ask<'a>() -> Ask<'a> {
    Ask {
        key: None,
        sticky: None,
        failed: &[],
        deadline: Instant::now() + Duration::from_secs(30),
    }
}
