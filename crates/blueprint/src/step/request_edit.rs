//! Changes of a request on its way to the endpoint.

use serde::{Deserialize, Serialize};

use super::Edits;

/// Changes of a request, in the order of its fields (Kong 3, `request-transformer`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestEdit {
    /// The path that the endpoint gets. A `?` in it begins the query that it gets.
    pub path: Option<RequestTemplate>,
    /// The method. With GET, HEAD and TRACE, the parameters of a form join the query.
    pub method: Option<String>,
    /// Headers. `Host` can be replaced only.
    pub headers: FieldEdits,
    /// Fields of the body: of a JSON object, a form, or a form in parts; others stay as they are.
    pub body: FieldEdits,
    /// Parameters of the query, which is written anew, sorted by name, where there is an edit.
    pub query: FieldEdits,
    /// Bytes of a body that is changed; more is refused.
    pub body_bytes_max: usize,
}

/// Changes of named fields. No value takes a field away that is to be replaced, but a header stays.
pub type FieldEdits = Edits<RequestTemplate, Option<RequestTemplate>>;

impl FieldEdits {
    /// All texts with holes.
    pub fn templates(&self) -> impl Iterator<Item = &RequestTemplate> {
        let renamed = self.rename.iter().map(|(_, template)| template);
        let valued = self.replace.iter().chain(&self.add).chain(&self.append);
        renamed.chain(valued.filter_map(|(_, template)| template.as_ref()))
    }
}

/// A text with holes that the request fills, as it came to the step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestTemplate {
    /// The parts in order.
    pub parts: Vec<RequestTemplatePart>,
}

/// A part of a [`RequestTemplate`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestTemplatePart {
    /// This text.
    Text(String),
    /// The first of these that the request has; nothing where it has none.
    FirstOf(Vec<RequestValue>),
}

/// A value of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestValue {
    /// The first value of this header.
    Header(String),
    /// The first value of this parameter of the query, decoded; `true` where it has none.
    Query(String),
    /// What a group of the route's pattern captured, by its name or its number from 1.
    Capture(String),
    /// This text.
    Text(String),
}

impl RequestTemplate {
    /// A text without holes.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            parts: vec![RequestTemplatePart::Text(text.into())],
        }
    }
}
