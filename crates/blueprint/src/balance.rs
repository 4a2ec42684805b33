//! How one endpoint of a pool is chosen.

use serde::{Deserialize, Serialize};

/// How an endpoint is chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Balance {
    /// In turn by weight, over all cores.
    RoundRobin,
    /// At random by weight.
    Random,
    /// The one with the fewest requests under way for its weight.
    LeastConnections,
    /// The one that answers fastest for its weight: a peak-sensitive moving average that fades
    /// within ten seconds.
    Latency,
    /// Equal keys go to the same endpoint.
    Hash(HashBalance),
    /// A cookie names the endpoint; where it names none that serves, the turn decides and the
    /// cookie is set.
    Sticky(StickyBalance),
}

/// A ring of endpoints on which a key finds its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashBalance {
    /// Places on the ring; fewer than 1000 count as 1000 (Kong 3.x: `slots`).
    pub slots: u32,
    /// What of a request is the key.
    pub on: HashInput,
    /// What is the key where that gives nothing. Where this gives nothing, either, all such
    /// requests share the empty key.
    pub fallback: HashInput,
}

/// What of a request is hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HashInput {
    /// Nothing.
    Nothing,
    /// Who was authenticated: the consumer, else the credential.
    Consumer,
    /// The client's address, as far as proxies before us are trusted to tell it.
    ClientAddress,
    /// All values of this header.
    Header(String),
    /// The value of a cookie. A client without it gets one, with a fresh value that is the key.
    Cookie {
        /// Its name.
        name: String,
        /// The path that it is set for.
        path: String,
    },
    /// The normalised path.
    Path,
    /// All values of this argument of the query.
    QueryArgument(String),
    /// What the route's pattern captured under this name or number.
    PathCapture(String),
}

/// A cookie that names an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StickyBalance {
    /// Its name.
    pub cookie: String,
    /// The path that it is set for.
    pub path: String,
}
