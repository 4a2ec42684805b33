//! Ids that tell requests apart.

use serde::{Deserialize, Serialize};

/// Gives requests an id in a header, unless they bring one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrelationId {
    /// The header.
    pub header: String,
    /// How ids are made.
    pub generator: IdGenerator,
    /// The answer carries the id, too.
    pub echo: bool,
    /// Name of the id in logs of requests.
    pub logged_as: Option<String>,
}

/// How ids are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdGenerator {
    /// A random UUID for each request.
    Uuid,
    /// A random UUID for each core and a count behind it: `UUID#17`.
    UuidCounter,
    /// Address and port of the listener, process, connection, request on the connection, and time
    /// in seconds, with dashes between. Every request counts as a connection with one request.
    Tracker,
}
