//! Answers in place of the endpoint.

use serde::{Deserialize, Serialize};

/// Answers in place of the endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terminate {
    /// Status.
    pub status: u16,
    /// What stands in the answer.
    pub content: TerminateContent,
    /// Only requests that have a header or a query parameter of this name are answered.
    pub trigger: Option<String>,
}

/// What stands in an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TerminateContent {
    /// Nothing.
    Nothing,
    /// A JSON object with this under `message`.
    Message(String),
    /// This text.
    Text {
        /// Its type; `None` names none.
        content_type: Option<String>,
        /// The text.
        text: String,
    },
    /// A JSON object that describes the request under `request`.
    Echo {
        /// What stands under `message`.
        message: Option<String>,
        /// Bytes of the request's body that are read; more is refused.
        body_bytes_max: usize,
    },
}
