//! Texts with holes that the request fills.

use serde::{Deserialize, Serialize};

/// A text with holes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// The parts in order.
    pub parts: Vec<TemplatePart>,
}

/// A part of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplatePart {
    /// This text.
    Text(String),
    /// The decoded value of the route's parameter of this name.
    Parameter(String),
    /// A value from the answer of an earlier call of the same composition. Where there is none the
    /// hole keeps the text `otherwise`.
    Result {
        /// Index of the earlier call.
        call: usize,
        /// Keys that lead to the value in its shaped answer; empty stands for the raw body.
        path: Vec<String>,
        /// What stands in the hole when there is no such value.
        otherwise: String,
    },
}

impl Template {
    /// A text without holes.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            parts: vec![TemplatePart::Text(text.into())],
        }
    }
}
