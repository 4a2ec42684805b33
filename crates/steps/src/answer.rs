//! Answers that steps give.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};

/// An answer that a step gives in place of an endpoint.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers, without the body's own.
    pub headers: HeaderMap,
    /// What stands in it.
    pub content: Content,
}

/// What stands in an answer.
#[derive(Debug)]
pub enum Content {
    /// Nothing.
    Empty,
    /// A message, written as the site's voice writes its messages.
    Message(Cow<'static, str>),
    /// A message, written as the site's voice tells failures of calls.
    Failure(Cow<'static, str>),
    /// This body with this content type.
    Body(HeaderValue, Bytes),
    /// This body, and nothing is said about its type.
    Untyped(Bytes),
}

impl Answer {
    /// An answer without headers and body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            content: Content::Empty,
        }
    }

    /// A message.
    #[must_use]
    pub fn message(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            content: Content::Message(message.into()),
            ..Self::empty(status)
        }
    }
}
