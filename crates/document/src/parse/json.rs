//! Strict JSON, as Go's `encoding/json` reads it, with a place for everything.
//!
//! What Go refuses is refused: comments, trailing commas, text after the document, control
//! characters in strings, a byte order mark. What is different is the error: it names the mistake
//! that was probably made, and where that is cheap the reading goes on as if it had not been made,
//! so that one run shows several mistakes. The recursion is bounded by
//! [`DEPTH_MAX`](crate::limits::DEPTH_MAX).

mod container;
mod number;
mod space;
mod string;
#[cfg(test)]
mod tests;
mod word;

use super::Parsed;
use super::findings::{Findings, quoted};
use crate::limits::NODES_MAX;
use crate::{Diagnostic, Node, SourceId, Value};

/// Reads one JSON document. The tree is there unless the reading had to stop.
pub(super) fn read(source: SourceId, text: &str) -> Parsed {
    let mut reader = Reader {
        text,
        at: 0,
        nodes: 0,
        openers: Vec::new(),
        suspect: None,
        findings: Findings::new(source),
    };
    let root = reader.document();
    Parsed {
        roots: root.into_iter().collect(),
        diagnostics: reader.findings.finish(),
    }
}

/// The reading cannot go on; why is among the findings.
struct Stop;

type Read<T> = Result<T, Stop>;

struct Reader<'t> {
    text: &'t str,
    /// The next byte; always on a character boundary.
    at: usize,
    nodes: usize,
    /// Places of the brackets that are open.
    openers: Vec<usize>,
    /// The first pair of brackets whose lines are indented differently: where brackets do not
    /// balance, the mistake is probably there.
    suspect: Option<(usize, usize)>,
    findings: Findings,
}

impl<'t> Reader<'t> {
    fn document(&mut self) -> Option<Node> {
        self.byte_order_mark();
        self.space();
        if self.at == self.text.len() {
            self.error(
                "T0007",
                "the document is empty",
                (0, 0),
                "",
                "it needs at least `{}`",
            );
            return None;
        }
        let root = self.value().ok()?;
        self.space();
        if self.at < self.text.len() {
            self.text_behind();
        }
        Some(root)
    }

    fn value(&mut self) -> Read<Node> {
        self.nodes += 1;
        let start = self.at;
        if self.nodes > NODES_MAX {
            let message = format!("the document holds more than {NODES_MAX} values");
            return self.stop("T0004", message, (start, start), "", "");
        }
        let Some(c) = self.peek_char() else {
            return self.unclosed();
        };
        let value = match c {
            '{' => self.object()?,
            '[' => self.array()?,
            '"' => Value::String(self.string_value()?),
            '0'..='9' | '-' | '+' | '.' => self.number(),
            ',' | '}' | ']' => self.missing_value(),
            '\'' | '`' | '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' | '\u{201e}' => {
                Value::String(self.foreign_string(c)?)
            }
            _ if word::begins(c) => self.word_value(),
            _ => return self.unexpected("a value"),
        };
        Ok(Node {
            value,
            span: self.findings.span(start, self.at),
        })
    }

    fn missing_value(&mut self) -> Value {
        let found = quoted(&self.text[self.at..=self.at]);
        let message = format!("a value is missing before {found}");
        let help = "write the value, or `null`, or remove what announces it";
        self.error(
            "T0116",
            message,
            (self.at, self.at + 1),
            "a value belongs before this",
            help,
        );
        Value::Null
    }

    fn unexpected<T>(&mut self, wanted: &str) -> Read<T> {
        let Some(c) = self.peek_char() else {
            return self.unclosed();
        };
        let span = (self.at, self.at + c.len_utf8());
        // Of `{{` the first is taken for an object.
        let before = usize::from(c == '{' && self.text[..self.at].ends_with('{'));
        let rest = &self.text[self.at - before..];
        let help = if rest.starts_with("{{") || rest.starts_with("{%") || rest.starts_with("<%") {
            "this looks like a template; it must be rendered before it is JSON"
        } else {
            ""
        };
        let message = format!("expected {wanted}, found {}", quoted(&c.to_string()));
        self.stop("T0101", message, span, "", help)
    }

    fn text_behind(&mut self) {
        let Some(c) = self.peek_char() else { return };
        let span = (self.at, self.at + c.len_utf8());
        if c == '}' || c == ']' {
            let message = format!("there is one `{c}` too many");
            let label = "everything that was opened is already closed";
            let finding = self.finding("T0114", message, span, label, "remove it");
            self.report_brackets(finding);
            return;
        }
        let message = format!(
            "the document has ended, but {} follows",
            quoted(&c.to_string())
        );
        let help = "a file holds exactly one JSON value; remove the rest";
        self.error(
            "T0114",
            message,
            span,
            "this is behind the end of the document",
            help,
        );
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn peek_char(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    /// The rest of the line from `start`, without its line break.
    fn line_from(&self, start: usize) -> &'t str {
        let rest = &self.text[start..];
        &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())]
    }

    fn finding(
        &self,
        code: &'static str,
        message: impl Into<String>,
        (start, end): (usize, usize),
        label: &str,
        help: &str,
    ) -> Diagnostic {
        Diagnostic::error(code, message)
            .at(self.findings.span(start, end), label)
            .help(help)
    }

    fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        place: (usize, usize),
        label: &str,
        help: &str,
    ) {
        let finding = self.finding(code, message, place, label, help);
        self.findings.push(finding);
    }

    fn stop<T>(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        place: (usize, usize),
        label: &str,
        help: &str,
    ) -> Read<T> {
        self.error(code, message, place, label, help);
        Err(Stop)
    }
}
