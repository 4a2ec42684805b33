//! XML out, as KrakenD renders it: the rules of mxj 2.7 with escaping on.
//!
//! Each key is an element, each list repeats its element, keys that begin with a hyphen are
//! attributes of the element around them and `#text` is its text. The one key of an object is the
//! root; otherwise, and when it holds a list of anything but objects, the root is `<doc>`. Names are
//! written as they come, values are escaped. An attribute that is neither text, number nor boolean
//! leaves the whole answer empty.

use crate::template::print_value;
use crate::{Json, Object};

/// Root of a document that has not exactly one key.
const DEFAULT_ROOT: &str = "doc";
const TEXT: &str = "#text";

/// An attribute whose value cannot be written.
struct BadAttribute;

/// Appends `data` as an XML document to `out`; nothing when it cannot be written.
pub fn encode(data: &Object, out: &mut Vec<u8>) {
    let start = out.len();
    let written = match only_root(data) {
        Some((name, value)) => element(name, value, out),
        None => object(DEFAULT_ROOT, data, out),
    };
    if written.is_err() {
        out.truncate(start);
    }
}

fn only_root(data: &Object) -> Option<(&str, &Json)> {
    let (name, value) = data.iter().next().filter(|_| data.len() == 1)?;
    match value {
        Json::Array(items) if items.iter().any(|item| item.as_object().is_none()) => None,
        _ => Some((name.as_str(), value)),
    }
}

fn element(name: &str, value: &Json, out: &mut Vec<u8>) -> Result<(), BadAttribute> {
    match value {
        Json::Object(inside) => return object(name, inside, out),
        Json::Record(entries) => return object(name, &Object::from_entries(entries.clone()), out),
        Json::Array(items) if items.is_empty() => empty(name, out),
        Json::Array(items) => return items.iter().try_for_each(|item| element(name, item, out)),
        Json::Null => empty(name, out),
        Json::String(text) if text.as_str().is_empty() => empty(name, out),
        scalar => {
            open(name, out);
            out.push(b'>');
            text(scalar, out);
            close(name, out);
        }
    }
    Ok(())
}

fn object(name: &str, inside: &Object, out: &mut Vec<u8>) -> Result<(), BadAttribute> {
    open(name, out);
    let attributes = inside
        .iter()
        .filter_map(|(key, value)| Some((attribute_name(key.as_str())?, value)));
    let mut count = 0;
    for (name, value) in attributes {
        if !matches!(value, Json::String(_) | Json::Number(_) | Json::Bool(_)) {
            return Err(BadAttribute);
        }
        out.push(b' ');
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"=\"");
        text(value, out);
        out.push(b'"');
        count += 1;
    }
    if count == inside.len() {
        out.extend_from_slice(b"/>");
        return Ok(());
    }
    out.push(b'>');
    if let Some(value) = inside.get(TEXT) {
        text(value, out);
    }
    for (key, value) in inside.iter() {
        if key.as_str() != TEXT && attribute_name(key.as_str()).is_none() {
            element(key.as_str(), value, out)?;
        }
    }
    close(name, out);
    Ok(())
}

/// The attribute that a key stands for; a lone hyphen is an element.
fn attribute_name(key: &str) -> Option<&str> {
    key.strip_prefix('-').filter(|name| !name.is_empty())
}

fn open(name: &str, out: &mut Vec<u8>) {
    out.push(b'<');
    out.extend_from_slice(name.as_bytes());
}

fn close(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"</");
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
}

fn empty(name: &str, out: &mut Vec<u8>) {
    open(name, out);
    out.extend_from_slice(b"/>");
}

/// Strings escaped, anything else as Go prints it.
fn text(value: &Json, out: &mut Vec<u8>) {
    let Json::String(text) = value else {
        let mut printed = String::new();
        print_value(value, &mut printed);
        out.extend_from_slice(printed.as_bytes());
        return;
    };
    for &byte in text.as_str().as_bytes() {
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            b'"' => out.extend_from_slice(b"&quot;"),
            b'\'' => out.extend_from_slice(b"&apos;"),
            byte => out.push(byte),
        }
    }
}

#[cfg(test)]
#[path = "xml_tests.rs"]
mod tests;
