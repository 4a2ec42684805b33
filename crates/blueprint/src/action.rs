//! What happens to a request that found its route.

use serde::{Deserialize, Serialize};

use crate::{Body, Call, FlatmapOp, Header, JsonText, StatusMessage};

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// An answer that needs no upstream.
    Respond(Respond),
    /// A message in the site's voice.
    Message(StatusMessage),
    /// A JSON description of the request: `req_uri`, `req_uri_details`, `req_method`,
    /// `req_querystring`, `req_body`, `req_headers` (KrakenD 2.2.5, `/__echo/`).
    Echo,
    /// One upstream call whose answer passes through unread.
    Proxy(Box<Proxy>),
    /// Upstream calls whose answers are read, shaped, merged and written anew.
    Compose(Box<Compose>),
}

impl Action {
    /// The upstream calls that it makes, those in the shadow last.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        let (calls, shadows): (&[Call], &[Call]) = match self {
            Self::Proxy(proxy) => (std::slice::from_ref(&proxy.call), &proxy.shadows),
            Self::Compose(compose) => (&compose.calls, &compose.shadows),
            Self::Respond(_) | Self::Message(_) | Self::Echo => (&[], &[]),
        };
        calls.iter().chain(shadows)
    }
}

/// An answer that needs no upstream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Respond {
    /// Status.
    pub status: u16,
    /// Headers as they are written.
    pub headers: Vec<Header>,
    /// Body.
    pub body: Body,
}

/// One upstream call whose answer passes through unread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proxy {
    /// The call.
    pub call: Call,
    /// Calls that are made beside it and whose answers nobody reads.
    pub shadows: Vec<Call>,
    /// Time until the answer's last byte; then the connection is cut. `None` sets no limit.
    pub timeout_us: Option<u64>,
    /// The client's body is read whole before the call is made, so that every try can send it.
    pub buffer_request: bool,
    /// Headers of every answer of this route; the upstream's are added behind them.
    pub headers: Vec<Header>,
    /// What the client gets when the call fails.
    pub errors: Failures,
}

/// What a client gets when the call of its route failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failures {
    /// The route's own answer.
    Answer(ErrorAnswer),
    /// What the site's voice says about such a failure.
    Voiced,
}

/// Upstream calls whose answers are merged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compose {
    /// The calls, in the order in which their answers are merged: later keys win.
    pub calls: Vec<Call>,
    /// Calls that are made beside them and whose answers nobody reads.
    pub shadows: Vec<Call>,
    /// All at once or one after the other.
    pub order: Order,
    /// Time for the whole answer.
    pub timeout_us: u64,
    /// Time for the calls; less than `timeout_us` where several are merged.
    pub calls_timeout_us: u64,
    /// Operations on the merged data.
    pub flatmap: Vec<FlatmapOp>,
    /// Data laid over the merged data.
    pub fill: Option<Fill>,
    /// How the answer is written.
    pub output: Output,
    /// Headers of every answer of this route.
    pub headers: Vec<Header>,
    /// Name of the header that says `true` where every call gave its whole part and there is
    /// data, otherwise `false`.
    pub completeness_header: Option<String>,
    /// How long a complete answer may be kept.
    pub cache: Option<CacheControl>,
    /// What the client gets when nothing can be said.
    pub errors: ErrorAnswer,
    /// Bytes of one upstream answer that are read; more is a failure of that call.
    pub body_bytes_max: usize,
}

/// All at once or one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// All at once.
    Parallel,
    /// One after the other; the first failed or incomplete one ends it. Later calls may use
    /// values of earlier answers.
    Sequential,
}

/// `Cache-Control: public, max-age=N` on complete answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheControl {
    /// Seconds.
    pub max_age_s: u64,
}

/// Fixed data laid over an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// A JSON object.
    pub data: JsonText,
    /// When it is laid over.
    pub when: FillWhen,
}

/// When fixed data is laid over an answer (krakend `proxy.static.strategy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillWhen {
    /// Always; an error becomes an incomplete answer.
    Always,
    /// There was no error.
    Success,
    /// There was an error.
    Errored,
    /// There was no error and the answer is complete.
    Complete,
    /// There is no answer, or it is not complete.
    Incomplete,
}

/// How a composed answer is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// A JSON object.
    Json,
    /// The list under `collection`, or an empty one.
    JsonCollection,
    /// The text under `content`.
    String,
    /// XML.
    Xml,
    /// YAML with this content type.
    Yaml {
        /// `application/yaml; charset=utf-8` or what an older version writes.
        content_type: String,
    },
    /// JSON, XML or YAML, as the client's `Accept` asks.
    Negotiate {
        /// Content type of YAML.
        yaml_content_type: String,
    },
}

/// What a client gets when its request failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorAnswer {
    /// Status where the failure has none of its own.
    pub status: u16,
    /// The failure's text is the body (`text/plain; charset=utf-8`); otherwise it is empty.
    pub show_text: bool,
}
