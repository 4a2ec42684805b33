//! Chooses one of several endpoints.
//!
//! Everything here is pure: which endpoints are available, what time it is, how many requests are
//! under way and which turn it is comes from outside, so that the engine and a simulation choose
//! alike. Endpoints are indexes into a list of the caller. A [`Wheel`] and a [`Ring`] give the
//! order in which endpoints are asked; the caller takes the first that is available. [`least`] and
//! [`fastest`] compare those that are.

mod latency;
mod least;
mod ring;
mod sticky;
mod wheel;
mod xxhash;

pub use latency::{Average, DECAY_MS, Pace, fastest};
pub use least::{Load, least};
pub use ring::{POINTS_PER_TARGET, Ring, RingMember, SLOTS_MAX, SLOTS_MIN};
pub use sticky::{NoStickyId, StickyId};
pub use wheel::{TURNS_MAX, Wheel};
pub use xxhash::xxhash32;
