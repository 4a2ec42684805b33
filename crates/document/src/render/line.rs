//! One finding on one line, for logs.

use crate::{Diagnostic, Sources};

/// `FILE:LINE:COLUMN: severity[CODE]: message (help)`; without a place it begins with the
/// severity. Line breaks inside a message become spaces.
#[must_use]
pub fn one_line(sources: &Sources, finding: &Diagnostic) -> String {
    let place = finding
        .primary
        .as_ref()
        .and_then(|label| sources.place(label.span));
    let place = place
        .map(|(name, at)| format!("{name}:{}:{}: ", at.line, at.column))
        .unwrap_or_default();
    let help = match finding.advice() {
        "" => String::new(),
        help => format!(" ({help})"),
    };
    let severity = finding.severity.word();
    let text = format!(
        "{place}{severity}[{}]: {}{help}",
        finding.code, finding.message
    );
    text.replace(char::is_control, " ")
}
