//! XML in, by the rules of mxj 2.7 (KrakenD).
//!
//! The root is the one key. An element with nothing but text is a string; with attributes or
//! elements inside it is an object, attributes with a hyphen before their names, text under `#text`.
//! Elements of one name become a list. Prefixes of namespaces are dropped, values stay strings.

use super::DecodeError;
use super::markup::{self, Content, Element, Entities};
use crate::{Json, Object, Text};

pub(super) fn decode(body: &[u8]) -> Result<Object, DecodeError> {
    let root = markup::read(body, Entities::Xml)?;
    let key = Text::from(root.local_name().to_owned());
    Ok(Object::from_entries(vec![(key, value(root))]))
}

fn value(element: Element) -> Json {
    let attributes = element.attributes.into_iter();
    let mut parts: Vec<(Text, Json)> = attributes
        .map(|(name, value)| (format!("-{}", markup::local(&name)).into(), value.into()))
        .collect();
    // The last run of text before any part, and the last one after: the former counts.
    let (mut before, mut after) = (None, None);
    for content in element.content {
        match content {
            Content::Element(child) => {
                let key = Text::from(child.local_name().to_owned());
                parts.push((key, value(child)));
            }
            Content::Text(run) | Content::Literal(run) => {
                let run = run.trim_matches(['\t', '\r', '\u{8}', '\n', ' ']);
                if run.is_empty() {
                    continue;
                }
                *(if parts.is_empty() {
                    &mut before
                } else {
                    &mut after
                }) = Some(run.to_owned());
            }
        }
    }
    let text = before.or(after);
    if parts.is_empty() {
        return text.unwrap_or_default().into();
    }
    let mut object = gather(parts);
    if let Some(text) = text {
        object.insert("#text", text);
    }
    Json::Object(object)
}

/// Makes lists of the elements that share a name; of attributes that do, the last stays.
fn gather(mut parts: Vec<(Text, Json)>) -> Object {
    parts.sort_by(|a, b| a.0.cmp(&b.0));
    let mut entries: Vec<(Text, Json)> = Vec::with_capacity(parts.len());
    let mut repeated: Vec<Json> = Vec::new();
    for (key, value) in parts {
        match entries.last_mut() {
            Some((last, kept)) if *last == key && !key.as_str().starts_with('-') => {
                repeated.push(std::mem::replace(kept, value));
            }
            _ => {
                close(&mut entries, &mut repeated);
                entries.push((key, value));
            }
        }
    }
    close(&mut entries, &mut repeated);
    Object::from_entries(entries)
}

/// Puts the earlier values of a repeated name before the one that was kept.
fn close(entries: &mut [(Text, Json)], repeated: &mut Vec<Json>) {
    if repeated.is_empty() {
        return;
    }
    if let Some((_, kept)) = entries.last_mut() {
        repeated.push(std::mem::take(kept));
        *kept = Json::Array(std::mem::take(repeated));
    }
}

#[cfg(test)]
#[path = "xml_tests.rs"]
mod tests;
