//! Strings: escapes, and the quotation mark that is missing.
//!
//! A string that is not closed swallows what follows, so the place where a reader stumbles is not
//! the place of the mistake. The finding therefore points at the opening mark, and where the rest
//! of the line shows which text was meant, the reading goes on behind that text.

use super::{Read, Reader, Stop, quoted, word};

impl Reader<'_> {
    /// A string where a value belongs; `at` is on its opening mark.
    pub(super) fn string_value(&mut self) -> Read<String> {
        let start = self.at;
        let Some(text) = self.string_content() else {
            return self.unclosed_value(start);
        };
        if !self.peek_char().is_some_and(char::is_alphanumeric) {
            return Ok(text);
        }
        // A letter right behind the closing mark: the mark was meant to be another one's opening
        // (`"a, "b"`), or stands inside a text (`"a "b" c"`).
        let inner = &self.text[start + 1..self.at - 1];
        match inner.trim_end().strip_suffix(',') {
            Some(meant) if !meant.is_empty() => {
                self.at = start + 1 + meant.len();
                self.not_closed(start, meant, &word::in_quotes(meant));
                Ok(meant.to_owned())
            }
            _ => self.inner_mark(start),
        }
    }

    /// A string where a key belongs; `at` is on its opening mark.
    pub(super) fn string_key(&mut self) -> Read<String> {
        let start = self.at;
        let content = self.string_content();
        let end = self.at;
        if let Some(text) = content {
            if self.text[end..].trim_start().starts_with(':') {
                return Ok(text);
            }
            return Ok(self.key_before_colon(start, end).unwrap_or(text));
        }
        if let Some(key) = self.key_before_colon(start, end) {
            return Ok(key);
        }
        let message = format!("the key {} is not closed", quoted(&self.text[start..end]));
        self.stop(
            "T0103",
            message,
            (start, start + 1),
            "it begins here",
            "add the closing `\"`",
        )
    }

    /// Text in marks that are not JSON's: `'a'`, `“a”`.
    pub(super) fn foreign_string(&mut self, open: char) -> Read<String> {
        let start = self.at;
        let inside = start + open.len_utf8();
        let close =
            |c: char| c == open || (open > '\u{7f}' && ('\u{2018}'..='\u{201f}').contains(&c));
        // To the closing mark or the end of the line, no further: a line may be long.
        let rest = &self.text[inside..];
        let len = rest.find(|c| c == '\n' || close(c)).unwrap_or(rest.len());
        let (text, behind) = rest.split_at(len);
        let Some(mark) = behind.chars().next().filter(|c| close(*c)) else {
            let line = self.text[start..inside + len].trim_end();
            let message = format!("the string {} is not closed", quoted(line));
            let help = "strings stand in quotation marks: `\"`";
            return self.stop("T0109", message, (start, inside), "it begins here", help);
        };
        self.at = inside + len + mark.len_utf8();
        let message = format!(
            "JSON strings stand in `\"`, not in {}",
            quoted(&open.to_string())
        );
        let help = format!("write {}", quoted(&word::in_quotes(text)));
        self.error("T0109", message, (start, self.at), "", &help);
        Ok(text.to_owned())
    }

    /// Reads to behind the closing mark; `None` at the end of a line that has none, `at` there.
    fn string_content(&mut self) -> Option<String> {
        let start = self.at;
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest
                .bytes()
                .position(|b| b == b'"' || b == b'\\' || b < 0x20);
            let plain = plain.unwrap_or(rest.len());
            out.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Some(out);
                }
                Some(b'\\') => self.escape(&mut out),
                None | Some(b'\n' | b'\r') => return None,
                Some(control) => self.control(start, control, &mut out),
            }
        }
    }

    fn control(&mut self, start: usize, control: u8, out: &mut String) {
        let written = match control {
            b'\t' => "\\t".to_owned(),
            _ => format!("\\u{control:04x}"),
        };
        let message = format!("a string contains the control character U+{control:04X}");
        let place = self.findings.span(self.at, self.at + 1);
        let opening = self.findings.span(start, start + 1);
        self.findings.push(
            crate::Diagnostic::error("T0104", message)
                .at(place, "here")
                .also_at(opening, "the string begins here")
                .help(format!("write `{written}`")),
        );
        out.push(char::from(control));
        self.at += 1;
    }

    fn escape(&mut self, out: &mut String) {
        let start = self.at;
        let Some(c) = self.text[start + 1..]
            .chars()
            .next()
            .filter(|c| !c.is_control())
        else {
            // The line ends behind the backslash: the string is not closed.
            self.at += 1;
            return;
        };
        self.at += 1 + c.len_utf8();
        match c {
            '"' | '\\' | '/' => out.push(c),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'u' => self.unicode_escape(start, out),
            _ => self.invalid_escape(start, c, out),
        }
    }

    fn unicode_escape(&mut self, start: usize, out: &mut String) {
        let Some(first) = self.four_digits() else {
            let message = "the escape `\\u` needs four hexadecimal digits";
            let help = "write it like `\\u00e9`, or write the character itself";
            return self.error("T0105", message, (start, self.at), "", help);
        };
        let mut unit = u32::from(first);
        if (0xd800..0xdc00).contains(&unit) && self.text[self.at..].starts_with("\\u") {
            let back = self.at;
            self.at += 2;
            match self.four_digits().map(u32::from) {
                Some(low @ 0xdc00..0xe000) => {
                    unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
                }
                _ => self.at = back,
            }
        }
        // As in Go, half a surrogate pair becomes the replacement character.
        out.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    fn four_digits(&mut self) -> Option<u16> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4)?;
        let digits = str::from_utf8(digits)
            .ok()
            .filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let unit = u16::from_str_radix(digits, 16).ok()?;
        self.at += 4;
        Some(unit)
    }

    fn invalid_escape(&mut self, start: usize, c: char, out: &mut String) {
        let message = format!("{} is no JSON escape", quoted(&format!("\\{c}")));
        let help = match c {
            '\'' => "a single quotation mark needs no backslash".to_owned(),
            'x' => "a character by its number is written like `\\u0041`".to_owned(),
            _ => format!("a backslash itself is written twice: `\\\\{c}`"),
        };
        self.error("T0105", message, (start, self.at), "", &help);
        out.push('\\');
        out.push(c);
    }

    /// The key that was meant by `"key: ...`, if the text looks like that; `at` is behind it then.
    fn key_before_colon(&mut self, start: usize, end: usize) -> Option<String> {
        let inner = &self.text[start + 1..end];
        let key = word::leading(inner);
        let rest = inner[key.len()..].trim_start().strip_prefix(':')?;
        if key.is_empty() {
            return None;
        }
        let value = rest.split([',', '"']).next().unwrap_or_default();
        let value = value
            .trim_end_matches(|c: char| "}] \t".contains(c))
            .trim_start();
        let value = if value.is_empty() { "..." } else { value };
        self.at = start + 1 + key.len();
        let shown = inner.trim_end_matches('"').trim_end();
        self.not_closed(start, shown, &format!("\"{key}\": {value}"));
        Some(key.to_owned())
    }

    /// A value whose line ends before its closing mark: what the line holds, without the commas
    /// and brackets at its end, is what was meant.
    fn unclosed_value(&mut self, start: usize) -> Read<String> {
        let inner = &self.text[start + 1..self.at];
        let meant = inner.trim_end_matches(|c: char| ",}] \t".contains(c));
        if meant.len() == inner.len() && self.at < self.text.len() {
            let message = format!(
                "the string {} is not closed on its line",
                quoted(&self.text[start..self.at])
            );
            let help =
                "add the closing quotation mark; a line break inside a string is written `\\n`";
            self.error("T0103", message, (start, start + 1), "it begins here", help);
            if !self.text[self.at..]
                .trim_start()
                .starts_with(['"', ',', '}', ']'])
            {
                // The text goes on in the next line.
                return Err(Stop);
            }
        } else {
            self.at = start + 1 + meant.len();
            self.not_closed(start, inner.trim_end(), &word::in_quotes(meant));
        }
        Ok(meant.to_owned())
    }

    fn not_closed(&mut self, start: usize, shown: &str, meant: &str) {
        let message = format!("the string {} is not closed", quoted(&format!("\"{shown}")));
        let help = format!("add the closing quotation mark: probably {}", quoted(meant));
        self.error(
            "T0103",
            message,
            (start, start + 1),
            "it begins here",
            &help,
        );
    }

    /// A mark inside a text that was not escaped: the string goes on to the last mark that a
    /// separator or the end of the line follows.
    fn inner_mark(&mut self, start: usize) -> Read<String> {
        let mark = self.at - 1;
        let rest = &self.text[self.at..];
        let place = (mark, mark + 1);
        let message = "a quotation mark inside a string ends it";
        let help = "a quotation mark that belongs to the text is written `\\\"`";
        let last = rest
            .match_indices(['"', '\n'])
            .take_while(|(_, found)| *found == "\"")
            .find(|(i, _)| {
                let behind = rest[i + 1..].trim_start_matches([' ', '\t', '\r']);
                behind.is_empty() || behind.starts_with([',', '}', ']', '\n'])
            });
        let Some((last, _)) = last else {
            return self.stop("T0117", message, place, "the string ends here", help);
        };
        self.error("T0117", message, place, "the string ends here", help);
        self.at += last + 1;
        Ok(self.text[start + 1..self.at - 1].to_owned())
    }
}
