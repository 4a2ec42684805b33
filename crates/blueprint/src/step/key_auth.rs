//! Recognition by a key.

use serde::{Deserialize, Serialize};

use super::{Anonymous, ConsumerHeaders, Refusal};
use crate::Origin;

/// Recognises who asks by a key (Kong 3, `key-auth`). The names are tried in their order, each in
/// the places that are asked for: header, query, body. The first place that has one counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyAuth {
    /// Names of the header or parameter.
    pub names: Vec<String>,
    /// Headers are looked at.
    pub in_header: bool,
    /// The query is looked at.
    pub in_query: bool,
    /// Bodies of forms, of `multipart/form-data` and of JSON objects are looked at, where they are
    /// not larger than so many bytes. Larger ones are refused as the site refuses large bodies.
    pub body_bytes_max: Option<u64>,
    /// The key is taken off the request.
    pub hide: bool,
    /// OPTIONS requests pass unseen.
    pub skip_options: bool,
    /// No key, or an empty one.
    pub missing: Refusal,
    /// Several keys under one name.
    pub several: Refusal,
    /// A key that nobody has.
    pub unknown: Refusal,
    /// Who a request counts as that would be refused; `None` refuses it.
    pub anonymous: Option<Anonymous>,
    /// How endpoints are told who asks.
    pub tells: ConsumerHeaders,
    /// Who asked for it.
    pub origin: Origin,
}
