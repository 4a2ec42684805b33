//! Changes of things that have names: headers, parameters, fields of a body.

use serde::{Deserialize, Serialize};

/// Changes of named values, in the order of the lists. `N` is a new name, `V` a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edits<N, V> {
    /// Names that go.
    pub remove: Vec<String>,
    /// Old and new names.
    pub rename: Vec<(String, N)>,
    /// Values for names that are there.
    pub replace: Vec<(String, V)>,
    /// Values for names that are not there.
    pub add: Vec<(String, V)>,
    /// Values behind those that are there.
    pub append: Vec<(String, V)>,
}

impl<N, V> Edits<N, V> {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            remove,
            rename,
            replace,
            add,
            append,
        } = self;
        remove.is_empty()
            && rename.is_empty()
            && replace.is_empty()
            && add.is_empty()
            && append.is_empty()
    }
}

impl<N, V> Default for Edits<N, V> {
    fn default() -> Self {
        Self {
            remove: Vec::new(),
            rename: Vec::new(),
            replace: Vec::new(),
            add: Vec::new(),
            append: Vec::new(),
        }
    }
}
