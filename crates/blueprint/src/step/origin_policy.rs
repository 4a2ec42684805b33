//! Cross-origin resource sharing as Kong does it.

use serde::{Deserialize, Serialize};

use crate::Origin;

/// Cross-origin resource sharing as Kong 3's plugin `cors` does it: a preflight is OPTIONS with
/// `Origin` and `Access-Control-Request-Method` and is answered with everything that is allowed,
/// whatever it asked for; every other answer gets the headers in place of those that it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginPolicy {
    /// Origins allowed.
    pub origins: OriginRule,
    /// `Access-Control-Allow-Methods` of a preflight.
    pub methods: String,
    /// `Access-Control-Allow-Headers` of a preflight; `None` echoes what it asked for.
    pub headers: Option<String>,
    /// `Access-Control-Expose-Headers` of other answers.
    pub expose_headers: Option<String>,
    /// `Access-Control-Max-Age` of a preflight.
    pub max_age: Option<String>,
    /// Credentials are allowed.
    pub credentials: bool,
    /// Requests from public to private networks are allowed.
    pub private_network: bool,
    /// Preflights go on, and their answers stay as they are.
    pub forward_preflights: bool,
    /// Status of an answered preflight.
    pub preflight_status: u16,
    /// Who asked for it.
    pub origin: Origin,
}

/// Origins allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginRule {
    /// All: answered with `*`, or with the request's own where credentials are allowed.
    Any,
    /// This one, named in every answer, whoever asks.
    Fixed(String),
    /// Those that match any of these; where none does, the answer names none.
    Listed(Vec<OriginMatch>),
}

/// One way in which an origin is allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginMatch {
    /// Every request that names its origin: answered as [`OriginRule::Any`].
    Any,
    /// This origin: scheme, host and a port that is not the scheme's usual one.
    Exact(String),
    /// A pattern in the syntax of the crate `regex`, searched for in the whole origin.
    Pattern(String),
    /// A pattern that is searched for in the origin's host.
    HostPattern(String),
}
