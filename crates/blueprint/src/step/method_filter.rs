//! Refusal by method.

use serde::{Deserialize, Serialize};

use super::Refusal;

/// Refuses requests by their method, before a route is looked for (nginx: `TRACE` and `CONNECT`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodFilter {
    /// Methods that are refused, in capitals.
    pub refused: Vec<String>,
    /// What is said, as failures of calls are told.
    pub refusal: Refusal,
}
