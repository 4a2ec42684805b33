//! What is said to a person about a document.

use crate::Span;

/// How much a finding weighs. `Error` refuses the document; the others let it run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The document cannot be accepted.
    Error,
    /// It runs, but probably not as its author means.
    Warning,
    /// The original product does one thing here, Haleway does another.
    Parity,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word for it in every rendering.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Parity => "parity",
            Self::Note => "note",
        }
    }
}

/// A place and what is to be said at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// A few words beside the caret; may be empty.
    pub text: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code: `T` text and syntax, `K` KrakenD, `G` Kong, `B` blueprint audit,
    /// `S` supply, `O` overlays, `W` scenarios.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// One sentence that stands alone.
    pub message: String,
    /// The place it is about. Without one it is about the run as a whole.
    pub primary: Option<Label>,
    /// Other places that belong to it.
    pub secondary: Vec<Label>,
    /// What to do about it; may be empty.
    pub help: String,
    /// The same as the original product says it.
    pub wording: Option<Box<Wording>>,
}

/// What the original product says of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    /// Which field of what stands at the place: `config.key_names[2]`; empty for the whole.
    pub field: String,
    /// What is wrong with it: `required field missing`.
    pub message: String,
}

impl Diagnostic {
    /// A finding without a place.
    #[must_use]
    pub fn new(code: &'static str, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            primary: None,
            secondary: Vec::new(),
            help: String::new(),
            wording: None,
        }
    }

    /// An error.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message)
    }

    /// A warning.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message)
    }

    /// A difference from the original product.
    #[must_use]
    pub fn parity(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Parity, message)
    }

    /// A note.
    #[must_use]
    pub fn note(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, message)
    }

    /// The same with its place and the words beside the caret.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.primary = Some(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// The same with a second place.
    #[must_use]
    pub fn also_at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// What to do about it, in one text: the help, or the question beside the caret (`did you mean
    /// ...?`), which forms without a caret would lose.
    #[must_use]
    pub fn advice(&self) -> &str {
        let label = self
            .primary
            .as_ref()
            .map_or("", |label| label.text.as_str());
        match self.help.as_str() {
            "" if label.ends_with('?') => label,
            help => help,
        }
    }

    /// The same with what the original product says: of which field, and what.
    #[must_use]
    pub fn worded(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.wording = Some(Box::new(Wording {
            field: field.into(),
            message: message.into(),
        }));
        self
    }

    /// Whether it refuses the document.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
