//! Pools: sets of endpoints that serve the same thing.

use serde::{Deserialize, Serialize};

use crate::{HeaderCase, Origin, PoolHealth, TlsClient};

/// Name of a pool: derived from its content, stable over reloads, without a slash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PoolId(pub String);

/// A set of endpoints that serve the same thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// Its name.
    pub id: PoolId,
    /// Where its endpoints come from.
    pub discovery: Discovery,
    /// How one is chosen.
    pub balance: Balance,
    /// How it is spoken to.
    pub transport: Transport,
    /// What decides which endpoints are trusted; `None` trusts all, whatever they do.
    pub health: Option<PoolHealth>,
    /// Who asked for it.
    pub origin: Origin,
}

/// Where endpoints come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discovery {
    /// They are listed.
    Static(Vec<Endpoint>),
    /// DNS SRV records: only the group of the lowest priority number serves; weights count. A
    /// failed look-up keeps the last good list.
    Srv {
        /// The name to look up.
        name: String,
        /// How the endpoints found are spoken to.
        scheme: Scheme,
        /// Time between two look-ups.
        refresh_us: u64,
    },
}

/// One endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Endpoint {
    /// How it is spoken to.
    pub scheme: Scheme,
    /// Name or address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// The `Host` header: the authority as the user wrote it.
    pub authority: String,
    /// Text before every path; usually empty.
    pub base_path: String,
    /// Share of the requests; 0 gets none.
    pub weight: u32,
}

/// How an endpoint is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// Plain HTTP/1.1.
    Http,
    /// TLS; ALPN decides between HTTP/2 and HTTP/1.1.
    Https,
    /// Plain HTTP/2 by prior knowledge.
    H2c,
}

impl Scheme {
    /// The scheme as it stands in a URL.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http | Self::H2c => "http",
            Self::Https => "https",
        }
    }

    /// The port that the scheme implies.
    #[must_use]
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http | Self::H2c => 80,
            Self::Https => 443,
        }
    }
}

/// How an endpoint is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Balance {
    /// In turn, over all cores.
    RoundRobin,
    /// Uniformly at random.
    Random,
}

/// What is offered to an endpoint behind TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// HTTP/2 and HTTP/1.1.
    Negotiate,
    /// HTTP/1.1 only.
    Http1,
}

/// How endpoints of a pool are spoken to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transport {
    /// Time to connect, TLS not included; `None` leaves it to the call's limit.
    pub connect_timeout_us: Option<u64>,
    /// Time for a TLS handshake.
    pub tls_handshake_timeout_us: u64,
    /// Time from the request's last byte to the answer's head; `None` leaves it to the call.
    pub response_header_timeout_us: Option<u64>,
    /// How long an unused connection is kept; `None` keeps it.
    pub idle_timeout_us: Option<u64>,
    /// Unused connections kept per endpoint, over all cores.
    pub idle_per_endpoint_max: usize,
    /// Unused connections kept at all; `None` sets no limit.
    pub idle_max: Option<usize>,
    /// Connections serve one request each.
    pub close_after_request: bool,
    /// Time between TCP keep-alive probes; `None` sends none.
    pub tcp_keepalive_us: Option<u64>,
    /// How long the first address family is preferred before the second is tried.
    pub fallback_delay_us: u64,
    /// Bytes of an answer's head; more is a failure.
    pub header_bytes_max: usize,
    /// How header names are written.
    pub header_case: HeaderCase,
    /// What is offered behind TLS.
    pub protocol: Protocol,
    /// TLS towards the endpoints.
    pub tls: TlsClient,
}
