//! What every part of the compilation sees: the supplies, the options, the profile, and the place
//! where findings are collected.

use std::cell::RefCell;

use haleway_blueprint::{Origin, Supplies};
use haleway_document::{Diagnostic, Sources, Span};

use crate::profile::Profile;
use crate::{Options, Purpose};

/// One compilation.
pub(crate) struct Context<'a> {
    pub(crate) supplies: &'a Supplies,
    pub(crate) options: &'a Options,
    pub(crate) profile: &'static Profile,
    sources: &'a Sources,
    findings: RefCell<Vec<Diagnostic>>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        sources: &'a Sources,
        supplies: &'a Supplies,
        options: &'a Options,
        profile: &'static Profile,
    ) -> Self {
        Self {
            supplies,
            options,
            profile,
            sources,
            findings: RefCell::default(),
        }
    }

    /// Takes a finding in.
    pub(crate) fn report(&self, finding: Diagnostic) {
        self.findings.borrow_mut().push(finding);
    }

    /// The place of a span.
    pub(crate) fn origin(&self, span: Span) -> Origin {
        Origin::of(self.sources, span)
    }

    /// Whether the outcome is to serve.
    pub(crate) fn runs(&self) -> bool {
        self.options.purpose == Purpose::Run
    }

    /// All findings, in the order of their places; those without a place come first.
    pub(crate) fn finish(self) -> Vec<Diagnostic> {
        let mut findings = self.findings.into_inner();
        findings.sort_by_key(|finding| finding.primary.as_ref().map(|label| label.span));
        findings
    }
}
