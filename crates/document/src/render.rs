//! Findings as text: for people, for programs, for code scanning, for a build log.
//!
//! No rendering grows with the source: a line that is long is cut, and a finding takes one screen
//! at most.

mod github;
mod human;
mod json;
mod line;
mod sarif;
#[cfg(test)]
mod tests;

pub use self::line::one_line;
use crate::{Diagnostic, Sources};

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// For people: the source line with a caret below it.
    Human {
        /// Whether to colour for a terminal.
        colour: bool,
    },
    /// One JSON array of objects with `code`, `severity`, `message`, `help`, `file`, `line`,
    /// `column`; the last three are null where a finding has no place.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitHub workflow commands, one line per finding.
    Github,
}

/// The findings, in the order in which they are given. Ends with a line break unless it is empty.
#[must_use]
pub fn render(style: Style, sources: &Sources, findings: &[Diagnostic]) -> String {
    match style {
        Style::Human { colour } => human::render(sources, findings, colour),
        Style::Json => json::render(sources, findings),
        Style::Sarif => sarif::render(sources, findings),
        Style::Github => github::render(sources, findings),
    }
}

/// Orders findings by file and position, those without a place first, and drops exact doubles.
pub fn sort(sources: &Sources, findings: &mut Vec<Diagnostic>) {
    findings.sort_by_key(|finding| {
        finding.primary.as_ref().map(|label| {
            let known = sources.source(label.span.source).is_some();
            (!known, label.span, finding.severity, finding.code)
        })
    });
    let mut kept: Vec<Diagnostic> = Vec::with_capacity(findings.len());
    for finding in findings.drain(..) {
        let span = finding.primary.as_ref().map(|label| label.span);
        let same_place = kept
            .iter()
            .rev()
            .take_while(|before| before.primary.as_ref().map(|label| label.span) == span);
        if !same_place.into_iter().any(|before| *before == finding) {
            kept.push(finding);
        }
    }
    *findings = kept;
}
