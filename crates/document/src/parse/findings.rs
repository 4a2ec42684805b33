//! The bounded list of findings of one reading.

use crate::limits::DIAGNOSTICS_MAX;
use crate::{Diagnostic, SourceId, Span};

/// Letters of user text that a message repeats at most.
const EXCERPT_CHARS_MAX: usize = 40;

/// What one reading found, at most [`DIAGNOSTICS_MAX`] of it; the rest is counted.
pub(super) struct Findings {
    source: SourceId,
    list: Vec<Diagnostic>,
    left_out: usize,
}

impl Findings {
    pub(super) fn new(source: SourceId) -> Self {
        Self {
            source,
            list: Vec::new(),
            left_out: 0,
        }
    }

    /// A range of bytes in the source that is being read.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        Span {
            source: self.source,
            start: start as u32,
            end: end.max(start) as u32,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn push(&mut self, finding: Diagnostic) {
        if self.list.len() < DIAGNOSTICS_MAX {
            self.list.push(finding);
        } else {
            self.left_out += 1;
        }
    }

    /// All findings in the order of their places, and how many were left out.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.list
            .sort_by_key(|finding| finding.primary.as_ref().map(|label| label.span));
        if self.left_out > 0 {
            let message = format!(
                "{} more findings in this source are not shown",
                self.left_out
            );
            let place = self.span(0, 0);
            self.list
                .push(Diagnostic::error("T0005", message).at(place, ""));
        }
        self.list
    }
}

/// User text for a message: between backticks, on one line, cut where it is long.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("`");
    for (i, c) in text.chars().enumerate() {
        if i == EXCERPT_CHARS_MAX {
            out.push_str("...");
            break;
        }
        if c.is_control() {
            out.extend(c.escape_default())
        } else {
            out.push(c)
        }
    }
    out.push('`');
    out
}
