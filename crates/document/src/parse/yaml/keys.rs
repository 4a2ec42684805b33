//! Keys of a mapping: those that stand twice, and the merge key.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, ScalarStyle};

use super::super::findings::quoted;
use super::build::Builder;
use crate::{Diagnostic, Entry, Node, Span, Value};

/// Whether a key is YAML 1.1's `<<`; in quotation marks it is text.
pub(super) fn is_merge(event: &Event<'_>) -> bool {
    matches!(event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<")
}

/// Adds what the mapping does not have itself; of several sources the first that has a key counts.
pub(super) fn merge(entries: &mut Vec<Entry>, sources: Vec<Node>) {
    if sources.is_empty() {
        return;
    }
    let mut known: HashSet<String> = entries.iter().map(|e| e.key.text.clone()).collect();
    for source in sources {
        let Value::Object(more) = source.value else {
            continue;
        };
        entries.extend(
            more.into_iter()
                .filter(|entry| known.insert(entry.key.text.clone())),
        );
    }
}

impl Builder {
    /// A key that stands twice is an error, as in `yaml.v3`; the last one is kept.
    pub(super) fn refuse_doubles(&mut self, entries: &mut Vec<Entry>) {
        let mut seen: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
        let mut doubles = HashSet::new();
        for (i, entry) in entries.iter().enumerate() {
            let Some(before) = seen.insert(&entry.key.text, i) else {
                continue;
            };
            self.double(&entry.key.text, entries[before].key.span, entry.key.span);
            doubles.insert(before);
        }
        if !doubles.is_empty() {
            let mut index = 0;
            entries.retain(|_| {
                index += 1;
                !doubles.contains(&(index - 1))
            });
        }
    }

    pub(super) fn double(&mut self, key: &str, first: Span, second: Span) {
        let message = format!("the key {} is already defined", quoted(key));
        self.findings.push(
            Diagnostic::error("T0202", message)
                .at(second, "defined again here")
                .also_at(first, "first defined here")
                .help("remove one of them"),
        );
    }
}
