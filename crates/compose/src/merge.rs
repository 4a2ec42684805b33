//! Merging the bodies of several steps into one.

use crate::{Json, Object, Text};

/// Merges `from` into `into`, first level only: of equal keys the one of `from` stays.
///
/// KrakenD 2.13, lura's default combiner. It merges in order of arrival; the caller chooses the
/// order here and should keep to that of the document, so that a clash has one outcome.
pub fn merge(into: &mut Object, from: Object) {
    if from.is_empty() {
        return;
    }
    if into.is_empty() {
        *into = from;
        return;
    }
    let old = std::mem::take(into).into_entries();
    let mut merged: Vec<(Text, Json)> = Vec::with_capacity(old.len() + from.len());
    let mut old = old.into_iter().peekable();
    for (key, value) in from {
        while let Some(entry) = old.next_if(|(candidate, _)| *candidate < key) {
            merged.push(entry);
        }
        old.next_if(|(candidate, _)| *candidate == key);
        merged.push((key, value));
    }
    merged.extend(old);
    *into = Object::from_entries(merged);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(entries: &[(&'static str, i64)]) -> Object {
        entries.iter().map(|&(k, v)| (k.into(), v.into())).collect()
    }

    #[test]
    fn later_keys_overwrite() {
        let mut into = object(&[("a", 1), ("c", 1), ("e", 1)]);
        merge(&mut into, object(&[("b", 2), ("c", 2), ("f", 2)]));
        assert_eq!(
            into,
            object(&[("a", 1), ("b", 2), ("c", 2), ("e", 1), ("f", 2)])
        );
    }

    #[test]
    fn empty_sides_change_nothing() {
        let mut into = object(&[("a", 1)]);
        merge(&mut into, Object::new());
        assert_eq!(into, object(&[("a", 1)]));
        let mut into = Object::new();
        merge(&mut into, object(&[("a", 1)]));
        assert_eq!(into, object(&[("a", 1)]));
    }
}
