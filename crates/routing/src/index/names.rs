//! Values by names with a wildcard.

use smallvec::SmallVec;

use super::forest::{Forest, Sapling, Tree};
use crate::hash::TextMap;
use crate::name::Name;

/// Longer names are turned around on the heap; no name of a host is as long.
const NAME_BYTES_TYPICAL: usize = 256;

/// Values by names with a wildcard, while they are gathered.
#[derive(Debug, Default)]
pub(super) struct NamesInMaking<T> {
    exact: TextMap<T>,
    begins: Sapling<T>,
    /// By names from their last byte on.
    ends: Sapling<T>,
    any: T,
}

impl<T: Default> NamesInMaking<T> {
    /// The value of all names.
    pub(super) fn any(&mut self) -> &mut T {
        &mut self.any
    }

    /// The value of a name.
    pub(super) fn entry(&mut self, name: &Name) -> &mut T {
        match name {
            Name::Exact(name) => self.exact.entry(name.clone()).or_default(),
            Name::BeginsWith(head) => self.begins.entry(head.as_bytes()),
            Name::EndsWith(end) => self.ends.entry(&reversed(end)),
        }
    }
}

/// Values by names with a wildcard.
#[derive(Debug)]
pub(super) struct Names<T> {
    exact: TextMap<T>,
    wildcards: Forest<T>,
    begins: Option<Tree>,
    ends: Option<Tree>,
    any: T,
}

impl<T> Names<T> {
    /// The names with other values.
    pub(super) fn new<S>(names: NamesInMaking<S>, mut map: impl FnMut(S) -> T) -> Self {
        let mut wildcards = Forest::default();
        let exact = names.exact.into_iter();
        Self {
            exact: exact.map(|(name, value)| (name, map(value))).collect(),
            begins: wildcards.plant(names.begins, &mut map),
            ends: wildcards.plant(names.ends, &mut map),
            wildcards,
            any: map(names.any),
        }
    }

    /// Gives the values of all names that a text matches to `look`: exact ones first, then
    /// wildcards, then the one of all names.
    pub(super) fn each(&self, text: &str, mut look: impl FnMut(&T)) {
        if let Some(value) = self.exact.get(text) {
            look(value);
        }
        if self.ends.is_some() {
            let text = reversed(text);
            let values = self.wildcards.prefixes(self.ends, &text);
            values.for_each(|(value, _)| look(value));
        }
        let values = self.wildcards.prefixes(self.begins, text.as_bytes());
        values.for_each(|(value, _)| look(value));
        look(&self.any);
    }
}

fn reversed(text: &str) -> SmallVec<[u8; NAME_BYTES_TYPICAL]> {
    text.bytes().rev().collect()
}
