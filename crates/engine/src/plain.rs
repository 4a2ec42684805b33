//! Answers in plain text that the engine gives on its own account.

use std::borrow::Cow;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};

use crate::body::Body;

/// An answer in plain text.
pub(crate) fn plain(status: StatusCode, text: impl Into<Cow<'static, str>>) -> Response<Body> {
    let mut answer = Response::new(match text.into() {
        Cow::Borrowed(text) => Body::full(text),
        Cow::Owned(text) => Body::full(text),
    });
    *answer.status_mut() = status;
    let text_plain = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, text_plain);
    answer
}
