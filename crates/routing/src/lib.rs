//! Finds the route of a request.
//!
//! [`RequestRouter`] looks at the whole request: method, host, path, headers, name in the TLS
//! handshake, addresses, or an expression over all of them. What it finds is what a scan of all
//! matches in the order of their positions would find first; an index over hosts, paths,
//! methods and headers makes that cheap with many routes. [`rank`] is an order that such positions
//! may come from. [`by_path`] looks at method and path alone, prefers the more specific path, and
//! knows paths nearby.
//!
//! [`normalise_path`], [`join_upstream_path`] and [`escape_path`] are the ways of a path: from the
//! request line to what routes are compared with, and on to the upstream.
//!
//! Everything here is a pure function of its arguments: no input, no output, no clock.

pub mod by_path;
mod candidate;
mod captures;
mod expression;
mod fields;
mod hash;
mod index;
mod method;
mod name;
mod path;
mod pattern;
pub mod rank;
mod request;
mod router;
mod rule;

pub use captures::PathCaptures;
pub use path::{escape_path, join_upstream_path, normalise_path};
pub use request::RequestView;
pub use router::{Found, RequestRouter, RouterError};
