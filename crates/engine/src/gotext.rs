//! Texts as Go's standard library writes them.
//!
//! Users of gateways written in Go see its spellings: escaped paths and queries, times, durations,
//! header names. Answers that are to be the same byte for byte need them.

mod escape;
mod header;
mod query;
mod time;

pub(crate) use self::escape::{escape_decoded_path, escape_path, path_unescape};
pub(crate) use self::header::canonical_header_name;
pub(crate) use self::query::{encode_query, parse_query};
pub(crate) use self::time::{GoDuration, go_time_now, local, process_start};
