//! Steps: small mechanisms between a request and its action.

mod by_consumer;
mod cors;
mod require_tls;
mod user_agent_filter;

pub use by_consumer::ByConsumer;
pub use cors::{Cors, CorsRequestHeaders, Origins};
pub use require_tls::RequireTls;
pub use user_agent_filter::UserAgentFilter;

use serde::{Deserialize, Serialize};

/// One step. It lets the request pass, changes it or its answer, or answers itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// What to do depends on who asks.
    ByConsumer(ByConsumer),
    /// Cross-origin resource sharing.
    Cors(Cors),
    /// Refuses requests without TLS.
    RequireTls(RequireTls),
    /// Refuses requests by their `User-Agent`.
    UserAgentFilter(UserAgentFilter),
}
