//! The named limits that bound what a document can ask of the parser.

/// Nesting of arrays and objects.
pub const DEPTH_MAX: usize = 128;

/// Size of one source in bytes.
pub const SOURCE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Nodes in one tree, those that YAML aliases repeat included.
pub const NODES_MAX: usize = 5_000_000;

/// Nodes that the YAML aliases of one source may repeat.
pub const ALIAS_NODES_MAX: usize = 500_000;

/// Bytes of text that the YAML aliases of one source may repeat.
pub const ALIAS_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Findings that one run keeps about one source; the rest is counted.
pub const DIAGNOSTICS_MAX: usize = 1_000;
