//! A limit on the size of requests' bodies.

use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::Origin;

/// Refuses requests with large bodies (Kong 3, `request-size-limiting`). Where `Content-Length`
/// tells the size, that counts; otherwise the body is read whole, up to the limit, before it goes
/// on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodySizeLimit {
    /// Bytes that a body may have.
    pub bytes_max: u64,
    /// A larger body.
    pub too_large: Refusal,
    /// A larger body that is announced with `Expect: 100-continue`.
    pub too_large_expected: Refusal,
    /// A request without `Content-Length` that is not `Transfer-Encoding: chunked`; `None` lets it
    /// pass.
    pub length_required: Option<Refusal>,
    /// Who asked for it.
    pub origin: Origin,
}
