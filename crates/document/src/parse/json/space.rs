//! What may stand between the parts of a JSON document, and what people put there though it may
//! not: comments, invisible characters, a byte order mark.

use super::Reader;

const MARK: char = '\u{feff}';

impl Reader<'_> {
    /// Go refuses a byte order mark too, but calls it an invalid character.
    pub(super) fn byte_order_mark(&mut self) {
        if self.text.starts_with(MARK) {
            let end = MARK.len_utf8();
            let message = "the file begins with a byte order mark, which JSON does not allow";
            let help = "save it as \"UTF-8\", not as \"UTF-8 with BOM\"";
            self.error(
                "T0006",
                message,
                (0, end),
                "three invisible bytes stand here",
                help,
            );
            self.at = end;
        }
    }

    /// Passes white space, and what is no white space but means nothing either.
    pub(super) fn space(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b'/' if self.text[self.at..].starts_with("//") => self.line_comment(),
                b'/' if self.text[self.at..].starts_with("/*") => self.block_comment(),
                b'#' => self.line_comment(),
                0x21..0x7f => return,
                _ => {
                    if !self.invisible() {
                        return;
                    }
                }
            }
        }
    }

    fn line_comment(&mut self) {
        let start = self.at;
        self.at += self.line_from(start).len();
        self.comment(start);
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let rest = &self.text[start + 2..];
        self.at = rest
            .find("*/")
            .map_or(self.text.len(), |end| start + 2 + end + 2);
        self.comment(start);
    }

    fn comment(&mut self, start: usize) {
        let help = "remove it, or keep it as a key of its own: `\"_comment\": \"...\"`";
        let text = &self.text[start..self.at];
        let place = (start, start + text.find(['\n', '\r']).unwrap_or(text.len()));
        self.error("T0115", "JSON has no comments", place, "", help);
    }

    fn invisible(&mut self) -> bool {
        let Some(c) = self.peek_char() else {
            return false;
        };
        let means_nothing = c.is_whitespace()
            || c.is_control()
            || matches!(c, MARK | '\u{200b}'..='\u{200f}' | '\u{2060}');
        if means_nothing {
            let end = self.at + c.len_utf8();
            let message = format!(
                "the character U+{:04X} is no JSON white space",
                u32::from(c)
            );
            let help = "replace it by an ordinary space";
            self.error(
                "T0101",
                message,
                (self.at, end),
                "an invisible character",
                help,
            );
            self.at = end;
        }
        means_nothing
    }
}
