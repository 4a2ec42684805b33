//! YAML out, in the style of goccy/go-yaml, which KrakenD 2.13 uses through gin.
//!
//! Block style with two spaces, lists at the column of their key, keys sorted, ambiguous strings in
//! double quotes, strings of several lines as literal blocks. Two deviations, so that a reader gets
//! back what was written: numbers stand bare (the original quotes them, since it takes them for
//! strings), and strings that the original would leave ambiguous or damage are quoted.

mod quote;

use std::io::Write;

use self::quote::{double_quoted, needs_quotes};
use crate::{Json, Object};

/// Columns by which each level is indented.
const INDENT: usize = 2;

/// Appends `data` as a YAML document to `out`.
pub fn encode(data: &Object, out: &mut Vec<u8>) {
    if data.is_empty() {
        out.extend_from_slice(b"{}\n");
    } else {
        mapping(data, 0, out);
    }
}

/// Writes the entries of `object`; the cursor stands at `column` of the first line.
fn mapping(object: &Object, column: usize, out: &mut Vec<u8>) {
    for (index, (key, value)) in object.iter().enumerate() {
        if index > 0 {
            pad(column, out);
        }
        scalar_line(key.as_str(), out);
        out.push(b':');
        match value {
            Json::Object(inside) if !inside.is_empty() => {
                out.push(b'\n');
                pad(column + INDENT, out);
                mapping(inside, column + INDENT, out);
            }
            Json::Record(entries) if !entries.is_empty() => {
                out.push(b'\n');
                pad(column + INDENT, out);
                mapping(&Object::from_entries(entries.clone()), column + INDENT, out);
            }
            Json::Array(items) if !items.is_empty() => {
                out.push(b'\n');
                pad(column, out);
                sequence(items, column, out);
            }
            leaf => {
                out.push(b' ');
                self::leaf(leaf, column + INDENT, out);
            }
        }
    }
}

/// Writes the items of a list; the cursor stands at `column` of the first line.
fn sequence(items: &[Json], column: usize, out: &mut Vec<u8>) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            pad(column, out);
        }
        out.extend_from_slice(b"- ");
        match item {
            Json::Object(inside) if !inside.is_empty() => mapping(inside, column + INDENT, out),
            Json::Record(entries) if !entries.is_empty() => {
                mapping(&Object::from_entries(entries.clone()), column + INDENT, out);
            }
            Json::Array(inside) if !inside.is_empty() => sequence(inside, column + INDENT, out),
            leaf => self::leaf(leaf, column + INDENT, out),
        }
    }
}

/// Writes a value without parts and ends its line; lines that follow begin at `column`.
fn leaf(value: &Json, column: usize, out: &mut Vec<u8>) {
    match value {
        Json::Null => out.extend_from_slice(b"null"),
        Json::Bool(value) => {
            // Writing to a vector cannot fail.
            let _ = write!(out, "{value}");
        }
        Json::Number(text) => out.extend_from_slice(text.as_str().as_bytes()),
        Json::String(text) => match literal_header(text.as_str()) {
            Some(header) => return literal(text.as_str(), header, column, out),
            None => scalar_line(text.as_str(), out),
        },
        Json::Array(_) => out.extend_from_slice(b"[]"),
        Json::Object(_) | Json::Record(_) => out.extend_from_slice(b"{}"),
    }
    out.push(b'\n');
}

fn scalar_line(text: &str, out: &mut Vec<u8>) {
    if needs_quotes(text) {
        double_quoted(text, out);
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

/// How a string of several lines is written as a literal block, if it can be.
fn literal_header(text: &str) -> Option<&'static str> {
    let body = text.trim_end_matches('\n');
    let several = body.len() < text.len() || body.contains('\n');
    if !several || body.is_empty() || text.starts_with('\n') || quote::unfit_for_block(text) {
        return None;
    }
    Some(match text.len() - body.len() {
        0 => "|-",
        1 => "|",
        _ => "|+",
    })
}

fn literal(text: &str, header: &str, column: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(header.as_bytes());
    out.push(b'\n');
    let body = text.trim_end_matches('\n');
    for line in body.split('\n') {
        pad(column, out);
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    // The first break ends the last line; further ones are lines of their own.
    out.resize(
        out.len() + (text.len() - body.len()).saturating_sub(1),
        b'\n',
    );
}

fn pad(column: usize, out: &mut Vec<u8>) {
    out.resize(out.len() + column, b' ');
}

#[cfg(test)]
mod tests;
