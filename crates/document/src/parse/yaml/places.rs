//! The YAML library counts characters; spans count bytes.

use saphyr_parser::Span;

/// Characters between two known places.
const STRIDE: usize = 128;

/// Finds the byte of a character by its index.
pub(super) struct Places<'t> {
    text: &'t str,
    /// The byte of every [`STRIDE`]th character; empty where characters are bytes.
    known: Vec<usize>,
}

impl<'t> Places<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let known = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices()
                .step_by(STRIDE)
                .map(|(byte, _)| byte)
                .collect()
        };
        Self { text, known }
    }

    /// The byte that a character begins at; the end of the text where there is no such character.
    pub(super) fn byte(&self, character: usize) -> usize {
        if self.known.is_empty() {
            return character.min(self.text.len());
        }
        let Some(&near) = self.known.get(character / STRIDE) else {
            return self.text.len();
        };
        let mut rest = self.text[near..].char_indices();
        rest.nth(character % STRIDE)
            .map_or(self.text.len(), |(byte, _)| near + byte)
    }

    /// The bytes of a span, without white space at its end.
    pub(super) fn range(&self, span: &Span) -> (usize, usize) {
        let (start, end) = (self.byte(span.start.index()), self.byte(span.end.index()));
        let inside = self.text.get(start..end).unwrap_or_default();
        (start, start + inside.trim_end().len())
    }
}
