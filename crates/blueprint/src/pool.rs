//! Pools: sets of endpoints that serve the same thing.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::{Balance, HeaderCase, Origin, PoolHealth, TlsClient};

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
    /// Addresses, and names whose every address is an endpoint of its own. The records' time to
    /// live says when a name is looked up again; a failed look-up takes the name's endpoints away.
    /// An endpoint that goes takes its health along.
    Resolved {
        /// What is looked up, in the order of the document.
        targets: Vec<Target>,
        /// How names are looked up.
        lookups: Lookups,
    },
}

/// An address, or a name that stands for all its addresses. To the health of a pool an endpoint of
/// a name is its `IP:PORT` with the name beside it; two names of one address are two endpoints.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// How its endpoints are spoken to.
    pub scheme: Scheme,
    /// Name or address, without brackets. A name is the TLS server name, too.
    pub host: String,
    /// The port, where no SRV record names another one.
    pub port: u16,
    /// The `Host` header and the TLS server name; `None` makes them of host and port: the port is
    /// left out where the scheme implies it.
    pub authority: Option<String>,
    /// Share of the requests that each of its addresses gets, where no SRV record says otherwise;
    /// 0 gets none.
    pub weight: u32,
}

/// How the names of a pool are looked up.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lookups {
    /// The list of hosts that comes first.
    pub hosts: HostList,
    /// Name servers that are asked instead of the system's; empty asks those.
    pub servers: Vec<SocketAddr>,
    /// Kinds of records, in the order in which they are asked for; the first that exists serves.
    pub order: Vec<RecordKind>,
    /// How long every record lives, whatever it says itself.
    pub life_us: Option<u64>,
    /// Time between the end of a record's life and the next look-up.
    pub margin_us: u64,
    /// Time between two look-ups of a name that does not exist, or has no record.
    pub retry_us: u64,
    /// Time between two look-ups of a name about which no server gives an answer.
    pub error_retry_us: u64,
    /// How long addresses serve behind the end of their records' life, while a name has no record
    /// or no server gives an answer. A name that does not exist any more loses them at once.
    pub stale_us: u64,
    /// How long a request waits for the first look-up of a name.
    pub wait_us: u64,
    /// The `Host` header of an endpoint from an SRV record is that record's target and not the
    /// name that was looked up.
    pub srv_target_is_host: bool,
    /// Requests of a pool that has no endpoint because no name could be found fail as a name that
    /// does not resolve, and not as a pool without an endpoint.
    pub unresolved_is_fault: bool,
}

/// A list of hosts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostList {
    /// The system's (`/etc/hosts`, as it is when the first name is looked up).
    System,
    /// Names in lower case, sorted, each once, with their addresses.
    Given(Vec<(String, Vec<IpAddr>)>),
}

/// Records that lead to endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// Target, port and weight: only the group of the lowest priority number serves, weight 0
    /// counts as 1, port 0 is the target's.
    Srv,
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
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
