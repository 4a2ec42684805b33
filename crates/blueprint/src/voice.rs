//! How a site speaks for itself: the answers that no endpoint gave, and what it adds to those that
//! one gave.

use serde::{Deserialize, Serialize};

/// How a site speaks for itself. The default says nothing of itself and answers in plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    /// How a message is written.
    pub form: MessageForm,
    /// Reason phrases of own answers where they differ from the usual ones (nginx: 503 `Service
    /// Temporarily Unavailable`).
    pub reasons: Vec<(u16, String)>,
    /// What is said when a call fails.
    pub failures: FailureMessages,
    /// `Server` of own answers, and of an endpoint's that has none.
    pub server: Option<String>,
    /// `Via` of an endpoint's answer.
    pub via: Option<Via>,
    /// Headers with the time that a request took, in milliseconds.
    pub latency: Option<LatencyHeaders>,
    /// Header of every answer with the request's id: 32 hexadecimal digits.
    pub request_id: Option<String>,
    /// Header of an endpoint's answer with its own status.
    pub upstream_status: Option<String>,
    /// `Connection: keep-alive` is written on HTTP/1 where the client's connection stays, `close`
    /// where it does not.
    pub announce_keep_alive: bool,
    /// Requests of gRPC are told messages in `grpc-status` and `grpc-message`.
    pub grpc: bool,
}

/// How a message is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageForm {
    /// As it is, `text/plain; charset=utf-8`.
    #[default]
    Plain,
    /// In the media type that the client's `Accept` prefers of JSON, HTML, XML and plain text;
    /// JSON where it says nothing.
    Negotiated(Negotiated),
}

/// The bodies of negotiated messages (Kong 3). In each `%MESSAGE%` and `%REQUEST_ID%` are holes,
/// filled with texts that are escaped for the media type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Negotiated {
    /// `application/json; charset=utf-8`.
    pub json: String,
    /// `text/html; charset=utf-8`.
    pub html: String,
    /// `application/xml; charset=utf-8`.
    pub xml: String,
    /// `text/plain; charset=utf-8`.
    pub plain: String,
    /// The form in which failures of calls are told to a client that names none in `Accept` nor in
    /// `Content-Type` (Kong: `error_default_type`); other messages are JSON then.
    pub failures: MessageMedia,
}

/// A media type of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageMedia {
    /// `application/json`.
    #[default]
    Json,
    /// `text/html`.
    Html,
    /// `application/xml`.
    Xml,
    /// `text/plain`.
    Plain,
}

/// A status and what is said with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusMessage {
    /// The status; 0 stands for 502.
    pub status: u16,
    /// The message.
    pub message: String,
}

impl StatusMessage {
    /// A status and a message.
    #[must_use]
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }
}

/// What is said when a call fails.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureMessages {
    /// The first try found no endpoint that may be asked.
    pub no_endpoint: StatusMessage,
    /// A later try found none.
    pub none_left: StatusMessage,
    /// The endpoint's name does not resolve.
    pub unresolved: StatusMessage,
    /// No connection, one that broke, or an answer that is no HTTP.
    pub bad_answer: StatusMessage,
    /// A time limit passed.
    pub timeout: StatusMessage,
    /// The client's request is no HTTP, or breaks its rules.
    pub bad_request: StatusMessage,
    /// The client's body is too large to be kept.
    pub body_too_large: StatusMessage,
}

/// `Via` of an endpoint's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Via {
    /// Who we are: `kong/3.9.3`.
    pub token: String,
    /// It is written behind the endpoint's own, with the protocol of its answer in front: `1.1
    /// kong/3.9.3` (Kong from 3.8). Otherwise the token alone replaces the endpoint's.
    pub appended: bool,
}

/// Headers with the time that a request took, in milliseconds. Those without a name are not
/// written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatencyHeaders {
    /// On an endpoint's answer: from the start of the last try to the answer's head.
    pub upstream: Option<String>,
    /// On an endpoint's answer: from the request's start to the start of the last try.
    pub proxy: Option<String>,
    /// On an own answer: from the request's start.
    pub own: Option<String>,
}
