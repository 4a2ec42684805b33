//! Laws of the codec: no bytes panic it, no cut changes what is read, and what it writes it reads
//! again the same.

#![allow(clippy::unwrap_used, reason = "a law that cannot be tried has failed")]

mod bodies;
mod chunks;
mod connection;
mod cutting;
mod heads;
mod messages;
mod model;
mod names;
mod requests;
mod responses;
mod told;
