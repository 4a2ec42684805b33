//! Refusal of requests that came without TLS.

use serde::{Deserialize, Serialize};

/// Refuses requests that came without TLS (Kong: `protocols: [https]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequireTls {
    /// 426 with `message`, `Connection: Upgrade` and `Upgrade: TLS/1.2, HTTP/1.1`; or 301, 302,
    /// 307, 308 with the same URL behind `https://` as `Location`.
    pub status: u16,
    /// What is said with 426.
    pub message: String,
}
