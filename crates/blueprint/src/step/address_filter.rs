//! Refusal by address.

use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::{AddressRange, Origin};

/// Refuses requests by the address of their client (Kong 3, `ip-restriction`): what is denied is
/// refused; where anything is allowed, everything else is refused, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressFilter {
    /// Networks that pass; empty lets all pass.
    pub allow: Vec<AddressRange>,
    /// Networks that are refused first.
    pub deny: Vec<AddressRange>,
    /// What is said.
    pub refused: Refusal,
    /// Who asked for it.
    pub origin: Origin,
}
