//! Recognition by name and password.

use serde::{Deserialize, Serialize};

use super::{Anonymous, ConsumerHeaders, Refusal};
use crate::Origin;

/// Recognises who asks by a name and a password in `Proxy-Authorization`, then in `Authorization`
/// (Kong 3, `basic-auth`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasicAuth {
    /// The headers are taken off the request.
    pub hide: bool,
    /// Neither header is there.
    pub missing: Refusal,
    /// Anything else that is no known name with its password.
    pub wrong: Refusal,
    /// Who a request counts as that would be refused; `None` refuses it.
    pub anonymous: Option<Anonymous>,
    /// How endpoints are told who asks.
    pub tells: ConsumerHeaders,
    /// Who asked for it.
    pub origin: Origin,
}
