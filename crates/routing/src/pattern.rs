//! Patterns of paths, and what can be known of a path before its pattern is tried.

use regex::Regex;
use regex_syntax::hir::{Hir, HirKind, Look};

/// A pattern, and what each text begins with that it matches.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) regex: Regex,
    /// Empty where nothing is known.
    pub(crate) head: Box<str>,
}

/// What a pattern asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// This text and nothing else.
    Exact(Box<str>),
    /// Any text that begins with this one, which is the whole match.
    Prefix(Box<str>),
    /// More, behind this head.
    Open(Box<str>),
}

impl Pattern {
    /// Compiles a pattern; an error is a sentence for people.
    pub(crate) fn new(pattern: &str) -> Result<Self, String> {
        let regex = Regex::new(pattern).map_err(|error| error.to_string())?;
        Ok(Self::from(regex))
    }
}

impl From<Regex> for Pattern {
    fn from(regex: Regex) -> Self {
        let (Shape::Exact(head) | Shape::Prefix(head) | Shape::Open(head)) = shape(regex.as_str());
        Self { regex, head }
    }
}

/// What a pattern asks for, as far as its beginning says it. Many patterns are plain text between
/// anchors, and most have a plain head.
pub(crate) fn shape(pattern: &str) -> Shape {
    let Ok(hir) = regex_syntax::parse(pattern) else {
        return Shape::Open("".into());
    };
    let alone = std::slice::from_ref(&hir);
    let parts = match hir.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        _ => alone,
    };
    match parts {
        [start, literal] if anchors(start, Look::Start) => match text(literal) {
            Some(text) => Shape::Prefix(text),
            None => Shape::Open("".into()),
        },
        [start, literal, end] if anchors(start, Look::Start) && anchors(end, Look::End) => {
            match text(literal) {
                Some(text) => Shape::Exact(text),
                None => Shape::Open("".into()),
            }
        }
        [start, literal, ..] if anchors(start, Look::Start) => {
            Shape::Open(text(literal).unwrap_or_default())
        }
        _ => Shape::Open("".into()),
    }
}

fn anchors(part: &Hir, look: Look) -> bool {
    matches!(part.kind(), HirKind::Look(found) if *found == look)
}

fn text(part: &Hir) -> Option<Box<str>> {
    match part.kind() {
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).ok().map(Into::into),
        _ => None,
    }
}
