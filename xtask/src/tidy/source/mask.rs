//! Blanks comments and fills the insides of strings and characters.
//!
//! The result has the same length in bytes and the same line ends as the text.

/// Stands for a byte inside a string or a character.
const INSIDE: u8 = b'_';

/// `text` with comments blanked and literals filled.
pub(super) fn mask(text: &str) -> String {
    let mut masked = Mask {
        bytes: text.as_bytes(),
        out: text.as_bytes().to_vec(),
        at: 0,
    };
    masked.run();
    // Only whole comments and literals were written over, and only by ASCII.
    String::from_utf8_lossy(&masked.out).into_owned()
}

struct Mask<'a> {
    bytes: &'a [u8],
    out: Vec<u8>,
    at: usize,
}

impl Mask<'_> {
    fn run(&mut self) {
        while let Some(byte) = self.peek(0) {
            match byte {
                b'/' if self.peek(1) == Some(b'/') => self.line_comment(),
                b'/' if self.peek(1) == Some(b'*') => self.block_comment(),
                b'"' => self.string(),
                b'\'' => self.quote(),
                b'r' if !self.within_word() && self.raw_hashes().is_some() => self.raw_string(),
                _ => self.at += 1,
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// Whether the byte here goes on a word; the `b` and `c` of `br"` and `cr"` do not count.
    fn within_word(&self) -> bool {
        let word = |back: usize| {
            self.at
                .checked_sub(back)
                .is_some_and(|at| self.bytes[at].is_ascii_alphanumeric() || self.bytes[at] == b'_')
        };
        match self.at.checked_sub(1).map(|at| self.bytes[at]) {
            Some(b'b' | b'c') => word(2),
            _ => word(1),
        }
    }

    fn fill(&mut self, upto: usize, with: u8) {
        let upto = upto.min(self.bytes.len());
        for byte in &mut self.out[self.at..upto] {
            if *byte != b'\n' {
                *byte = with;
            }
        }
        self.at = upto;
    }

    fn line_comment(&mut self) {
        let length = self.bytes[self.at..].iter().position(|byte| *byte == b'\n');
        self.fill(
            length.map_or(self.bytes.len(), |length| self.at + length),
            b' ',
        );
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        let mut end = self.at;
        while end < self.bytes.len() {
            if self.bytes[end..].starts_with(b"/*") {
                depth += 1;
                end += 2;
            } else if self.bytes[end..].starts_with(b"*/") {
                depth -= 1;
                end += 2;
                if depth == 0 {
                    break;
                }
            } else {
                end += 1;
            }
        }
        self.fill(end, b' ');
    }

    fn string(&mut self) {
        self.at += 1;
        let mut end = self.at;
        while end < self.bytes.len() && self.bytes[end] != b'"' {
            end += if self.bytes[end] == b'\\' { 2 } else { 1 };
        }
        self.fill(end, INSIDE);
        self.at = (self.at + 1).min(self.bytes.len());
    }

    /// How many `#` stand between `r` and `"`; none when this begins no raw string.
    fn raw_hashes(&self) -> Option<usize> {
        let hashes = self.bytes[self.at + 1..]
            .iter()
            .take_while(|byte| **byte == b'#')
            .count();
        (self.peek(1 + hashes) == Some(b'"')).then_some(hashes)
    }

    fn raw_string(&mut self) {
        let hashes = self.raw_hashes().unwrap_or(0);
        self.at += hashes + 2;
        let mut close = vec![b'"'];
        close.resize(hashes + 1, b'#');
        let rest = &self.bytes[self.at..];
        let length = rest.windows(close.len()).position(|window| window == close);
        self.fill(self.at + length.unwrap_or(rest.len()), INSIDE);
        self.at = (self.at + close.len()).min(self.bytes.len());
    }

    /// A character literal is filled; a lifetime or a label is left as it is.
    fn quote(&mut self) {
        self.at += 1;
        let rest = &self.bytes[self.at..];
        let length = match rest.first() {
            Some(b'\\') => rest
                .iter()
                .skip(2)
                .position(|byte| *byte == b'\'')
                .map(|n| n + 2),
            Some(first) => {
                let width = match first {
                    0xF0.. => 4,
                    0xE0.. => 3,
                    0xC0.. => 2,
                    _ => 1,
                };
                (rest.get(width) == Some(&b'\'')).then_some(width)
            }
            None => None,
        };
        if let Some(length) = length {
            self.fill(self.at + length, INSIDE);
            self.at = (self.at + 1).min(self.bytes.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn blanks_comments() {
        let blank = " ".repeat("/* d /* e */ f */".len());
        assert_eq!(
            mask("a // b\nc /* d /* e */ f */ g"),
            format!("a     \nc {blank} g")
        );
    }

    #[test]
    fn fills_strings() {
        assert_eq!(mask(r#"f("a\"b", b"c")"#), r#"f("____", b"_")"#);
        assert_eq!(mask("f(r#\"a\"b\"#)"), "f(r#\"___\"#)");
        assert_eq!(mask("f(br\"a\\\")"), "f(br\"__\")");
    }

    #[test]
    fn tells_characters_from_lifetimes() {
        assert_eq!(
            mask("'a', '\\'', 'ä', &'a str, 'x: loop"),
            "'_', '__', '__', &'a str, 'x: loop"
        );
    }

    #[test]
    fn leaves_raw_identifiers() {
        assert_eq!(mask("r#type = for\"x\""), "r#type = for\"_\"");
    }

    #[test]
    fn survives_what_does_not_end() {
        for text in ["\"", "'", "/*", "r#\"", "'\\", "\"\\"] {
            assert_eq!(mask(text).len(), text.len(), "{text}");
        }
    }
}
