//! What is served on listeners whose protocol is not HTTP: connections, carried as they are.

use serde::{Deserialize, Serialize};

use crate::{Origin, PoolId, RequestMatch, Retries, SiteId, TryLimits};

/// Routes of connections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamSite {
    /// Its name, unique among those of sites, too.
    pub id: SiteId,
    /// The routes; the match with the lowest position wins.
    pub routes: Vec<StreamRoute>,
}

/// Where connections go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamRoute {
    /// Name for people, logs and metrics.
    pub name: String,
    /// Connections that it takes: any of these, by their addresses and the name in their TLS
    /// handshake.
    pub matches: Vec<RequestMatch>,
    /// What of the connection ends here.
    pub protocol: StreamProtocol,
    /// Where they go. Endpoints with TLS get it from us.
    pub pool: PoolId,
    /// Whether another endpoint is tried where one cannot be reached.
    pub retries: Retries,
    /// Time to connect, and for which both sides may be silent (the longer one of `send_us` and
    /// `read_us`).
    pub limits: TryLimits,
    /// Who asked for it.
    pub origin: Origin,
}

/// What of a connection ends here (Kong 3: `protocols` of a stream route).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamProtocol {
    /// TCP.
    Tcp,
    /// TCP and TLS: the bytes inside are carried.
    Tls,
    /// TCP: the name in the handshake is read, and the handshake carried on. Its endpoints are plain:
    /// what passes is encrypted already.
    TlsPassthrough,
}
