//! A match by an expression.
//!
//! The crate `atc-router` parses and validates the text, so that both accept the same language with
//! the same precedence (`||` binds closer than `&&`). The tree is then compiled into one of ours,
//! which is evaluated on the request as it stands: the original copies each field of the request
//! into a table first. Evaluation follows `atc-router` 1.7 (`src/interpreter.rs`): a field without
//! value satisfies no predicate, a field with several satisfies one if all of them do, or with
//! `any()` if one does; the last predicate on the path that held says how much of the path matched,
//! also where the rest of its branch did not hold.

mod compile;
mod field;
mod look_up;
mod predicate;

use std::borrow::Cow;

use self::predicate::Predicate;
use crate::RequestView;
use crate::rule::{Evidence, Keys};

/// A compiled expression.
#[derive(Debug)]
pub(crate) struct Expression {
    root: Node,
}

#[derive(Debug)]
enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Predicate(Predicate),
}

impl Expression {
    /// Parses, validates and compiles; an error is a text for people.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let root = compile::compile(text)?;
        Ok(Self { root })
    }

    pub(crate) fn matches<'r>(&'r self, request: &RequestView<'_>) -> Option<Evidence<'r>> {
        let mut evidence = Evidence::default();
        self.root.holds(request, &mut evidence).then_some(evidence)
    }

    pub(crate) fn keys(&self) -> Keys<'_> {
        look_up::keys(&self.root)
    }
}

impl Node {
    fn holds<'r>(&'r self, request: &RequestView<'_>, evidence: &mut Evidence<'r>) -> bool {
        match self {
            Self::And(nodes) => nodes.iter().all(|node| node.holds(request, evidence)),
            Self::Or(nodes) => nodes.iter().any(|node| node.holds(request, evidence)),
            Self::Not(node) => !node.holds(request, evidence),
            Self::Predicate(predicate) => predicate.holds(request, evidence),
        }
    }
}

/// The text in lower case; it is copied only if that changes anything or may.
pub(crate) fn lowered(text: &str) -> Cow<'_, str> {
    let unchanged = |byte: &u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    match text.as_bytes().iter().all(unchanged) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.to_lowercase()),
    }
}
