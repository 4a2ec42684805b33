//! One upstream call: what is sent, and what is made of the answer.

use serde::{Deserialize, Serialize};

use crate::{Breaker, Forwarded, Origin, PoolId, Retries, Template};

/// One upstream call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Name for people, logs, metrics and failure texts: the method and the path as the user's
    /// product writes it, holes included.
    pub name: String,
    /// Where it goes.
    pub target: CallTarget,
    /// Method, upper case; `None` keeps the client's.
    pub method: Option<String>,
    /// Path of the request.
    pub path: CallPath,
    /// Query parameters of the client that are passed on.
    pub query: QueryPass,
    /// Headers of the client that are passed on.
    pub headers: HeaderPass,
    /// Headers written for the client.
    pub forwarded: Forwarded,
    /// The client's own `Host` is sent in place of the endpoint's.
    pub keep_host: bool,
    /// A second filter behind `headers` and `forwarded`: only these remain; `None` keeps all.
    pub headers_only: Option<Vec<String>>,
    /// A second filter behind `query`; `None` keeps all.
    pub query_only: Option<Vec<String>>,
    /// `Accept-Encoding: gzip` is added and the answer unpacked, unless the client's header passes.
    pub ask_gzip: bool,
    /// What happens on a redirect.
    pub redirects: Redirects,
    /// Connections may be upgraded (WebSocket), if the client asks.
    pub upgrade: Upgrade,
    /// Equal calls made at once; the first good answer wins.
    pub race: u32,
    /// Time for a race of several; `None` where there is no race.
    pub race_timeout_us: Option<u64>,
    /// A time limit of this call alone.
    pub timeout_us: Option<u64>,
    /// Time limits of each try; `None` leaves them to the transport and the call.
    pub try_limits: Option<TryLimits>,
    /// Whether it is made again when it fails.
    pub retries: Retries,
    /// What stops it after too many failures.
    pub breaker: Option<Breaker>,
    /// How statuses count.
    pub status: StatusPolicy,
    /// How the body is read; not used by `Proxy`.
    pub decoding: Decoding,
    /// What is made of the data, in order; not used by `Proxy`.
    pub shapes: Vec<Shape>,
    /// Who asked for it.
    pub origin: Origin,
}

/// The path of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallPath {
    /// Path and, behind a `?`, query, with holes; escaped as Go escapes them.
    Template(Template),
    /// The client's path behind a base, as Kong 3 joins them (`path_handling: v0`), escaped anew.
    Joined {
        /// The base; empty stands for none.
        base: String,
        /// The part of the client's path that the route matched is cut off.
        strip_matched: bool,
    },
}

/// Time limits of one try, in microseconds (nginx: `proxy_connect_timeout`, `proxy_send_timeout`,
/// `proxy_read_timeout`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TryLimits {
    /// To a connection, TLS included.
    pub connect_us: u64,
    /// Between two pieces of the request that are sent.
    pub send_us: u64,
    /// From the request's last byte to the answer's head, and between two pieces of the answer.
    pub read_us: u64,
}

/// Where a call goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallTarget {
    /// To an endpoint of this pool.
    Pool(PoolId),
    /// Nowhere: it succeeds at once with no data.
    Nothing,
}

/// Headers of the client that are passed on. Hop-by-hop headers never are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeaderPass {
    /// All.
    All,
    /// These.
    Named(Vec<String>),
}

/// Query parameters of the client that are passed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueryPass {
    /// All, behind those of the path, sorted by key, as Go's `url.Values.Encode` writes them.
    All,
    /// These, in the same form.
    Named(Vec<String>),
    /// The whole query to the letter; an empty one keeps its `?`.
    AsSent,
}

/// What happens on 301, 302, 303, 307 and 308 with a `Location`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirects {
    /// Hops that are followed as Go's client does, with a `Referer`; 0 hands redirects on.
    pub hops_max: u32,
    /// 307 and 308 send the request's body again.
    pub resend_body: bool,
}

/// Whether a connection may be upgraded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Upgrade {
    /// `Upgrade` is dropped like every hop-by-hop header.
    Never,
    /// A 101 of the upstream becomes a tunnel.
    Tunnel,
}

/// How the status of an upstream answer counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusPolicy {
    /// Every status passes.
    Any,
    /// 200 and 201 are good, anything else is a failure with this text.
    Success(StatusText),
    /// 200 and 201 are good; anything else becomes data under the key `error_NAME`, to which no
    /// shape is applied, and the answer is incomplete.
    Details {
        /// The NAME.
        name: String,
        /// The data holds `http_body_encoding`, too.
        body_encoding: bool,
    },
    /// 200 and 201 are good; anything else is a failure that carries its own status, body and
    /// content type to the client.
    Code,
}

/// The failure's text for a bad status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusText {
    /// `invalid status code 404 [GET /unknown]: http://127.0.0.1:8081/unknown`; in the brackets
    /// stands the call's name.
    Full,
    /// `Invalid status code`.
    Short,
}

/// How the body of an upstream answer is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decoding {
    /// A JSON object.
    Json,
    /// A JSON list, put under `collection`.
    JsonCollection,
    /// Any JSON value: an object as it is, a list under `collection`, others under this key.
    SafeJson {
        /// `content`, or `result` in KrakenD up to 2.0.
        scalar_key: String,
    },
    /// Any text, put under `content`.
    String,
    /// XML.
    Xml,
    /// RSS or Atom.
    Rss,
    /// Not read; it may still be used whole by a later call.
    Raw,
}

/// One thing that is made of the data of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// The object at this path takes the place of everything; an empty one where there is none.
    Target(String),
    /// Only these paths remain.
    Allow(Vec<String>),
    /// These paths go.
    Deny(Vec<String>),
    /// Keys of the first level are renamed: old, new.
    Mapping(Vec<(String, String)>),
    /// Everything goes under this key.
    Group(String),
    /// Tree operations.
    Flatmap(Vec<FlatmapOp>),
}

/// A tree operation; paths are dotted and `*` stands for every key or index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlatmapOp {
    /// Moves a value.
    Move {
        /// From.
        from: String,
        /// To.
        to: String,
    },
    /// Removes values.
    Delete(Vec<String>),
    /// Appends one list to another.
    Append {
        /// From.
        from: String,
        /// To.
        to: String,
    },
}
