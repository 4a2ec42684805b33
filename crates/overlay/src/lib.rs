//! The overlay document: what the originals cannot express, for any of them.
//!
//! ```yaml
//! haleway: 1
//! pools:
//!   - match: "*"
//!     recover: { half_open: { after: 1s, up_to: 60s, trials: 1 } }
//!     panic: 50%
//! ```
//!
//! It is given beside a configuration, read with places and findings of its own, and laid over the
//! compiled blueprint: per pool the entries whose pattern fits its name, later ones over earlier
//! ones, key by key. Nothing in it is about one product. A dialect that carries the same keys
//! inline reads them through [`ReadSettings`] and says what is wrong in its own words.
//!
//! Pure: the same documents and blueprint give the same blueprint, and no input panics.

mod code;
mod document;
mod part;
mod read;
mod schema;
mod settings;

pub use document::{Overlay, alone, detects};
pub use part::{Flaps, HalfOpen, HedgePart, Part, ProbesPart, Silence};
pub use read::{Placed, ReadSettings, Switch, switch};
pub use schema::SCHEMA;
pub use settings::{ENTRY_KEYS, MEMORY_US, Settings};
