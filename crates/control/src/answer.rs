//! The answers' shapes: JSON, plain text, errors.

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::{Either, Full};
use serde::Serialize;

use crate::events::EventStream;

/// An answer of the admin side: complete in memory, or a stream of events.
pub(crate) type Answer = Response<Either<Full<Bytes>, EventStream>>;

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
/// Prometheus' text format, version 0.0.4.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Answer {
    match serde_json::to_string_pretty(value) {
        Ok(text) => json_text(status, text),
        Err(error) => {
            let text = format!("{{\"error\":\"this cannot be written as JSON: {error}\"}}");
            json_text(StatusCode::INTERNAL_SERVER_ERROR, text)
        }
    }
}

pub(crate) fn json_text(status: StatusCode, mut text: String) -> Answer {
    text.push('\n');
    answer(status, JSON, text)
}

pub(crate) fn text(status: StatusCode, text: String) -> Answer {
    answer(status, TEXT, text)
}

pub(crate) fn metrics(text: String) -> Answer {
    answer(StatusCode::OK, METRICS, text)
}

/// One JSON value per line.
pub(crate) fn json_lines(text: String) -> Answer {
    answer(StatusCode::OK, "application/jsonl", text)
}

/// Server-sent events, for as long as the client listens.
pub(crate) fn event_stream(stream: EventStream) -> Answer {
    let mut answer = Response::new(Either::Right(stream));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

pub(crate) fn not_found(what: &str) -> Answer {
    error(StatusCode::NOT_FOUND, what)
}

/// `allow` lists the methods as the header wants them.
pub(crate) fn method_not_allowed(allow: &'static str) -> Answer {
    let mut answer = error(
        StatusCode::METHOD_NOT_ALLOWED,
        &format!("this path answers to {allow} only"),
    );
    answer
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allow));
    answer
}

pub(crate) fn error(status: StatusCode, message: &str) -> Answer {
    #[derive(Serialize)]
    struct Error<'a> {
        error: &'a str,
    }
    json(status, &Error { error: message })
}

/// The same without its body, which is what HEAD asks for. The length stays.
pub(crate) fn head_only(answer: Answer) -> Answer {
    answer.map(|_| Either::Left(Full::default()))
}

fn answer(status: StatusCode, content_type: &'static str, text: String) -> Answer {
    let length = HeaderValue::from(text.len());
    let mut answer = Response::new(Either::Left(Full::from(text)));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_LENGTH, length);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
