//! What the admin side may ask of a running engine. The engine implements these traits and the
//! admin side sees nothing else of it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use serde::Serialize;

use crate::{Blueprint, RecordKind};

/// A running engine, seen from outside. No call waits for the request path.
pub trait Running: Send + Sync {
    /// The blueprint that serves new requests.
    fn blueprint(&self) -> Arc<Blueprint>;

    /// The listeners with the addresses they are bound to.
    fn listeners(&self) -> Vec<ListenerStatus>;

    /// The pools and their endpoints.
    fn pools(&self) -> Vec<PoolStatus>;

    /// Why an endpoint is what it is, by its pool and address; `None` where it is unknown or
    /// nothing watches over it.
    fn why(&self, pool: &str, endpoint: &str) -> Option<Why>;

    /// The events of health behind a number, oldest first; only the last ones are remembered.
    fn events(&self, since: u64) -> Vec<HealthEvent>;

    /// Hands the events of health that are remembered and every one from now on to `sink`, in
    /// order. It must not wait: whoever decides waits for it.
    fn follow(&self, sink: EventSink);

    /// Does with the endpoints of a pool what an operator wants. When it returns, their gates are
    /// set, and whatever was seen before counts as before.
    ///
    /// `endpoint` is an address as [`EndpointStatus::address`] has it, a target's name with or
    /// without the port (all its addresses), or both as `NAME/ADDRESS`.
    ///
    /// # Errors
    /// Nothing was done: there is no such pool or endpoint, or nothing there can be set.
    fn operate(
        &self,
        pool: &str,
        endpoint: &str,
        command: OperatorCommand,
    ) -> Result<(), OperateError>;

    /// Whether a stop has begun.
    fn draining(&self) -> bool;

    /// What came in so far.
    fn traffic(&self) -> Traffic {
        Traffic::default()
    }

    /// The metrics in Prometheus' text format.
    fn metrics(&self, out: &mut String);

    /// The metrics that steps of the blueprint ask for ([`crate::RequestMetrics`]), in the same
    /// format.
    fn request_metrics(&self, _out: &mut String) {}
}

/// Reads the documents again and swaps the blueprint, if they are good.
pub trait Reload: Send + Sync {
    /// Does it now and waits for the outcome.
    fn reload(&self) -> ReloadOutcome;

    /// Puts a text in the place of the configuration until the next [`Self::reload`], and waits
    /// for the outcome. What lies beside the configuration, such as an overlay, stays.
    fn reload_from(&self, _document: &str) -> ReloadOutcome {
        let last = self.last();
        ReloadOutcome {
            accepted: false,
            errors: vec!["error: this configuration is read from files only".to_owned()],
            faults: Vec::new(),
            ..last
        }
    }

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
    /// The same for whoever shows them in the words of the original product.
    #[serde(skip)]
    pub faults: Vec<DocumentFault>,
}

/// An error of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentFault {
    /// Where it stands: bytes from the start of the document; `None` where it has no place there.
    pub start: Option<u32>,
    /// Which field of what stands there: `config.key_names[2]`; empty for the whole.
    pub field: String,
    /// What is wrong with it, in the words of the original product where it has some.
    pub message: String,
}

/// What came in since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// Connections of clients.
    pub connections_accepted: u64,
    /// Those that have ended.
    pub connections_closed: u64,
    /// Requests that were answered.
    pub requests: u64,
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
    /// What is looked up for it; empty where nothing is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetStatus>,
    /// What holds for it as a whole; `None` where nothing watches over it.
    pub health: Option<PoolVerdict>,
    /// Where it is a breaker around a call: `closed`, `half-open` or `open`.
    pub breaker: Option<&'static str>,
}

/// What holds for a pool as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PoolVerdict {
    /// Requests are served at all.
    pub serves: bool,
    /// All endpoints serve, healthy or not.
    pub panic: bool,
    /// Weight of the available endpoints.
    pub available_weight: u64,
    /// Weight of all endpoints.
    pub total_weight: u64,
}

/// An address or a name that stands for all its addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetStatus {
    /// Name or address, without brackets.
    pub host: String,
    /// The port, where no SRV record names another one.
    pub port: u16,
    /// Share of the requests of each of its addresses, where no SRV record says otherwise.
    pub weight: u32,
    /// What the last look-up gave.
    pub dns: DnsStatus,
}

/// What the last look-up of a target gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DnsStatus {
    /// There is nothing to look up: the target is an address.
    Address,
    /// No look-up has ended yet.
    Pending,
    /// Records of this kind.
    Found(RecordKind),
    /// There is no such name.
    NoSuchName,
    /// The name exists, but has no record that leads to an endpoint.
    NoRecord,
    /// Nothing, because the look-up failed.
    Failed(String),
}

/// An endpoint that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EndpointStatus {
    /// Host and port; for an endpoint that was looked up IP address and port.
    pub address: String,
    /// What tells it apart from others of this address; for an endpoint that was looked up the
    /// name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Index of the target that it comes from, where the pool has targets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<usize>,
    /// Its IP address; `None` where the system looks it up for each connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<IpAddr>,
    /// Its port.
    #[serde(skip)]
    pub port: u16,
    /// Share of the requests.
    pub weight: u32,
    /// Requests sent to it.
    pub requests: u64,
    /// Requests that got no answer from it.
    pub failures: u64,
    /// What it is held for; `None` where nothing watches over it.
    pub health: Option<HealthStatus>,
}

/// What an endpoint is held for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HealthStatus {
    /// `healthy`, `suspect`, `trial` or `unhealthy`.
    pub verdict: &'static str,
    /// Since when, in RFC 3339.
    pub since: String,
    /// Why, in one line.
    pub cause: String,
}

/// What an operator wants of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatorCommand {
    /// Healthy from now on: its counters begin at zero, and what is seen from now on counts as
    /// ever (Kong's `PUT .../healthy`).
    Healthy,
    /// Unhealthy from now on, in the same way.
    Unhealthy,
    /// Healthy until released, whatever is seen.
    HoldHealthy,
    /// Unhealthy until released, whatever is seen.
    HoldUnhealthy,
    /// A hold ends: what was seen decides again.
    Release,
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperateError {
    /// No pool has this name.
    UnknownPool,
    /// The pool has no such endpoint.
    UnknownEndpoint,
    /// Nothing watches over the endpoint, so that there is nothing to set (Kong answers this with
    /// 400 and `no healthchecker found for NAME`); in words.
    NotChecked(String),
}

impl fmt::Display for OperateError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownPool => out.write_str("there is no such pool"),
            Self::UnknownEndpoint => out.write_str("the pool has no such endpoint"),
            Self::NotChecked(text) => out.write_str(text),
        }
    }
}

impl std::error::Error for OperateError {}

/// Takes events as they come.
pub type EventSink = Box<dyn FnMut(&HealthEvent) + Send>;

/// An event of health.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthEvent {
    /// Its number: events are counted from 1.
    pub number: u64,
    /// The event as one line of JSON.
    pub json: String,
}

/// Why an endpoint is what it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    /// Everything about it. Moments are microseconds behind `origin_unix_us`.
    pub json: serde_json::Value,
    /// The same for people.
    pub text: String,
}
