//! Runs a blueprint.
//!
//! One thread per core, each with its own single-threaded runtime, its own listening sockets and
//! its own idle connections; a connection never changes its core. A request reads the compiled
//! [`plan`] once, finds its route, passes its steps and ends in an action. `docs/architecture.md`
//! and `docs/life-of-a-request.md` tell the way in words.
//!
//! The engine knows no product: it has mechanisms with exact parameters, and a blueprint leaves it
//! no choices.

mod account;
mod action;
mod body;
mod call;
mod client;
mod client_address;
mod date;
mod engine;
mod error;
mod fault;
mod gotext;
mod health;
mod hop;
mod listener;
mod local;
mod location;
mod observe;
mod plain;
mod plan;
mod random;
mod routing;
mod serve;
mod shared;
mod stream;
mod tls;
mod upstream;
mod visit;
mod voice;
mod wire;
mod worker;

pub use engine::{Engine, Settings, try_listeners, verify};
pub use error::StartError;
pub use tls::server_tls;
