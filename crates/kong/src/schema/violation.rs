//! What is wrong with a value, in Kong's words.

use haleway_document::Span;

/// Something wrong with one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Which value: `healthchecks.active.type`, `paths[2]` (counted from 1, as Kong counts). Empty
    /// for the record as a whole.
    pub(crate) path: String,
    /// Where it stands.
    pub(crate) span: Span,
    /// What is wrong.
    pub(crate) fault: Fault,
    /// Kong's words: `required field missing`.
    pub(crate) message: String,
}

/// The kinds of things that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A field that is not in the table, with the nearest one that is.
    Unknown(Option<&'static str>),
    /// A required field is missing.
    Missing,
    /// A value of another type.
    Type,
    /// A value that breaks a rule.
    Value,
    /// Fields that do not fit together.
    Entity,
    /// Nothing is wrong, but it works otherwise than in Kong: a finding, no error.
    Parity,
    /// Nothing is wrong, but it has no effect here: a finding, no error.
    Idle,
    /// A reference to a secret that is not there: Kong takes an empty text.
    Secret,
    /// Nothing is wrong, but an older name is used.
    OldName(&'static str),
}

impl Violation {
    /// Whether it refuses the document.
    pub(crate) fn is_error(&self) -> bool {
        !matches!(
            self.fault,
            Fault::Parity | Fault::Idle | Fault::Secret | Fault::OldName(_)
        )
    }
}
