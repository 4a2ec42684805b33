//! Findings as GitHub workflow commands, which a build shows beside the changed line.
//!
//! Escapes follow GitHub's "Workflow commands for GitHub Actions": a message must not break its
//! line, a property must not end at a colon or comma of its own.

use crate::{Diagnostic, Severity, Sources};

pub(super) fn render(sources: &Sources, findings: &[Diagnostic]) -> String {
    findings
        .iter()
        .map(|finding| command(sources, finding))
        .collect()
}

fn command(sources: &Sources, finding: &Diagnostic) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Parity | Severity::Note => "notice",
    };
    let place = finding
        .primary
        .as_ref()
        .and_then(|label| sources.place(label.span));
    let place = place.map_or_else(String::new, |(name, at)| {
        format!(
            "file={},line={},col={},",
            property(&name),
            at.line,
            at.column
        )
    });
    let help = match finding.advice() {
        "" => String::new(),
        help => format!(" ({help})"),
    };
    let message = data(&format!("{}{help}", finding.message));
    format!(
        "::{level} {place}title={}::{message}\n",
        property(finding.code)
    )
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
