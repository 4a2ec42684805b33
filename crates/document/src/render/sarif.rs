//! Findings as SARIF 2.1.0 (OASIS), for code scanning.
//!
//! SARIF knows three levels: a parity finding is a `note` there and keeps its word in the
//! properties. Columns count characters, which `columnKind` says.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{Diagnostic, Label, Severity, Sources, codes};

pub(super) fn render(sources: &Sources, findings: &[Diagnostic]) -> String {
    let mut ids: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
    ids.sort_unstable();
    ids.dedup();
    let results: Vec<_> = findings
        .iter()
        .map(|finding| result(sources, finding, &ids))
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "haleway",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": ids.iter().map(|id| rule(id)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn rule(id: &str) -> Value {
    match codes::title(id) {
        Some(title) => json!({"id": id, "shortDescription": {"text": title}}),
        None => json!({"id": id}),
    }
}

fn result(sources: &Sources, finding: &Diagnostic, ids: &[&str]) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Parity | Severity::Note => "note",
    };
    let text = match finding.advice() {
        "" => finding.message.clone(),
        help => format!("{} ({help})", finding.message),
    };
    let mut result = json!({
        "ruleId": finding.code,
        "level": level,
        "message": {"text": text},
        "locations": finding.primary.iter().filter_map(|l| location(sources, l)).collect::<Vec<_>>(),
        "properties": {"severity": finding.severity.word()},
    });
    if let Ok(index) = ids.binary_search(&finding.code) {
        result["ruleIndex"] = json!(index);
    }
    let related: Vec<_> = finding
        .secondary
        .iter()
        .filter_map(|l| location(sources, l))
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = Value::Array(related);
    }
    result
}

fn location(sources: &Sources, label: &Label) -> Option<Value> {
    let source = sources.source(label.span.source)?;
    let start = source.position(label.span.start);
    let end = source.position(label.span.end.max(label.span.start));
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(source.name())},
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        },
    });
    if !label.text.is_empty() {
        location["message"] = json!({"text": label.text});
    }
    Some(location)
}

/// A path as a URI reference: relative ones stay relative, so that code scanning finds the file in
/// the repository.
fn uri(path: &str) -> String {
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => write!(uri, "%{byte:02X}").expect("a string takes everything"),
        }
    }
    uri
}
