//! Objects and arrays: commas, colons, brackets that do not match, keys that stand twice.

use super::{Read, Reader, Stop, quoted, word};
use crate::limits::DEPTH_MAX;
use crate::{Diagnostic, Entry, Key, Value};

impl Reader<'_> {
    pub(super) fn object(&mut self) -> Read<Value> {
        self.open()?;
        let mut entries = Vec::new();
        while self.another(b'}')? {
            entries.push(self.entry()?);
            self.separator(b'}')?;
        }
        self.last_of_each(&mut entries);
        Ok(Value::Object(entries))
    }

    pub(super) fn array(&mut self) -> Read<Value> {
        self.open()?;
        let mut items = Vec::new();
        while self.another(b']')? {
            items.push(self.value()?);
            self.separator(b']')?;
        }
        Ok(Value::Array(items))
    }

    fn open(&mut self) -> Read<()> {
        if self.openers.len() == DEPTH_MAX {
            let message = format!("the document is nested deeper than {DEPTH_MAX} levels");
            return self.stop("T0003", message, (self.at, self.at + 1), "", "");
        }
        self.openers.push(self.at);
        self.at += 1;
        Ok(())
    }

    /// Whether another entry or item follows; passes the closing bracket if not.
    fn another(&mut self, close: u8) -> Read<bool> {
        loop {
            self.space();
            match self.peek() {
                None => return self.unclosed(),
                Some(byte) if byte == close => {
                    self.close();
                    return Ok(false);
                }
                Some(b',') => {
                    self.missing_value();
                    self.at += 1;
                }
                Some(b'}' | b']') => return self.mismatch(close),
                Some(_) => return Ok(true),
            }
        }
    }

    fn close(&mut self) {
        if let Some(open) = self.openers.pop()
            && self.suspect.is_none()
            && self
                .leading_space(self.at)
                .is_some_and(|indent| indent != self.line_indent(open))
        {
            self.suspect = Some((open, self.at));
        }
        self.at += 1;
    }

    /// How far a bracket that begins its line is indented.
    fn leading_space(&self, at: usize) -> Option<usize> {
        let before = self.text[..at].trim_end_matches([' ', '\t']);
        (before.is_empty() || before.ends_with('\n')).then_some(at - before.len())
    }

    /// How far the line is indented that a bracket stands in.
    fn line_indent(&self, at: usize) -> usize {
        let line = self.text[..at].rfind('\n').map_or(0, |i| i + 1);
        self.text[line..]
            .bytes()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count()
    }

    fn entry(&mut self) -> Read<Entry> {
        let start = self.at;
        let Some(c) = self.peek_char() else {
            return self.unclosed();
        };
        let text = match c {
            '"' => self.string_key()?,
            '\'' | '`' | '\u{2018}'..='\u{201f}' => self.foreign_string(c)?,
            _ if word::begins(c) || c.is_ascii_digit() => self.word_key(),
            _ => return self.unexpected("a key in quotation marks or `}`"),
        };
        let key = Key {
            text,
            span: self.findings.span(start, self.at),
        };
        let node = if self.colon(&key)? {
            self.space();
            self.value()?
        } else {
            crate::Node {
                value: Value::Null,
                span: self.findings.span(self.at, self.at),
            }
        };
        Ok(Entry { key, node })
    }

    /// Passes the colon; `false` where there is no value either.
    fn colon(&mut self, key: &Key) -> Read<bool> {
        let end = self.at;
        self.space();
        let shown = quoted(&word::in_quotes(&key.text));
        let label = "a colon belongs here";
        match self.peek_char() {
            Some(':') => self.at += 1,
            None => return self.unclosed(),
            Some('=') => {
                let len = if self.text[self.at..].starts_with("=>") {
                    2
                } else {
                    1
                };
                let message = format!("the key {shown} is followed by `=`, not by a colon");
                self.error(
                    "T0107",
                    message,
                    (self.at, self.at + len),
                    label,
                    "write `:`",
                );
                self.at += len;
            }
            Some(',' | '}') => {
                let message = format!("the key {shown} has no value");
                let help = "write a colon and the value behind the key";
                self.error(
                    "T0107",
                    message,
                    (end, end),
                    "a colon and a value belong here",
                    help,
                );
                return Ok(false);
            }
            Some(c) if begins_value(c) => {
                let message = format!("there is no colon behind the key {shown}");
                self.error(
                    "T0107",
                    message,
                    (end, end),
                    label,
                    "write `:` between key and value",
                );
            }
            Some(_) => return self.unexpected("a colon"),
        }
        Ok(true)
    }

    /// Passes the comma behind an entry or item.
    fn separator(&mut self, close: u8) -> Read<()> {
        let end = self.at;
        self.space();
        let Some(c) = self.peek_char() else {
            return self.unclosed();
        };
        match c {
            '}' | ']' => return Ok(()),
            ',' => {
                let comma = self.at;
                self.at += 1;
                self.space();
                if self.peek() == Some(close) {
                    let message = "there is a comma behind the last element";
                    self.error("T0108", message, (comma, comma + 1), "", "remove the comma");
                }
            }
            ';' => {
                let message = "elements are separated by commas, not by `;`";
                self.error("T0106", message, (self.at, self.at + 1), "", "write `,`");
                self.at += 1;
            }
            _ if begins_value(c) && (close == b']' || begins_key(c)) => {
                let next = self.findings.span(self.at, self.at + c.len_utf8());
                let end = self.findings.span(end, end);
                self.findings.push(
                    Diagnostic::error("T0106", "there is no comma between two elements")
                        .at(end, "a comma belongs here")
                        .also_at(next, "the next element begins here")
                        .help("write `,` between them"),
                );
            }
            _ => {
                return self.unexpected(if close == b'}' {
                    "`,` or `}`"
                } else {
                    "`,` or `]`"
                });
            }
        }
        Ok(())
    }

    /// Keeps the last of entries with one key, and tells of the others.
    fn last_of_each(&mut self, entries: &mut Vec<Entry>) {
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by(|&a, &b| {
            entries[a]
                .key
                .text
                .cmp(&entries[b].key.text)
                .then(a.cmp(&b))
        });
        let mut dropped = Vec::new();
        for pair in order.windows(2) {
            let (first, second) = (&entries[pair[0]].key, &entries[pair[1]].key);
            if first.text == second.text {
                let message = format!(
                    "the key {} stands twice",
                    quoted(&word::in_quotes(&first.text))
                );
                self.findings.push(
                    Diagnostic::warning("T0102", message)
                        .at(second.span, "this one counts")
                        .also_at(first.span, "this one is ignored, with all below it")
                        .help("remove one of them"),
                );
                dropped.push(pair[0]);
            }
        }
        if !dropped.is_empty() {
            dropped.sort_unstable();
            let mut index = 0;
            entries.retain(|_| {
                index += 1;
                dropped.binary_search(&(index - 1)).is_err()
            });
        }
    }

    /// The document ends while brackets are open.
    pub(super) fn unclosed<T>(&mut self) -> Read<T> {
        let end = self.text.trim_end().len();
        let Some(&open) = self.openers.last() else {
            return self.stop(
                "T0007",
                "the document ends before its value",
                (end, end),
                "",
                "",
            );
        };
        let (what, close) = kind_of(self.text.as_bytes()[open]);
        let more = match self.openers.len() - 1 {
            0 => String::new(),
            more => format!(" ({more} more brackets are open around it)"),
        };
        let message = format!("the document ends before `{close}` closes the {what}{more}");
        let label = format!("`{close}` is missing here or before");
        let opening = self.findings.span(open, open + 1);
        let finding = self
            .finding(
                "T0111",
                message,
                (end, end),
                &label,
                &format!("add `{close}`"),
            )
            .also_at(opening, format!("the {what} begins here"));
        self.report_brackets(finding);
        Err(Stop)
    }

    fn mismatch(&mut self, close: u8) -> Read<bool> {
        let (found, close) = (char::from(self.text.as_bytes()[self.at]), char::from(close));
        let message = format!("expected `{close}`, found `{found}`");
        let place = (self.at, self.at + 1);
        let help = format!("write `{close}`, or add it before `{found}`");
        let mut finding = self.finding("T0112", message, place, "", &help);
        if let Some(&open) = self.openers.last() {
            let (what, _) = kind_of(self.text.as_bytes()[open]);
            let span = self.findings.span(open, open + 1);
            finding = finding.also_at(span, format!("this {what} is still open"));
        }
        self.report_brackets(finding);
        Err(Stop)
    }

    /// A finding about brackets, with the pair that looks wrong by its indentation.
    pub(super) fn report_brackets(&mut self, mut finding: Diagnostic) {
        if let Some((open, close)) = self.suspect {
            let (open, close) = (
                self.findings.span(open, open + 1),
                self.findings.span(close, close + 1),
            );
            finding = finding.also_at(open, "this one ...").also_at(
                close,
                "... is closed here, at another indentation: is one missing before?",
            );
        }
        self.findings.push(finding);
    }
}

fn kind_of(open: u8) -> (&'static str, char) {
    if open == b'{' {
        ("object", '}')
    } else {
        ("array", ']')
    }
}

fn begins_key(c: char) -> bool {
    matches!(c, '"' | '\'') || word::begins(c)
}

fn begins_value(c: char) -> bool {
    begins_key(c) || c.is_ascii_digit() || matches!(c, '{' | '[' | '-' | '+')
}
