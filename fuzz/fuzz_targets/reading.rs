//! What must hold of every reading, whatever the bytes.

use haleway_document::render::{Style, render};
use haleway_document::{Format, Node, Parsed, Source, Sources, Span, Value, parse};

/// Reads the bytes and checks that every place lies inside the source.
pub fn check(bytes: &[u8], format: Format) -> (String, Parsed) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut sources = Sources::new();
    let id = sources.add(Source::new("fuzz", text.as_str()));
    let parsed = parse(id, &text, format);
    for root in &parsed.roots {
        check_places(&text, root);
    }
    for finding in &parsed.diagnostics {
        let labels = finding.primary.iter().chain(&finding.secondary);
        labels.for_each(|label| check_place(&text, label.span));
    }
    let _ = render(
        Style::Human { colour: false },
        &sources,
        &parsed.diagnostics,
    );
    (text, parsed)
}

fn check_places(text: &str, node: &Node) {
    check_place(text, node.span);
    match &node.value {
        Value::Array(items) => items.iter().for_each(|item| check_places(text, item)),
        Value::Object(entries) => {
            for entry in entries {
                check_place(text, entry.key.span);
                check_places(text, &entry.node);
            }
        }
        _ => {}
    }
}

fn check_place(text: &str, span: Span) {
    assert!(
        text.get(span.start as usize..span.end as usize).is_some(),
        "{span:?}"
    );
}
