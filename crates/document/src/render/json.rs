//! Findings for programs: one JSON array.

use serde::Serialize;

use crate::{Diagnostic, Sources};

#[derive(Serialize)]
struct Finding<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    help: &'a str,
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
}

pub(super) fn render(sources: &Sources, findings: &[Diagnostic]) -> String {
    let places: Vec<_> = findings
        .iter()
        .map(|finding| {
            finding
                .primary
                .as_ref()
                .and_then(|label| sources.place(label.span))
        })
        .collect();
    let list: Vec<_> = findings
        .iter()
        .zip(&places)
        .map(|(finding, place)| Finding {
            code: finding.code,
            severity: finding.severity.word(),
            message: &finding.message,
            help: finding.advice(),
            file: place.as_ref().map(|(name, _)| &**name),
            line: place.as_ref().map(|(_, at)| at.line),
            column: place.as_ref().map(|(_, at)| at.column),
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&list).expect("strings and numbers serialise");
    text.push('\n');
    text
}
