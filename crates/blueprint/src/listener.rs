//! Sockets that accept connections.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{Origin, SiteId, TlsTermination};

/// One socket and what is spoken on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listener {
    /// Name for people and metrics: `http`, `https`.
    pub name: String,
    /// Address to bind.
    pub address: IpAddr,
    /// Port to bind; 0 lets the system choose.
    pub port: u16,
    /// TLS, where it ends here.
    pub tls: Option<TlsTermination>,
    /// HTTP/2 without TLS by prior knowledge, beside HTTP/1.1.
    pub h2c: bool,
    /// How header names of answers are written on HTTP/1.1.
    pub header_case: HeaderCase,
    /// What one connection may ask for.
    pub limits: ListenerLimits,
    /// The site, or the stream site, that is served.
    pub site: SiteId,
    /// Who asked for it.
    pub origin: Origin,
}

/// How header names are written on HTTP/1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeaderCase {
    /// `X-Request-Id`, as Go's net/http writes all names.
    Title,
    /// Those of others as they came, ours as [`Self::Title`].
    AsReceived,
}

/// What one connection may ask for. Zero-like values are written as `None`: no limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListenerLimits {
    /// Bytes of a request's head; more is answered with 431.
    pub header_bytes_max: usize,
    /// Time from the first byte (or the end of the previous answer) to the end of the head.
    pub header_read_timeout_us: Option<u64>,
    /// Time for head and body together.
    pub read_timeout_us: Option<u64>,
    /// Time from the end of the head to the end of the answer.
    pub write_timeout_us: Option<u64>,
    /// Time that a connection may rest between two requests.
    pub idle_timeout_us: Option<u64>,
    /// Connections open at once over all cores; further ones wait in the system's queue.
    pub connections_max: usize,
}
