//! Texts as Go's standard library writes them.
//!
//! Users of gateways written in Go see its spellings: escaped paths and queries, times, durations,
//! header names. Answers that are to be the same byte for byte need them.

pub(crate) mod escape;
pub(crate) mod header;
pub(crate) mod query;
pub(crate) mod time;
