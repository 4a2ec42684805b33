//! Leads clients elsewhere.

use serde::{Deserialize, Serialize};

/// Leads the client elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// Status.
    pub status: u16,
    /// Where to.
    pub location: RedirectLocation,
    /// Body of the answer, without a content type.
    pub body: String,
}

/// Where a redirect leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedirectLocation {
    /// This text.
    Fixed(String),
    /// Path and query of the request at another origin.
    SamePath {
        /// Text before the path: `https://example.com`.
        origin: String,
        /// Text behind the query: `#top`, or nothing.
        fragment: String,
    },
}
