//! Steps that depend on who asks.

use serde::{Deserialize, Serialize};

use super::Step;

/// The step of the consumer that earlier steps have recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByConsumer {
    /// Steps by the consumer's id.
    pub consumers: Vec<(String, Step)>,
    /// The step for all others, and where no consumer is known; `None` does nothing.
    pub otherwise: Option<Box<Step>>,
}
