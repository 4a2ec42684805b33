//! What can go wrong with a request: one closed table.

use bytes::Bytes;
use haleway_health::What;
use http::StatusCode;

/// Where and how a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum FaultKind {
    /// The pool has no endpoint to pick.
    NoEndpoint,
    /// The endpoint's name does not resolve.
    Resolve,
    /// No connection to the endpoint.
    Connect,
    /// The TLS handshake with the endpoint failed.
    Tls,
    /// The endpoint closed or reset the connection before its answer was whole.
    Reset,
    /// The endpoint's answer is not HTTP, or breaks its own framing.
    Protocol,
    /// A time limit passed.
    Timeout,
    /// The endpoint's answer is larger than its limit.
    TooLarge,
    /// The endpoint answered with a status that does not count as success.
    BadStatus,
    /// The endpoint's body could not be read as the configuration says.
    Decode,
    /// The client's body broke off.
    RequestBody,
    /// The client's body is too large to be kept.
    RequestTooLarge,
    /// The request that the configuration describes cannot be written.
    BadRequest,
}

/// Names of the kinds, in the order of the enum: the values of the metric's label.
pub(crate) const FAULT_NAMES: [&str; 13] = [
    "no_endpoint",
    "resolve",
    "connect",
    "tls",
    "reset",
    "protocol",
    "timeout",
    "too_large",
    "bad_status",
    "decode",
    "request_body",
    "request_too_large",
    "bad_request",
];

/// A failed request. `text` is what a client may see where the configuration shows errors, and is
/// worded as Go's net/http words it, since clients of KrakenD know those texts.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// Where and how.
    pub(crate) kind: FaultKind,
    /// In words.
    pub(crate) text: String,
    /// What it says about the endpoint.
    pub(crate) what: What,
    /// An answer that the failure brings along.
    pub(crate) answer: Option<Box<FaultAnswer>>,
}

/// The answer of an upstream that is handed on although it counts as a failure.
#[derive(Clone, Debug)]
pub(crate) struct FaultAnswer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: Option<http::HeaderValue>,
    pub(crate) body: Bytes,
}

impl Fault {
    pub(crate) fn new(kind: FaultKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            what: usual(kind),
            answer: None,
        }
    }

    /// The same where more is known about the endpoint than its kind tells.
    pub(crate) fn seen(mut self, what: What) -> Self {
        self.what = what;
        self
    }

    /// A passed time limit.
    pub(crate) fn timeout() -> Self {
        Self::new(FaultKind::Timeout, "context deadline exceeded")
    }

    /// The same with the request that failed, as Go's client puts it before its errors.
    pub(crate) fn of_request(mut self, method: &http::Method, url: &str) -> Self {
        if self.kind != FaultKind::Timeout {
            let method = method.as_str();
            let (first, rest) = method.split_at(method.len().min(1));
            self.text = format!(
                "{first}{} \"{url}\": {}",
                rest.to_ascii_lowercase(),
                self.text
            );
        }
        self
    }
}

/// What a fault of this kind says about the endpoint, if nothing else is known.
fn usual(kind: FaultKind) -> What {
    match kind {
        FaultKind::NoEndpoint | FaultKind::Resolve => What::Unreachable,
        FaultKind::Connect => What::Refused,
        FaultKind::Tls => What::TlsFailed,
        FaultKind::Reset => What::Reset,
        FaultKind::Timeout => What::AnswerTimeout,
        FaultKind::Protocol | FaultKind::TooLarge | FaultKind::Decode => What::Garbage,
        FaultKind::BadStatus => What::Status(StatusCode::INTERNAL_SERVER_ERROR.as_u16()),
        // It was not the endpoint's doing.
        FaultKind::RequestBody | FaultKind::RequestTooLarge | FaultKind::BadRequest => {
            What::Cancelled
        }
    }
}
