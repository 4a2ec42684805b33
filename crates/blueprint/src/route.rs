//! Routes: which requests, which steps, which action.

use serde::{Deserialize, Serialize};

use crate::{Action, Origin, Step};

/// One route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// Name for people, logs and metrics: the path as the user wrote it.
    pub name: String,
    /// Methods that it serves, upper case; empty serves all.
    pub methods: Vec<String>,
    /// Paths that it serves.
    pub path: PathPattern,
    /// Steps between match and action.
    pub steps: Vec<Step>,
    /// What happens.
    pub action: Action,
    /// The request is described in the log at level debug.
    pub log_request: bool,
    /// Who asked for it.
    pub origin: Origin,
}

/// A path in segments. `/` alone has one empty literal segment; a trailing slash is an empty
/// literal segment at the end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PathPattern {
    /// The segments, from the first slash on.
    pub segments: Vec<Segment>,
}

/// One part of a path between slashes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Segment {
    /// This text.
    Literal(String),
    /// A literal head (possibly empty), then anything up to the next slash, under this name.
    Parameter {
        /// Text that the segment must begin with.
        prefix: String,
        /// Name of the rest of the segment, which is empty only between two slashes, as in gin.
        name: String,
    },
    /// Anything that is left, slashes and nothing included, under this name; always the last one.
    Rest(String),
}
