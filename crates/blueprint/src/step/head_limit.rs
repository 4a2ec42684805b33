//! Refusal of large heads.

use serde::{Deserialize, Serialize};

use super::Refusal;

/// Refuses requests with large heads, before a route is looked for (nginx:
/// `large_client_header_buffers`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadLimit {
    /// Bytes of the request line, and of every line of a header.
    pub line_bytes_max: usize,
    /// Bytes of all lines together.
    pub bytes_max: usize,
    /// What is said to a request line that is too long, as failures of calls are told.
    pub target_too_long: Refusal,
    /// The same of headers.
    pub headers_too_large: Refusal,
}
