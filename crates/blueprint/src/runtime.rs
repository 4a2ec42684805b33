//! What the admin side may ask of a running engine. The engine implements these traits and the
//! admin side sees nothing else of it.

use std::net::SocketAddr;
use std::sync::Arc;

use serde::Serialize;

use crate::Blueprint;

/// A running engine, seen from outside. No call waits for the request path.
pub trait Running: Send + Sync {
    /// The blueprint that serves new requests.
    fn blueprint(&self) -> Arc<Blueprint>;

    /// The listeners with the addresses they are bound to.
    fn listeners(&self) -> Vec<ListenerStatus>;

    /// The pools and their endpoints.
    fn pools(&self) -> Vec<PoolStatus>;

    /// Whether a stop has begun.
    fn draining(&self) -> bool;

    /// The metrics in Prometheus' text format.
    fn metrics(&self, out: &mut String);
}

/// Reads the documents again and swaps the blueprint, if they are good.
pub trait Reload: Send + Sync {
    /// Does it now and waits for the outcome.
    fn reload(&self) -> ReloadOutcome;

    /// The last outcome, the start included.
    fn last(&self) -> ReloadOutcome;

    /// When documents were last accepted, the start included, in seconds since 1970.
    fn last_accepted_unix_s(&self) -> u64;

    /// Reloads so far: accepted, refused.
    fn counts(&self) -> (u64, u64);
}

/// What came of a reload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReloadOutcome {
    /// The new documents serve.
    pub accepted: bool,
    /// Hash of the blueprint that serves now.
    pub hash: String,
    /// When, in seconds since 1970.
    pub at_unix_s: u64,
    /// The errors, one line each: `FILE:LINE:COLUMN: error[CODE]: ...`.
    pub errors: Vec<String>,
}

/// A listener that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListenerStatus {
    /// Its name.
    pub name: String,
    /// The address it is bound to.
    pub address: SocketAddr,
    /// Why it is not open, where it is not.
    pub error: Option<String>,
}

/// A pool that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PoolStatus {
    /// Its name.
    pub name: String,
    /// Its endpoints.
    pub endpoints: Vec<EndpointStatus>,
}

/// An endpoint that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EndpointStatus {
    /// Host and port.
    pub address: String,
    /// Share of the requests.
    pub weight: u32,
    /// Requests sent to it.
    pub requests: u64,
    /// Requests that got no answer from it.
    pub failures: u64,
}
