//! Findings that arise in the program itself, and how they are shown.

use haleway_blueprint::Origin;
use haleway_document::render::{self, Style};
use haleway_document::{Diagnostic, Severity, Source, Sources, Span};
use haleway_engine::StartError;

use crate::talk;

/// The engine's refusals as findings, each at the place that asked for what was refused.
pub(crate) fn of_start_errors(
    code: &'static str,
    errors: &[StartError],
    sources: &Sources,
) -> Vec<Diagnostic> {
    errors
        .iter()
        .map(|error| {
            let finding = Diagnostic::error(code, error.message.as_str()).help(error.help.as_str());
            match span_of(sources, &error.origin) {
                Some(span) => finding.at(span, ""),
                None => finding,
            }
        })
        .collect()
}

/// Shows findings to a person.
pub(crate) fn say(sources: &Sources, findings: &[Diagnostic]) {
    let style = Style::Human {
        colour: talk::colour(),
    };
    talk::say_raw(&render::render(style, sources, findings));
}

/// One line per error, each with its place.
pub(crate) fn error_lines(sources: &Sources, findings: &[Diagnostic]) -> Vec<String> {
    let errors = findings.iter().filter(|finding| finding.is_error());
    errors
        .map(|finding| render::one_line(sources, finding))
        .collect()
}

/// `2 errors, 1 warning`; nothing where nothing was found.
pub(crate) fn summary(findings: &[Diagnostic]) -> Option<String> {
    let words = [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (
            Severity::Parity,
            "difference from the original",
            "differences from the original",
        ),
        (Severity::Note, "note", "notes"),
    ];
    let counted: Vec<String> = words
        .into_iter()
        .filter_map(|(severity, one, several)| {
            match findings
                .iter()
                .filter(|finding| finding.severity == severity)
                .count()
            {
                0 => None,
                1 => Some(format!("1 {one}")),
                count => Some(format!("{count} {several}")),
            }
        })
        .collect();
    (!counted.is_empty()).then(|| counted.join(", "))
}

/// The place of an origin; one of a default stands nowhere.
fn span_of(sources: &Sources, origin: &Origin) -> Option<Span> {
    let (id, source) = sources
        .iter()
        .find(|(_, source)| **source.name() == *origin.file)?;
    let start = offset_of(source, origin)?;
    Some(Span {
        source: id,
        start,
        end: start,
    })
}

fn offset_of(source: &Source, origin: &Origin) -> Option<u32> {
    let line = usize::try_from(origin.line).ok()?.checked_sub(1)?;
    let column = usize::try_from(origin.column).ok()?.checked_sub(1)?;
    let text = source.text();
    let start = match line {
        0 => 0,
        _ => {
            text.bytes()
                .enumerate()
                .filter(|(_, byte)| *byte == b'\n')
                .nth(line - 1)?
                .0
                + 1
        }
    };
    let within = text[start..]
        .char_indices()
        .nth(column)
        .map_or(text.len() - start, |(at, _)| at);
    u32::try_from(start + within).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(line: u32, column: u32) -> Origin {
        Origin {
            file: "a.json".into(),
            line,
            column,
        }
    }

    #[test]
    fn an_origin_leads_back_to_its_place() {
        let mut sources = Sources::new();
        sources.add(Source::new("other.json", "{}"));
        let id = sources.add(Source::new("a.json", "{\n \"é\": 1,\n \"b\": 2\n}"));
        for (line, column) in [(1, 1), (2, 2), (2, 7), (3, 6), (4, 1)] {
            let span = span_of(&sources, &origin(line, column)).unwrap();
            assert_eq!(span.source, id);
            let (_, position) = sources.place(span).unwrap();
            assert_eq!((position.line, position.column), (line, column));
        }
        assert_eq!(span_of(&sources, &Origin::default_value()), None);
        assert_eq!(span_of(&sources, &origin(0, 0)), None);
        assert_eq!(span_of(&sources, &origin(9, 1)), None);
    }

    #[test]
    fn the_summary_counts_by_weight() {
        let findings = [
            Diagnostic::error("S0001", "a"),
            Diagnostic::error("S0002", "b"),
            Diagnostic::warning("S0009", "c"),
        ];
        assert_eq!(summary(&findings).as_deref(), Some("2 errors, 1 warning"));
        assert_eq!(summary(&[]), None);
    }
}
