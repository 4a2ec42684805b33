//! Answers as Kong writes them: compact JSON, errors with their codes.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::{Either, Full};
use serde_json::{Value as Json, json};

use crate::answer::Answer;

const JSON: &str = "application/json; charset=utf-8";
/// What Kong's `/metrics` says of itself.
const METRICS: &str = "text/plain; charset=UTF-8";

/// A value of JSON.
pub(super) fn json(status: StatusCode, value: &Json) -> Answer {
    answer(status, Some(JSON), value.to_string())
}

/// A value of JSON with 200.
pub(super) fn ok(value: &Json) -> Answer {
    json(StatusCode::OK, value)
}

/// `{"message": ...}`.
pub(super) fn message(status: StatusCode, message: &str) -> Answer {
    json(status, &json!({ "message": message }))
}

/// A status without a body.
pub(super) fn empty(status: StatusCode) -> Answer {
    answer(status, None, String::new())
}

/// Metrics in Prometheus' text format.
pub(super) fn metrics(text: String) -> Answer {
    answer(StatusCode::OK, Some(METRICS), text)
}

/// What there is none of.
pub(super) fn not_found() -> Answer {
    message(StatusCode::NOT_FOUND, "Not found")
}

/// A method that the path does not have.
pub(super) fn method_not_allowed() -> Answer {
    message(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
}

/// A body that is larger than the limit.
pub(super) fn too_large() -> Answer {
    message(StatusCode::PAYLOAD_TOO_LARGE, "Payload too large")
}

/// Kong's errors with a code (`kong/db/errors.lua`), as far as they can arise without a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// 1: an id that is no UUID, of a kind that has no name.
    InvalidPrimaryKey,
    /// 7: an offset that no page ended with.
    InvalidOffset(String),
    /// 9: a size out of its bounds.
    InvalidSize(&'static str),
    /// 11: a filter by tags that cannot be read.
    InvalidTags(&'static str),
    /// 12: a write.
    Unsupported(String),
}

impl Refusal {
    /// The answer.
    pub(super) fn answer(&self) -> Answer {
        let (status, value) = match self {
            Self::InvalidPrimaryKey => (
                StatusCode::BAD_REQUEST,
                json!({
                    "code": 1,
                    "name": "invalid primary key",
                    "message": "invalid primary key: '{id=\"expected a valid UUID\"}'",
                    "fields": {"id": "expected a valid UUID"},
                }),
            ),
            Self::InvalidOffset(text) => (
                StatusCode::BAD_REQUEST,
                json!({"code": 7, "name": "invalid offset", "message": text}),
            ),
            Self::InvalidSize(text) => (
                StatusCode::BAD_REQUEST,
                json!({"code": 9, "name": "invalid size", "message": text}),
            ),
            Self::InvalidTags(text) => (
                StatusCode::BAD_REQUEST,
                json!({
                    "code": 11,
                    "name": "invalid options",
                    "message": format!("invalid option (tags: {text})"),
                    "options": {"tags": text},
                }),
            ),
            Self::Unsupported(text) => (
                StatusCode::METHOD_NOT_ALLOWED,
                json!({"code": 12, "name": "operation unsupported", "message": text}),
            ),
        };
        json(status, &value)
    }
}

fn answer(status: StatusCode, content_type: Option<&'static str>, text: String) -> Answer {
    let length = HeaderValue::from(text.len());
    let mut answer = Response::new(Either::Left(Full::new(Bytes::from(text))));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    if let Some(content_type) = content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(CONTENT_LENGTH, length);
    }
    answer
}
