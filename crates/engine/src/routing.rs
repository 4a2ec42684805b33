//! Which route serves a path, and the answer that sends a client to one nearby.

mod location;

pub(crate) use haleway_routing::by_path::{Matched, Params, Router, Served, parameter_names};

pub(crate) use self::location::Redirection;
