//! Cross-origin resource sharing as Go's rs/cors does it.

use serde::{Deserialize, Serialize};

use crate::Origin;

/// Cross-origin resource sharing as rs/cors 1.11 does it, with what its older versions do
/// otherwise as parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cors {
    /// Origins allowed.
    pub origins: Origins,
    /// Methods allowed, upper case.
    pub methods: Vec<String>,
    /// Request headers allowed, lower case; `None` allows all.
    pub headers: Option<Vec<String>>,
    /// Answer headers that scripts may read, as they are written.
    pub expose_headers: Vec<String>,
    /// How long a preflight may be remembered; `None` says nothing.
    pub max_age_s: Option<u64>,
    /// Credentials are allowed.
    pub credentials: bool,
    /// Requests from public to private networks are allowed.
    pub private_network: bool,
    /// A preflight goes on to the routes after its headers are set.
    pub passthrough: bool,
    /// Status of an answered preflight.
    pub preflight_status: u16,
    /// How requested headers are read and echoed.
    pub request_headers: CorsRequestHeaders,
    /// How many times `Vary: Origin` stands on an actual answer: 1, or 2 in rs/cors up to 1.7
    /// under gin.
    pub vary_repeat: u8,
    /// Who asked for it.
    pub origin: Origin,
}

/// Origins allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origins {
    /// All: answered with `*`.
    Any,
    /// These, compared without case; each may hold one `*` that stands for any text.
    Listed(Vec<String>),
}

/// How a preflight's `Access-Control-Request-Headers` is read and echoed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CorsRequestHeaders {
    /// Lower case, sorted and comma-separated as browsers send them (rs/cors 1.11): anything else
    /// is refused; echoed as sent.
    Strict,
    /// Any case and order (rs/cors up to 1.7); echoed canonically, in the order of the request.
    Canonical,
}
