//! Persons of feeds: a name and an address in one text.

use crate::{Json, Object};

/// A person with what is known of them.
pub(super) fn person(name: &str, email: &str) -> Json {
    let mut person = Object::new();
    super::set_text(&mut person, "email", email);
    super::set_text(&mut person, "name", name);
    person.into()
}

/// A person as RSS writes one: `name (address)`, `address (name)`, a name, or an address. Anything
/// else is a person of whom nothing is known.
pub(super) fn from_text(text: &str) -> Json {
    let (name, email) = split(text).unwrap_or_default();
    person(name, email)
}

fn split(text: &str) -> Option<(&str, &str)> {
    if !text.contains(['(', ')']) {
        return match text.matches('@').count() {
            0 => Some((text, "")),
            1 if !text.starts_with('@') && !text.ends_with('@') => Some(("", text)),
            _ => None,
        };
    }
    let (outside, inside) = text.strip_suffix(')')?.split_once('(')?;
    let trimmed = outside.trim_end();
    if trimmed.len() == outside.len() || trimmed.is_empty() || inside.is_empty() {
        return None;
    }
    match (trimmed.contains('@'), inside.contains('@')) {
        (true, false) => Some((inside, trimmed)),
        (false, true) => Some((trimmed, inside)),
        _ => None,
    }
}
