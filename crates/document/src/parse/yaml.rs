//! YAML 1.2 as Go's `yaml.v3` reads it, with a place for everything.
//!
//! The parsing library gives events; those of one document are kept and then built into a tree,
//! because an alias builds the events of its anchor once more. What is built is counted, so that a
//! document that repeats aliases of aliases is refused before it grows. A value that came through
//! an alias keeps the place where it was written, its key the place where it is used.

mod build;
mod keys;
mod places;
mod scalar;
mod syntax;
#[cfg(test)]
mod tests;

use saphyr_parser::{Event, Parser};

use self::build::{Builder, Written};
use self::places::Places;
use super::Parsed;
use super::findings::Findings;
use crate::limits::{DEPTH_MAX, NODES_MAX};
use crate::{Diagnostic, Node, SourceId};

/// Reads all documents of a stream. The first error in the syntax ends the reading; the documents
/// before it are there.
pub(super) fn read(source: SourceId, text: &str) -> Parsed {
    let mut builder = Builder::new(Findings::new(source));
    let mut roots = Vec::new();
    documents(text, &mut builder, &mut roots);
    if roots.is_empty() && builder.findings.is_empty() {
        let start = builder.findings.span(0, 0);
        builder
            .findings
            .push(Diagnostic::warning("T0007", "the document is empty").at(start, ""));
    }
    Parsed {
        roots,
        diagnostics: builder.findings.finish(),
    }
}

fn documents(text: &str, builder: &mut Builder, roots: &mut Vec<Node>) {
    let places = Places::new(text);
    let mut document: Vec<Written<'_>> = Vec::new();
    let mut depth = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => return builder.syntax_error(&error, &places),
        };
        match event {
            Event::DocumentStart(_) => document.clear(),
            Event::DocumentEnd => match builder.document(&document) {
                Some(root) => roots.push(root),
                None => return,
            },
            Event::Nothing | Event::StreamStart | Event::StreamEnd => {}
            event => {
                let (start, end) = places.range(&span);
                depth += rise(&event);
                document.push(Written { event, start, end });
            }
        }
        let at = document.last().map_or(0, |written| written.start);
        if depth > DEPTH_MAX as isize {
            return builder.too_deep((at, at));
        }
        // Two events per container: the tree's own limit decides about what is below this.
        if document.len() > 2 * NODES_MAX {
            return builder.too_many((at, at));
        }
    }
}

fn rise(event: &Event<'_>) -> isize {
    match event {
        Event::SequenceStart(..) | Event::MappingStart(..) => 1,
        Event::SequenceEnd | Event::MappingEnd => -1,
        _ => 0,
    }
}
