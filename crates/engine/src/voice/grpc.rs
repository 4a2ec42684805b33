//! Messages to clients of gRPC: they read them in headers, not in a body.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use crate::body::Body;

const MEDIA_TYPE: &str = "application/grpc";
const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// Whether a request is one of gRPC.
pub(super) fn asked(request: &HeaderMap) -> bool {
    let content_type = request.get(CONTENT_TYPE);
    content_type.is_some_and(|it| it.as_bytes().starts_with(MEDIA_TYPE.as_bytes()))
}

/// A message; without a text the name of its code is told.
pub(super) fn answer(status: StatusCode, text: Option<&str>) -> Response<Body> {
    let (code, name) = code(status.as_u16());
    let mut answer = Response::new(Body::Empty);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(STATUS, HeaderValue::from(code));
    let text = text.and_then(|text| HeaderValue::from_str(text).ok());
    headers.insert(MESSAGE, text.unwrap_or(HeaderValue::from_static(name)));
    answer
}

/// The code of gRPC that stands for a status of HTTP, and its name (Kong 3,
/// `kong/pdk/response.lua`).
fn code(status: u16) -> (u16, &'static str) {
    match status {
        401 => (16, "Unauthenticated"),
        403 => (7, "PermissionDenied"),
        404 => (5, "NotFound"),
        409 => (6, "AlreadyExists"),
        429 => (8, "ResourceExhausted"),
        499 => (1, "Canceled"),
        501 => (12, "Unimplemented"),
        503 => (14, "Unavailable"),
        504 => (4, "DeadlineExceeded"),
        200..=299 => (0, "OK"),
        400..=499 => (3, "InvalidArgument"),
        500..=599 => (13, "Internal"),
        _ => (2, "Unknown"),
    }
}
