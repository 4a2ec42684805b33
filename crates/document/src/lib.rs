//! Source files, spans, one spanned tree for JSON, YAML and TOML, and diagnostics about them.
//!
//! Everything that a user writes enters Haleway through this crate and keeps its place: each
//! [`Node`] knows the file, line and column it came from, so that whatever is said about it later,
//! by a dialect, by the audit or by a health verdict, can point there.
//!
//! Parsing never fails: it gives a tree, as far as one could be read, and a list of diagnostics.
//! Depth, size and aliases are bounded by the limits in [`limits`].

pub mod codes;
mod diagnostic;
mod finding_codes;
mod glob;
pub mod limits;
mod nearest;
mod parse;
pub mod render;
mod source;
pub mod strict;
mod tree;
pub mod units;

pub use diagnostic::{Diagnostic, Label, Severity, Wording};
pub use glob::glob;
pub use nearest::nearest;
pub use parse::{Format, Parsed, parse};
pub use source::{Position, Source, SourceId, Sources, Span};
pub use tree::{Entry, Key, Node, Value};
