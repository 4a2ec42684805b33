//! Where a part of the blueprint comes from.

use std::sync::Arc;

use haleway_document::{Sources, Span};
use serde::{Deserialize, Serialize};

/// The place in the user's documents that asked for a part of the blueprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The file as the user named it; empty where nothing was written and a default serves.
    pub file: Arc<str>,
    /// Line, from 1; 0 for a default.
    pub line: u32,
    /// Column in characters, from 1; 0 for a default.
    pub column: u32,
}

impl Origin {
    /// Nothing was written: the original's default.
    #[must_use]
    pub fn default_value() -> Self {
        Self {
            file: Arc::from(""),
            line: 0,
            column: 0,
        }
    }

    /// The start of a span.
    #[must_use]
    pub fn of(sources: &Sources, span: Span) -> Self {
        match sources.place(span) {
            Some((file, position)) => Self {
                file,
                line: position.line,
                column: position.column,
            },
            None => Self::default_value(),
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.line == 0 {
            return f.write_str("(default)");
        }
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}
