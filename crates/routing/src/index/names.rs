//! Values by names with a wildcard.

use smallvec::SmallVec;

use super::trie::Trie;
use crate::hash::TextMap;
use crate::name::Name;

/// Longer names are turned around on the heap; no name of a host is as long.
const NAME_BYTES_TYPICAL: usize = 256;

/// Values by names with a wildcard.
#[derive(Debug)]
pub(super) struct Names<T> {
    exact: TextMap<T>,
    begins: Trie<T>,
    /// By names from their last byte on.
    ends: Trie<T>,
    any: T,
}

impl<T: Default> Default for Names<T> {
    fn default() -> Self {
        Self {
            exact: TextMap::default(),
            begins: Trie::default(),
            ends: Trie::default(),
            any: T::default(),
        }
    }
}

impl<T> Names<T> {
    /// The value of all names.
    pub(super) fn any(&mut self) -> &mut T {
        &mut self.any
    }

    /// The value of a name.
    pub(super) fn entry(&mut self, name: &Name) -> &mut T
    where
        T: Default,
    {
        match name {
            Name::Exact(name) => self.exact.entry(name.clone()).or_default(),
            Name::BeginsWith(head) => self.begins.entry(head.as_bytes()),
            Name::EndsWith(end) => self.ends.entry(&reversed(end)),
        }
    }

    /// Gives the values of all names that a text matches to `look`: exact ones first, then
    /// wildcards, then the one of all names.
    pub(super) fn each(&self, text: &str, mut look: impl FnMut(&T)) {
        if let Some(value) = self.exact.get(text) {
            look(value);
        }
        if !self.ends.is_empty() {
            let text = reversed(text);
            self.ends.prefixes(&text).for_each(|(value, _)| look(value));
        }
        if !self.begins.is_empty() {
            let values = self.begins.prefixes(text.as_bytes());
            values.for_each(|(value, _)| look(value));
        }
        look(&self.any);
    }

    /// The same names with other values.
    pub(super) fn map<U>(self, map: &impl Fn(T) -> U) -> Names<U> {
        let exact = self.exact.into_iter();
        Names {
            exact: exact.map(|(name, value)| (name, map(value))).collect(),
            begins: self.begins.map(map),
            ends: self.ends.map(map),
            any: map(self.any),
        }
    }
}

fn reversed(text: &str) -> SmallVec<[u8; NAME_BYTES_TYPICAL]> {
    text.bytes().rev().collect()
}
