//! Source files and places in them.

use std::sync::Arc;

use crate::Diagnostic;

/// Index of a [`Source`] in its [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A range of bytes in one source; `start == end` marks a single place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The source that the range lies in.
    pub source: SourceId,
    /// First byte of the range.
    pub start: u32,
    /// First byte behind the range.
    pub end: u32,
}

/// A line and a column, both counted from 1; columns count characters, as editors do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// One document's text under the name that the user knows it by.
#[derive(Clone, Debug)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
    line_starts: Arc<[u32]>,
    /// Characters before each block of [`BLOCK`] bytes: a column of a long line is found without
    /// reading the line.
    characters: Arc<[u32]>,
}

/// Bytes between two entries of [`Source::characters`].
const BLOCK: usize = 4096;

impl Source {
    /// A source; `name` is the path as the user wrote it.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text: Arc<str> = text.into();
        let line_starts = std::iter::once(0)
            .chain(
                text.bytes()
                    .enumerate()
                    .filter(|(_, b)| *b == b'\n')
                    .map(|(i, _)| i as u32 + 1),
            )
            .collect();
        let characters = characters_before_blocks(text.as_bytes());
        Self {
            name: name.into(),
            text,
            line_starts,
            characters,
        }
    }

    /// The name that the user knows the source by.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a line, counted from 1, without its line break; empty where there is none.
    #[must_use]
    pub fn line(&self, line: u32) -> &str {
        let Some(index) = (line as usize).checked_sub(1) else {
            return "";
        };
        let Some(&start) = self.line_starts.get(index) else {
            return "";
        };
        let end = self
            .line_starts
            .get(index + 1)
            .map_or(self.text.len(), |&next| next as usize);
        self.text[start as usize..end].trim_end_matches(['\n', '\r'])
    }

    /// The byte that a line, counted from 1, begins at; the end of the text where there is none.
    #[must_use]
    pub fn line_start(&self, line: u32) -> u32 {
        let index = (line as usize).saturating_sub(1);
        self.line_starts
            .get(index)
            .copied()
            .unwrap_or(self.text.len() as u32)
    }

    /// Line and column of a byte offset; an offset behind the end stands for the end.
    #[must_use]
    pub fn position(&self, offset: u32) -> Position {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self
            .line_starts
            .partition_point(|&start| start as usize <= offset);
        let start = self.line_starts[line - 1] as usize;
        let column = self.characters_before(offset) - self.characters_before(start) + 1;
        Position {
            line: line as u32,
            column: column as u32,
        }
    }
}

impl Source {
    fn characters_before(&self, offset: usize) -> usize {
        let block = offset / BLOCK;
        let bytes = self.text.as_bytes();
        self.characters[block] as usize + count_characters(&bytes[block * BLOCK..offset])
    }
}

fn characters_before_blocks(bytes: &[u8]) -> Arc<[u32]> {
    let mut before = 0;
    let mut blocks = vec![0];
    for block in bytes.chunks_exact(BLOCK) {
        before += count_characters(block) as u32;
        blocks.push(before);
    }
    blocks.into()
}

/// Characters that begin in a piece of a text: all bytes but those that continue one.
fn count_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte as i8) >= -64).count()
}

/// All the sources of one run, so that a [`Span`] can be shown as a place.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    list: Vec<Source>,
}

impl Sources {
    /// No sources yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a source in and gives its id.
    pub fn add(&mut self, source: Source) -> SourceId {
        self.list.push(source);
        SourceId(self.list.len() as u32 - 1)
    }

    /// Takes bytes in as a source. Where they are not UTF-8, the wrong ones become U+FFFD, as in
    /// Go's `encoding/json`, and the finding says where the first of them stands.
    pub fn add_bytes(
        &mut self,
        name: impl Into<Arc<str>>,
        bytes: &[u8],
    ) -> (SourceId, Option<Diagnostic>) {
        let text = String::from_utf8_lossy(bytes);
        let wrong = str::from_utf8(bytes)
            .err()
            .map(|error| error.valid_up_to() as u32);
        let id = self.add(Source::new(name, text));
        let finding = wrong.map(|start| {
            let end = start + char::REPLACEMENT_CHARACTER.len_utf8() as u32;
            Diagnostic::warning("T0002", "the source is not UTF-8")
                .at(
                    Span {
                        source: id,
                        start,
                        end,
                    },
                    "the first wrong byte stands here",
                )
                .help("save the file as UTF-8")
        });
        (id, finding)
    }

    /// The source of an id that this list gave out.
    #[must_use]
    pub fn source(&self, id: SourceId) -> Option<&Source> {
        self.list.get(id.0 as usize)
    }

    /// Name and position of the start of a span, if its source is here.
    #[must_use]
    pub fn place(&self, span: Span) -> Option<(Arc<str>, Position)> {
        let source = self.source(span.source)?;
        Some((source.name.clone(), source.position(span.start)))
    }

    /// All sources, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.list
            .iter()
            .enumerate()
            .map(|(i, s)| (SourceId(i as u32), s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_in_long_lines_too() {
        let line = "aé€𝄞".repeat(3000);
        let source = Source::new("x", format!("first\n{line}\nlast"));
        for (index, (offset, _)) in line.char_indices().enumerate() {
            let found = source.position(offset as u32 + 6);
            assert_eq!(
                found,
                Position {
                    line: 2,
                    column: index as u32 + 1
                }
            );
        }
        assert_eq!(source.position(u32::MAX).line, 3);
    }

    #[test]
    fn positions_count_lines_and_characters() {
        let source = Source::new("f", "äb\r\n\nc😀d");
        let at = |offset| {
            let Position { line, column } = source.position(offset);
            (line, column)
        };
        assert_eq!(
            (at(0), at(1), at(2), at(3)),
            ((1, 1), (1, 1), (1, 2), (1, 3))
        );
        assert_eq!(
            (at(5), at(6), at(7), at(11), at(12)),
            ((2, 1), (3, 1), (3, 2), (3, 3), (3, 4))
        );
        assert_eq!(at(1_000), (3, 4), "behind the end stands for the end");
        assert_eq!(
            (source.line(1), source.line(2), source.line(3)),
            ("äb", "", "c😀d")
        );
        assert_eq!((source.line(0), source.line(4)), ("", ""));
    }

    #[test]
    fn bytes_that_are_no_utf_8_are_replaced_and_told() {
        let mut sources = Sources::new();
        let (id, finding) = sources.add_bytes("f", b"a\xe4b");
        assert_eq!(sources.source(id).map(Source::text), Some("a\u{fffd}b"));
        let finding = finding.expect("a finding");
        assert_eq!(finding.code, "T0002");
        assert_eq!(
            finding
                .primary
                .map(|label| (label.span.start, label.span.end)),
            Some((1, 4))
        );
        assert!(sources.add_bytes("g", "ä".as_bytes()).1.is_none());
    }
}
