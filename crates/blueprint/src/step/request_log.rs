//! Logs of requests, one JSON object each.

use serde::{Deserialize, Serialize};

use crate::{JsonText, Secret};

/// Appends an entry for each request to a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFile {
    /// The file. It is made where there is none, readable for all.
    pub path: String,
    /// The file is opened anew for every write, so that it may be moved away in between.
    pub reopen: bool,
    /// What an entry tells.
    pub form: LogForm,
}

/// Sends entries to a server. One entry is sent as it is, more as a JSON list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHttp {
    /// Where to.
    pub endpoint: LogEndpoint,
    /// POST, PUT or PATCH.
    pub method: String,
    /// `Content-Type`.
    pub content_type: String,
    /// Further headers.
    pub headers: Vec<(String, Secret)>,
    /// Time for each of: to connect, to send, to receive.
    pub timeout_us: u64,
    /// How long an unused connection is kept.
    pub keepalive_us: u64,
    /// How entries wait.
    pub queue: LogQueue,
    /// What an entry tells.
    pub form: LogForm,
}

/// A server that takes entries. Its certificate is not checked (Kong 3, `http-log`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEndpoint {
    /// TLS.
    pub tls: bool,
    /// Name or address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Path.
    pub path: String,
    /// `Authorization`.
    pub authorization: Option<Secret>,
}

/// How entries wait for a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogQueue {
    /// Entries that are sent together; 1 sends each as it is.
    pub batch_entries_max: usize,
    /// How long the first entry waits for others.
    pub coalescing_us: u64,
    /// Entries that may wait; beyond that the oldest ones are dropped.
    pub entries_max: usize,
    /// Bytes that may wait; beyond that the oldest ones are dropped.
    pub bytes_max: Option<usize>,
    /// Time from the first try to the last; then the entries are dropped.
    pub retry_us_max: u64,
    /// Time before the second try; it doubles with each one.
    pub retry_delay_us: u64,
    /// Longest time between two tries.
    pub retry_delay_us_max: u64,
}

/// What an entry tells beside what all do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogForm {
    /// `request.id`.
    pub request_id: bool,
    /// `source`: the words for an endpoint's answer and for all others.
    pub source: Option<(String, String)>,
    /// `latencies.receive`; otherwise that time counts to `latencies.kong`.
    pub receive: bool,
    /// `workspace` and `workspace_name`.
    pub workspace: Option<(String, String)>,
    /// Fields that are set once the rest is told, by their paths with dots; `None` takes the field
    /// away. A path that leads through something else than an object sets nothing.
    pub fields: Vec<(String, Option<JsonText>)>,
}
