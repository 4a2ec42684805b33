//! The admin side: readiness, metrics, the blueprint, the pools, reload.
//!
//! It can always answer: it has its own thread and its own runtime, and what it asks of the
//! engine ([`haleway_blueprint::runtime`]) never waits for the request path. Connections, header
//! sizes and times are bounded. A reload runs beside the runtime, so that readiness and metrics
//! are answered meanwhile.

mod answer;
mod events;
pub mod kong;
mod limits;
mod listen;
mod metrics;
mod percent;
mod ready;
mod routes;

pub use listen::{Admin, Control};
pub use routes::OPENAPI;

use std::sync::Arc;

use haleway_blueprint::runtime::{Reload, Running};

/// What the admin side speaks about.
#[derive(Clone)]
pub struct Subject {
    /// The engine.
    pub running: Arc<dyn Running>,
    /// What reads the documents again.
    pub reload: Arc<dyn Reload>,
    /// The version of the program.
    pub version: &'static str,
    /// Writes metrics of the process that neither the engine nor the reload know.
    pub process_metrics: fn(&mut String),
}
