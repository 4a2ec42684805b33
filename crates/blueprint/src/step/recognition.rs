//! What the steps share that find out who asks.

use serde::{Deserialize, Serialize};

use super::Refusal;

/// Who a request counts as where it shows no valid credential. A step that has this leaves requests
/// alone of which an earlier step has seen a credential: several such steps are alternatives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anonymous {
    /// The consumer of this id.
    Consumer(String),
    /// A consumer that does not exist: the request is answered with this.
    Missing(Refusal),
}

/// Names of the request headers in which an endpoint is told who asks. What is not known of a
/// consumer is taken off the request, so that nobody can pretend to be someone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsumerHeaders {
    /// Its id.
    pub id: String,
    /// Its name.
    pub username: String,
    /// The name that another system gives it.
    pub custom_id: String,
    /// The credential: the id of a key, the name that goes with a password, the key of a token.
    pub credential: String,
    /// `true` where the request counts as an anonymous consumer's.
    pub anonymous: String,
}
