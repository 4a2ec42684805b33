//! Refusal by `User-Agent`.

use serde::{Deserialize, Serialize};

use crate::Origin;

/// Refuses requests by their `User-Agent`: allowed names pass, denied names and patterns are
/// refused, the rest passes (krakend-botdetector 2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAgentFilter {
    /// Exact values that pass.
    pub allow: Vec<String>,
    /// Exact values that are refused.
    pub deny: Vec<String>,
    /// Regular expressions; a match is refused.
    pub patterns: Vec<String>,
    /// An absent or empty header is refused.
    pub refuse_empty: bool,
    /// Status of a refusal; its body is empty.
    pub status: u16,
    /// Who asked for it.
    pub origin: Origin,
}
