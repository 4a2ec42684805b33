//! What every part of the compilation sees: the supplies, the options, and the place where findings
//! are collected.

use std::cell::RefCell;

use haleway_blueprint::{Origin, Supplies};
use haleway_document::limits::DIAGNOSTICS_MAX;
use haleway_document::{Diagnostic, Sources, Span};

use crate::Options;
use crate::code;
use crate::schema::{Fault, Violation};

/// One compilation.
pub(crate) struct Context<'a> {
    pub(crate) supplies: &'a Supplies,
    pub(crate) options: &'a Options,
    sources: &'a Sources,
    findings: RefCell<Vec<Diagnostic>>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(sources: &'a Sources, supplies: &'a Supplies, options: &'a Options) -> Self {
        Self {
            supplies,
            options,
            sources,
            findings: RefCell::default(),
        }
    }

    /// Takes a finding in. Warnings behind the first thousand findings are dropped.
    pub(crate) fn report(&self, finding: Diagnostic) {
        let mut findings = self.findings.borrow_mut();
        if findings.len() < DIAGNOSTICS_MAX || finding.is_error() {
            findings.push(finding);
        }
    }

    /// Reports what is wrong with the values of one entity; `place` says which it is, such as
    /// `service demo`.
    pub(crate) fn report_violations(&self, place: &str, violations: Vec<Violation>) {
        for violation in violations {
            let finding = diagnostic(place, &violation);
            self.report(finding.worded(violation.path, violation.message));
        }
    }

    /// The place of a span.
    pub(crate) fn origin(&self, span: Span) -> Origin {
        Origin::of(self.sources, span)
    }

    /// The place of a span as text, such as `kong.yml:12:9`; empty for a default.
    pub(crate) fn line(&self, span: Option<Span>) -> String {
        let origin = span.map(|span| self.origin(span));
        origin
            .filter(|origin| origin.line > 0)
            .map_or_else(String::new, |origin| origin.to_string())
    }

    /// Whether an error has been reported.
    pub(crate) fn has_errors(&self) -> bool {
        self.findings.borrow().iter().any(Diagnostic::is_error)
    }

    /// All findings, in the order of their places; those without a place come first.
    pub(crate) fn finish(self) -> Vec<Diagnostic> {
        let mut findings = self.findings.into_inner();
        findings.sort_by_key(|finding| finding.primary.as_ref().map(|label| label.span));
        findings
    }
}

fn diagnostic(place: &str, violation: &Violation) -> Diagnostic {
    let Violation {
        path,
        span,
        fault,
        message,
    } = violation;
    let before = match (place.is_empty(), path.is_empty()) {
        (false, false) => format!("{place}: `{path}`"),
        (true, false) => format!("`{path}`"),
        _ => place.to_owned(),
    };
    let says = |text: &str| format!("{before}: {text}");
    match fault {
        Fault::Unknown(hint) => {
            let label = hint.map_or_else(String::new, |hint| format!("did you mean `{hint}`?"));
            Diagnostic::error(code::UNKNOWN_FIELD, says(message)).at(*span, label)
        }
        Fault::Missing => Diagnostic::error(code::MISSING_FIELD, says(message)).at(*span, ""),
        Fault::Type => Diagnostic::error(code::WRONG_TYPE, says(message)).at(*span, ""),
        Fault::Value => Diagnostic::error(code::BAD_VALUE, says(message)).at(*span, ""),
        Fault::Entity => Diagnostic::error(code::ENTITY_CHECK, says(message)).at(*span, ""),
        Fault::Parity => Diagnostic::parity(code::PARITY, says(message)).at(*span, ""),
        Fault::Idle => {
            let message = format!("{before} has no effect: {message}");
            Diagnostic::parity(code::NO_EFFECT, message).at(*span, "")
        }
        Fault::Secret => {
            let message = format!("{before}: {message}, so the value is empty");
            Diagnostic::warning(code::SECRET, message).at(*span, "")
        }
        Fault::OldName(newer) => {
            let message = format!("{before} {message}; both are read");
            Diagnostic::note(code::OLD_NAME, message).at(*span, format!("write `{newer}`"))
        }
    }
}
