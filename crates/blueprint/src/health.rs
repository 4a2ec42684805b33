//! What decides whether an endpoint, or a call, is trusted with a request.

use haleway_health::{BreakerConfig, PoolConfig};
use serde::{Deserialize, Serialize};

use crate::{Header, Origin, PoolId};

/// The health of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolHealth {
    /// Limits, intervals, recovery.
    pub config: PoolConfig,
    /// What a probe asks; `None` where none goes out.
    pub probe: Option<ProbeRequest>,
    /// Requests that wait for a suspect are tried elsewhere besides; `None` lets them wait.
    pub hedge: Option<Hedge>,
    /// Who asked for it.
    pub origin: Origin,
}

/// Second tries of idempotent requests that wait for a suspect endpoint: the first answer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hedge {
    /// Share of the pool's requests that may be sent a second time, in parts per million.
    pub budget_ppm: u32,
}

/// What a probe asks of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeRequest {
    /// How it is asked.
    pub kind: ProbeKind,
    /// Path and query of the request; for gRPC the name of the service asked about, which may be
    /// empty.
    pub path: String,
    /// The `Host` header; `None` sends the endpoint's own.
    pub host: Option<String>,
    /// The endpoint's own `Host` header is sent without its port (Kong's probes).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub host_without_port: bool,
    /// Further headers.
    pub headers: Vec<Header>,
    /// The server name of the TLS handshake; `None` sends the endpoint's host.
    pub server_name: Option<String>,
    /// The certificate must hold.
    pub verify: bool,
    /// Another port than the endpoint's.
    pub port: Option<u16>,
    /// The connection of a probe serves the next one (Envoy's `reuse_connection`, which is on
    /// unless it is switched off). Kong never does that: lua-resty-healthcheck opens a connection
    /// for each probe. Over TCP alone there is nothing to keep.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep_connection: bool,
}

/// How a probe asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeKind {
    /// HTTP/1.1.
    Http,
    /// HTTP/1.1 behind TLS.
    Https,
    /// HTTP/2: behind TLS where the endpoint speaks TLS, else by prior knowledge.
    Http2,
    /// A connection, and no more.
    Tcp,
    /// The gRPC health service, over HTTP/2 as above.
    Grpc,
}

/// Whether a call that failed is made again at another endpoint. Only failures before the first
/// byte of an answer reached the client count; a method that is not idempotent is tried again only
/// if nothing was sent. The endpoint that failed is not asked again while another one is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retries {
    /// Tries after the first one.
    pub retries_max: u32,
    /// What is tried again.
    pub on: RetryOn,
}

/// Failures that are followed by another try (nginx: `proxy_next_upstream`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryOn {
    /// No connection, or one that broke.
    pub error: bool,
    /// A time limit of the try passed.
    pub timeout: bool,
    /// An answer that is no HTTP.
    pub invalid_header: bool,
    /// Answers with these statuses.
    pub statuses: Vec<u16>,
    /// Methods that are not idempotent, too, even after something was sent.
    pub non_idempotent: bool,
}

impl Default for RetryOn {
    /// Errors and timeouts.
    fn default() -> Self {
        Self {
            error: true,
            timeout: true,
            invalid_header: false,
            statuses: Vec::new(),
            non_idempotent: false,
        }
    }
}

/// A breaker around one call, whichever endpoint it goes to. A call that it refuses fails with the
/// text `circuit breaker is open`. Its client's leaving is no failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// Its name among the pools: unique, stable over reloads, without a slash.
    pub id: PoolId,
    /// What it guards, for people.
    pub guards: String,
    /// Its limits.
    pub config: BreakerConfig,
    /// Who asked for it.
    pub origin: Origin,
}
