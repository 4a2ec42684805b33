//! Why a blueprint cannot be run.

use haleway_blueprint::Origin;

/// Why a blueprint cannot be run: something only the machine or the content of a file could tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartError {
    /// The part of the user's document that asked for it.
    pub origin: Origin,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl StartError {
    pub(crate) fn new(
        origin: &Origin,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            origin: origin.clone(),
            message: message.into(),
            help: help.into(),
        }
    }
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} ({})", self.origin, self.message, self.help)
    }
}

impl std::error::Error for StartError {}
