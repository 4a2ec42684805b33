//! Routes: which requests, which steps, which action.

use serde::{Deserialize, Serialize};

use crate::{Action, JsonText, Origin, RequestMatch, Step};

/// One route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// Name for people, logs and metrics: the path as the user wrote it, or the name given to it.
    pub name: String,
    /// The service that it leads to, for people, logs and metrics; `None` where routes stand alone.
    pub service: Option<String>,
    /// Requests that it serves; of the kind that the site's routing asks for.
    pub matches: RouteMatch,
    /// Steps between match and action, in their order; on the way back in the same order.
    pub steps: Vec<Step>,
    /// What happens.
    pub action: Action,
    /// The request is described in the log at level debug.
    pub log_request: bool,
    /// What logs of requests tell about the route, key by key (`route`, `service`); each value is
    /// a JSON object.
    pub described: Vec<(String, JsonText)>,
    /// Who asked for it.
    pub origin: Origin,
}

/// Requests that a route serves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteMatch {
    /// For [`crate::Routing::Paths`].
    Path {
        /// Methods that it serves, upper case; empty serves all.
        methods: Vec<String>,
        /// Paths that it serves.
        path: PathPattern,
    },
    /// For [`crate::Routing::Requests`]: any of these.
    Requests(Vec<RequestMatch>),
}

impl RouteMatch {
    /// The path, where it is found by that.
    #[must_use]
    pub fn path(&self) -> Option<&PathPattern> {
        match self {
            Self::Path { path, .. } => Some(path),
            Self::Requests(_) => None,
        }
    }
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
