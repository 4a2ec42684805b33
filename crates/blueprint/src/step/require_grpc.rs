//! Refusal of requests that are no gRPC.

use serde::{Deserialize, Serialize};

use super::Refusal;

/// Refuses requests that are no gRPC (Kong: `protocols: [grpc, grpcs]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequireGrpc {
    /// What is said to a request whose `Content-Type` does not begin with `application/grpc`.
    pub other_type: Refusal,
    /// What is said to one that came over HTTP/1, with `Connection: Upgrade` and `Upgrade:
    /// HTTP/2`.
    pub old_version: Refusal,
    /// `grpc-message` to one that came without TLS, beside status 200 and `grpc-status: 1`; `None`
    /// lets it pass.
    pub without_tls: Option<String>,
}
