//! One predicate of an expression: field, operator, value.

use std::ops::ControlFlow;

use haleway_blueprint::AddressRange;

use super::field::{AddressField, NumberField, TextField};
use super::lowered;
use crate::RequestView;
use crate::pattern::Pattern;
use crate::rule::Evidence;

/// One predicate.
#[derive(Debug)]
pub(super) enum Predicate {
    Text {
        field: TextField,
        /// Values are put into lower case.
        lower: bool,
        /// One value is enough; otherwise all must do.
        any: bool,
        test: TextTest,
    },
    Number {
        field: NumberField,
        test: NumberTest,
        value: i64,
    },
    Address {
        field: AddressField,
        test: AddressTest,
        range: AddressRange,
    },
}

/// What is asked of a text.
#[derive(Debug)]
pub(super) enum TextTest {
    Equals(Box<str>),
    Differs(Box<str>),
    BeginsWith(Box<str>),
    EndsWith(Box<str>),
    Contains(Box<str>),
    Matches(Pattern),
}

/// What is asked of a number.
#[derive(Clone, Copy, Debug)]
pub(super) enum NumberTest {
    Equals,
    Differs,
    Above,
    AtLeast,
    Below,
    AtMost,
}

/// What is asked of an address.
#[derive(Clone, Copy, Debug)]
pub(super) enum AddressTest {
    In,
    NotIn,
}

impl Predicate {
    /// Whether the request satisfies it. What it sees of the path is noted where it holds.
    pub(super) fn holds<'r>(
        &'r self,
        request: &RequestView<'_>,
        evidence: &mut Evidence<'r>,
    ) -> bool {
        match self {
            Self::Text {
                field,
                lower,
                any,
                test,
            } => {
                let note = *field == TextField::Path;
                let mut seen = false;
                let outcome = field.each(request, |value| {
                    seen = true;
                    let value = match lower {
                        true => lowered(value),
                        false => value.into(),
                    };
                    let held = test.holds(&value);
                    if let (Some(matched), true) = (held, note) {
                        test.note(matched, *lower, evidence);
                    }
                    match held.is_some() == *any {
                        true => ControlFlow::Break(*any),
                        false => ControlFlow::Continue(()),
                    }
                });
                match outcome {
                    ControlFlow::Break(holds) => holds,
                    ControlFlow::Continue(()) => !any && seen,
                }
            }
            Self::Number { field, test, value } => test.holds(field.value(request), *value),
            Self::Address { field, test, range } => match test {
                AddressTest::In => range.contains(field.value(request)),
                AddressTest::NotIn => !range.contains(field.value(request)),
            },
        }
    }
}

impl TextTest {
    /// `None` if it does not hold; otherwise how much of the text it took, as the original counts.
    fn holds(&self, text: &str) -> Option<usize> {
        let (holds, taken) = match self {
            Self::Equals(value) => (**value == *text, value.len()),
            Self::Differs(value) => (**value != *text, 0),
            Self::BeginsWith(value) => (text.starts_with(&**value), value.len()),
            Self::EndsWith(value) => (text.ends_with(&**value), value.len()),
            Self::Contains(value) => (text.contains(&**value), 0),
            Self::Matches(pattern) => return Some(pattern.regex.find(text)?.len()),
        };
        holds.then_some(taken)
    }

    /// Tests that only refuse, and `contains`, say nothing about how much of the path matched.
    fn note<'r>(&'r self, matched: usize, lower: bool, evidence: &mut Evidence<'r>) {
        match self {
            Self::Differs(_) | Self::Contains(_) => return,
            Self::Matches(pattern) => evidence.pattern = Some((&pattern.regex, lower)),
            Self::Equals(_) | Self::BeginsWith(_) | Self::EndsWith(_) => {}
        }
        evidence.matched = Some(matched);
    }
}

impl NumberTest {
    fn holds(self, found: i64, value: i64) -> bool {
        match self {
            Self::Equals => found == value,
            Self::Differs => found != value,
            Self::Above => found > value,
            Self::AtLeast => found >= value,
            Self::Below => found < value,
            Self::AtMost => found <= value,
        }
    }
}
