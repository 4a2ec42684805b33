//! What a step says when it refuses a request.

use serde::{Deserialize, Serialize};

/// What a step says when it refuses a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Status.
    pub status: u16,
    /// Message, written in the site's voice.
    pub message: String,
    /// `WWW-Authenticate`.
    pub challenge: Option<String>,
}

impl Refusal {
    /// A refusal without a challenge.
    #[must_use]
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            challenge: None,
        }
    }

    /// The same with a challenge, where there is one.
    #[must_use]
    pub fn challenging(self, challenge: Option<String>) -> Self {
        Self { challenge, ..self }
    }
}
