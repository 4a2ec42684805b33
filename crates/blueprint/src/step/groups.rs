//! Refusal by groups.

use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::Origin;

/// Lets consumers pass by the groups that they belong to (Kong 3, `acl`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Groups {
    /// Who passes.
    pub rule: GroupRule,
    /// Request header in which the endpoint is told the groups, separated by `, `; `None` tells
    /// nothing.
    pub header: Option<String>,
    /// Nobody is known.
    pub nobody: Refusal,
    /// The consumer does not pass.
    pub refused: Refusal,
    /// Who asked for it.
    pub origin: Origin,
}

/// Who passes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupRule {
    /// Consumers of any of these groups.
    Allow(Vec<String>),
    /// Consumers of none of these groups.
    Deny(Vec<String>),
}
