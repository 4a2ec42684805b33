//! Under which keys an expression can be looked up.
//!
//! An expression holds only if each part of its top-level `&&` does. A part that is one predicate
//! on a field, or an `||` of several on the same one, names the values that the field may have.

use std::borrow::Cow;

use super::Node;
use super::field::TextField;
use super::predicate::{Predicate, TextTest};
use crate::name::Name;
use crate::rule::{Keys, PathKey};

pub(super) fn keys(root: &Node) -> Keys<'_> {
    let mut keys = Keys::default();
    match root {
        Node::And(parts) => parts.iter().for_each(|part| add(part, &mut keys)),
        part => add(part, &mut keys),
    }
    keys
}

/// Adds what one part asks for. Of two parts on the same field the first one counts.
fn add<'r>(part: &'r Node, keys: &mut Keys<'r>) {
    let alternatives = match part {
        Node::Or(nodes) => nodes.as_slice(),
        node => std::slice::from_ref(node),
    };
    let Some((field, _)) = alternatives.first().and_then(positive) else {
        return;
    };
    let tests: Option<Vec<&'r TextTest>> = alternatives
        .iter()
        .map(|node| positive(node).filter(|(other, _)| *other == field))
        .map(|found| found.map(|(_, test)| test))
        .collect();
    let Some(tests) = tests else { return };
    match field {
        TextField::Host if keys.hosts.is_none() => keys.hosts = each(&tests, TextTest::name),
        TextField::Sni if keys.snis.is_none() => keys.snis = each(&tests, TextTest::name),
        TextField::Path if keys.paths.is_none() => keys.paths = each(&tests, TextTest::path),
        TextField::Method if keys.methods.is_none() => keys.methods = each(&tests, TextTest::value),
        TextField::Header(name) => {
            if let Some(values) = each(&tests, TextTest::value) {
                keys.headers.push((name, values));
            }
        }
        _ => {}
    }
}

/// A predicate on a text. Of hosts, methods and paths only the text as it came can be looked up;
/// lines of headers are looked up without letter case anyway.
fn positive(node: &Node) -> Option<(&TextField, &TextTest)> {
    match node {
        Node::Predicate(Predicate::Text {
            field, lower, test, ..
        }) if !lower || matches!(field, TextField::Header(_)) => Some((field, test)),
        _ => None,
    }
}

fn each<'r, T>(tests: &[&'r TextTest], key: impl Fn(&'r TextTest) -> Option<T>) -> Option<Vec<T>> {
    tests.iter().map(|test| key(test)).collect()
}

impl TextTest {
    fn name(&self) -> Option<Cow<'_, Name>> {
        Some(Cow::Owned(match self {
            Self::Equals(name) => Name::Exact(name.clone()),
            Self::BeginsWith(head) => Name::BeginsWith(head.clone()),
            Self::EndsWith(end) => Name::EndsWith(end.clone()),
            Self::Differs(_) | Self::Contains(_) | Self::Matches(_) => return None,
        }))
    }

    fn value(&self) -> Option<&str> {
        match self {
            Self::Equals(value) => Some(value),
            _ => None,
        }
    }

    fn path(&self) -> Option<PathKey<'_>> {
        match self {
            Self::Equals(path) => Some(PathKey::Exact(path)),
            Self::BeginsWith(head) => Some(PathKey::Prefix(head)),
            Self::Matches(pattern) => Some(PathKey::Prefix(&pattern.head)),
            Self::Differs(_) | Self::EndsWith(_) | Self::Contains(_) => None,
        }
    }
}
