//! TOML 1, as far as JSON has a value for it: a date becomes a string, a number that JSON cannot
//! write is refused.

#[cfg(test)]
mod tests;

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue};

use super::Parsed;
use super::decimal::repaired;
use super::findings::{Findings, quoted};
use crate::limits::{DEPTH_MAX, NODES_MAX};
use crate::{Diagnostic, Entry, Key, Node, SourceId, Value};

/// Reads one TOML document. The tree is there unless the text has errors.
pub(super) fn read(source: SourceId, text: &str) -> Parsed {
    let mut reader = Reader {
        text,
        nodes: 0,
        findings: Findings::new(source),
    };
    let roots = reader.document().into_iter().collect();
    Parsed {
        roots,
        diagnostics: reader.findings.finish(),
    }
}

struct Reader<'t> {
    text: &'t str,
    nodes: usize,
    findings: Findings,
}

impl Reader<'_> {
    fn document(&mut self) -> Option<Node> {
        if let Some(at) = deep_key(self.text) {
            let message = format!("a key is nested deeper than {DEPTH_MAX} levels");
            self.error("T0003", message, at..at, "");
            return None;
        }
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            self.syntax_error(error);
        }
        if !errors.is_empty() {
            return None;
        }
        let value = self.table(table.get_ref(), 0)?;
        Some(Node {
            value,
            span: self.findings.span(0, self.text.len()),
        })
    }

    fn syntax_error(&mut self, error: &toml::de::Error) {
        let place = error.span().unwrap_or(0..0);
        let (code, message) = match error.message() {
            "duplicate key" => {
                let key = self.text.get(place.clone()).unwrap_or_default();
                (
                    "T0301",
                    format!("the key {} is already defined", quoted(key)),
                )
            }
            // The library's own limits are 80 brackets and 80 parts of one key.
            "recursion limit" => ("T0003", "the document is nested too deeply".to_owned()),
            message => ("T0301", message.replace('\n', ", ")),
        };
        self.error(code, message, place, "");
    }

    fn table(&mut self, table: &DeTable<'_>, depth: usize) -> Option<Value> {
        let mut written: Vec<_> = table.iter().collect();
        written.sort_by_key(|(key, _)| key.span().start);
        let mut entries = Vec::with_capacity(written.len());
        for (key, value) in written {
            let place = key.span();
            let span = self.findings.span(place.start, place.end);
            let node = self.node(value, depth + 1)?;
            entries.push(Entry {
                key: Key {
                    text: key.get_ref().to_string(),
                    span,
                },
                node,
            });
        }
        Some(Value::Object(entries))
    }

    fn array(&mut self, items: &DeArray<'_>, depth: usize) -> Option<Value> {
        items
            .iter()
            .map(|item| self.node(item, depth + 1))
            .collect::<Option<_>>()
            .map(Value::Array)
    }

    fn node(&mut self, value: &Spanned<DeValue<'_>>, depth: usize) -> Option<Node> {
        let place = value.span();
        self.nodes += 1;
        let container = matches!(value.get_ref(), DeValue::Array(_) | DeValue::Table(_));
        if self.nodes > NODES_MAX || (container && depth >= DEPTH_MAX) {
            self.limit(place);
            return None;
        }
        let span = self.findings.span(place.start, place.end);
        let value = match value.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Integer(integer) => self.integer(integer, place),
            DeValue::Float(float) => self.float(float.as_str(), place),
            DeValue::Boolean(value) => Value::Bool(*value),
            DeValue::Datetime(date) => Value::String(date.to_string()),
            DeValue::Array(items) => self.array(items, depth)?,
            DeValue::Table(table) => self.table(table, depth)?,
        };
        Some(Node { value, span })
    }

    /// TOML numbers are 64 bits wide, other ones are errors.
    fn integer(&mut self, integer: &DeInteger<'_>, place: Range<usize>) -> Value {
        if let Ok(number) = i64::from_str_radix(integer.as_str(), integer.radix()) {
            return Value::Number(number.to_string());
        }
        let message = format!(
            "the number {} does not fit 64 bits",
            quoted(integer.as_str())
        );
        self.error(
            "T0302",
            message,
            place,
            "write a smaller number, or a text in quotation marks",
        );
        Value::Number("0".to_owned())
    }

    fn float(&mut self, text: &str, place: Range<usize>) -> Value {
        if let Some(number) = repaired(text) {
            return Value::Number(number);
        }
        let message = format!("the number {} cannot be used here", quoted(text));
        self.error(
            "T0302",
            message,
            place,
            "write a number that has digits and fits 64 bits",
        );
        Value::Null
    }

    fn limit(&mut self, place: Range<usize>) {
        let (code, message) = if self.nodes > NODES_MAX {
            (
                "T0004",
                format!("the document holds more than {NODES_MAX} values"),
            )
        } else {
            (
                "T0003",
                format!("the document is nested deeper than {DEPTH_MAX} levels"),
            )
        };
        self.error(code, message, place.start..place.start, "");
    }

    fn error(&mut self, code: &'static str, message: String, place: Range<usize>, help: &str) {
        let end = self.text.ceil_char_boundary(place.end.min(self.text.len()));
        let start = self.text.floor_char_boundary(place.start.min(end));
        let span = self.findings.span(start, end);
        self.findings
            .push(Diagnostic::error(code, message).at(span, "").help(help));
    }
}

/// Where keys have more levels than a document may have, those of the tables around them included.
/// The library bounds brackets, and the dots of one key, but not both together: inline tables with
/// dotted keys would come back thousands of levels deep.
fn deep_key(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut dots, mut around) = (0, 0, Vec::new());
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' => at = behind_string(bytes, at),
            b'#' => {
                at += bytes[at..]
                    .iter()
                    .position(|b| *b == b'\n')
                    .unwrap_or(bytes.len() - at)
            }
            _ => at += 1,
        }
        match byte {
            b'.' => dots += 1,
            b'{' | b'[' => around.push(dots),
            b'}' | b']' => dots = around.pop().unwrap_or(0),
            b',' | b'\n' => dots = around.last().copied().unwrap_or(0),
            _ => {}
        }
        if dots >= DEPTH_MAX {
            return Some(at - 1);
        }
    }
    None
}

/// The first byte behind the string that begins at `start`, whether it is closed or not.
fn behind_string(bytes: &[u8], start: usize) -> usize {
    let mark = bytes[start];
    let long = bytes[start..].starts_with(&[mark; 3]);
    let mut at = start + if long { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if mark == b'"' => at += 2,
            b'\n' if !long => return at,
            _ if long && bytes[at..].starts_with(&[mark; 3]) => return at + 3,
            _ if !long && byte == mark => return at + 1,
            _ => at += 1,
        }
    }
    at.min(bytes.len())
}
