//! Texts with holes that the request fills.

use std::borrow::Cow;

use haleway_blueprint::{RequestTemplate, RequestTemplatePart, RequestValue};
use http::{HeaderMap, HeaderValue};

use crate::{Captures, arguments};

/// What holes are filled from: the request as it came to the step.
pub(super) struct Sources<'a> {
    pub(super) headers: &'a HeaderMap,
    pub(super) query: &'a [u8],
    pub(super) captures: &'a dyn Captures,
}

impl Sources<'_> {
    /// Fills the holes of a text; those without a value stay empty.
    pub(super) fn render(&self, template: &RequestTemplate) -> Vec<u8> {
        let mut out = Vec::new();
        for part in &template.parts {
            match part {
                RequestTemplatePart::Text(text) => out.extend_from_slice(text.as_bytes()),
                RequestTemplatePart::FirstOf(values) => {
                    let first = values.iter().find_map(|value| self.value(value));
                    out.extend_from_slice(&first.unwrap_or_default());
                }
            }
        }
        out
    }

    /// The same as text; bytes that are none are replaced.
    pub(super) fn text(&self, template: &RequestTemplate) -> String {
        String::from_utf8_lossy(&self.render(template)).into_owned()
    }

    fn value<'a>(&'a self, value: &'a RequestValue) -> Option<Cow<'a, [u8]>> {
        match value {
            RequestValue::Header(name) => {
                let value = self.headers.get(name).map(HeaderValue::as_bytes);
                value.map(Cow::Borrowed)
            }
            RequestValue::Query(name) => {
                let first = arguments::values(self.query, name.as_bytes()).next()?;
                Some(first.unwrap_or(Cow::Borrowed(b"true")))
            }
            RequestValue::Capture(group) => {
                let text = self.captures.capture(group);
                text.map(|text| Cow::Borrowed(text.as_bytes()))
            }
            RequestValue::Text(text) => Some(Cow::Borrowed(text.as_bytes())),
        }
    }
}
