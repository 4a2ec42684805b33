//! What a dialect needs beside the documents, and what it is given.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a dialect asks for before it compiles. Supply fetches and watches all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// Files, as the documents name them.
    pub files: BTreeSet<String>,
    /// Environment variables by name.
    pub variables: BTreeSet<String>,
    /// Environment variables by the beginning of their names.
    pub variable_prefixes: BTreeSet<String>,
}

/// The content of a file, or why there is none, in words that fit a message.
pub type FileContent = Result<Arc<[u8]>, String>;

/// The complete set that a dialect compiles from, beside the documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supplies {
    /// The files that were asked for.
    pub files: BTreeMap<String, FileContent>,
    /// The environment variables that were asked for and are set.
    pub variables: BTreeMap<String, String>,
    /// Cores that the engine will use.
    pub cores: usize,
}

impl Default for Supplies {
    fn default() -> Self {
        Self {
            files: BTreeMap::new(),
            variables: BTreeMap::new(),
            cores: 1,
        }
    }
}
