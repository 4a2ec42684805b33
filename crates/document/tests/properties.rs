//! What holds for every text: no panic, places inside the source, JSON as `serde_json` reads it.

use haleway_document::render::{Style, one_line, render, sort};
use haleway_document::{Diagnostic, Format, Node, Source, Sources, Span, Value, parse};
use proptest::prelude::*;

const FORMATS: [Format; 3] = [Format::Json, Format::Yaml, Format::Toml];

const STYLES: [Style; 5] = [
    Style::Human { colour: false },
    Style::Human { colour: true },
    Style::Json,
    Style::Sarif,
    Style::Github,
];

/// Parts of documents, so that random texts come near to being documents.
const PARTS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\"a\"",
    "\"a\": ",
    "'",
    "1",
    "-0.5",
    "01",
    "0x1F",
    "1e5",
    "true",
    "null",
    "nul",
    " ",
    "\n",
    "\r\n",
    "  ",
    "\t",
    "\\",
    "\\n",
    "\\u00e9",
    "//",
    "/*",
    "#",
    "- ",
    "? ",
    "&a ",
    "*a",
    "<<: ",
    "<<: *a",
    "---\n",
    "...\n",
    "|\n",
    ">-\n",
    "!!int ",
    "~",
    ".inf",
    "a: ",
    "b: 1\n",
    "a = ",
    "[t]\n",
    "[[t]]\n",
    "a.b = 1\n",
    "\"\"\"",
    "'''",
    "inf",
    "1979-05-27T07:32:00Z",
    "ä",
    "😀",
    "\u{feff}",
    "\u{a0}",
    "\u{201c}",
    "%YAML 1.2\n",
    "@",
    "`",
];

fn soup() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        12 => prop::sample::select(PARTS).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

fn inside(text: &str, span: Span) -> bool {
    let (start, end) = (span.start as usize, span.end as usize);
    start <= end && text.is_char_boundary(start) && text.is_char_boundary(end)
}

fn assert_places(text: &str, node: &Node) {
    assert!(inside(text, node.span), "{text:?}: {node:?}");
    match &node.value {
        Value::Array(items) => items.iter().for_each(|item| assert_places(text, item)),
        Value::Object(entries) => {
            for entry in entries {
                assert!(inside(text, entry.key.span), "{text:?}: {:?}", entry.key);
                assert_places(text, &entry.node);
            }
        }
        _ => {}
    }
}

fn assert_finding(text: &str, finding: &Diagnostic) {
    let label = finding
        .primary
        .as_ref()
        .expect("a finding about a text has a place");
    assert!(inside(text, label.span), "{text:?}: {finding:?}");
    assert!(
        finding
            .secondary
            .iter()
            .all(|label| inside(text, label.span)),
        "{text:?}: {finding:?}"
    );
}

fn assert_reading(text: &str) {
    for format in FORMATS {
        let mut sources = Sources::new();
        let id = sources.add(Source::new("f", text));
        let mut parsed = parse(id, text, format);
        for root in &parsed.roots {
            assert_places(text, root);
            let json = root.to_json();
            assert!(
                serde_json::from_str::<serde_json::Value>(&json).is_ok(),
                "{text:?}: {json}"
            );
        }
        assert!(
            !parsed.roots.is_empty() || !parsed.diagnostics.is_empty(),
            "{text:?}: silence"
        );
        parsed
            .diagnostics
            .iter()
            .for_each(|finding| assert_finding(text, finding));
        sort(&sources, &mut parsed.diagnostics);
        for style in STYLES {
            let shown = render(style, &sources, &parsed.diagnostics);
            if matches!(style, Style::Json | Style::Sarif) {
                assert!(
                    serde_json::from_str::<serde_json::Value>(&shown).is_ok(),
                    "{shown}"
                );
            }
        }
        for finding in &parsed.diagnostics {
            assert_eq!(one_line(&sources, finding).lines().count(), 1);
        }
    }
}

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        prop::num::f64::NORMAL.prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..8)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Enough cases for every run; `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = default.cases.max(600);
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..default
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text_is_read_without_panic(text in any::<String>()) {
        assert_reading(&text);
    }

    #[test]
    fn any_bytes_are_taken_in(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut sources = Sources::new();
        let (id, finding) = sources.add_bytes("f", &bytes);
        let text = sources.source(id).expect("just added").text().to_owned();
        prop_assert_eq!(finding.is_some(), str::from_utf8(&bytes).is_err());
        if let Some(finding) = finding {
            assert_finding(&text, &finding);
        }
        assert_reading(&text);
    }

    #[test]
    fn soup_is_read_without_panic(text in soup()) {
        assert_reading(&text);
    }

    #[test]
    fn json_is_refused_exactly_where_serde_json_refuses_it(text in soup()) {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        let ours = parse(Default::default(), &text, Format::Json);
        let refused = ours.diagnostics.iter().any(Diagnostic::is_error);
        prop_assert_eq!(refused, theirs.is_err(), "{:?}: {:?}, {:?}", &text, ours, theirs);
        if let Ok(theirs) = theirs {
            let ours: serde_json::Value = serde_json::from_str(&ours.roots[0].to_json())?;
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn json_is_read_as_serde_json_reads_it(value in json_value(), pretty in any::<bool>()) {
        let text = if pretty { format!("{value:#}") } else { value.to_string() };
        let ours = parse(Default::default(), &text, Format::Json);
        prop_assert_eq!(&ours.diagnostics, &[]);
        prop_assert_eq!(ours.roots[0].to_json(), value.to_string());
    }

    #[test]
    fn json_is_yaml_with_the_same_values(value in json_value()) {
        let text = format!("{value:#}");
        let (json, yaml) = (
            parse(Default::default(), &text, Format::Json),
            parse(Default::default(), &text, Format::Yaml),
        );
        // Where the YAML library refuses a control character there is nothing to compare.
        if !yaml.diagnostics.iter().any(Diagnostic::is_error) {
            let ours = serde_json::from_str::<serde_json::Value>(&yaml.roots[0].to_json())?;
            let theirs = serde_json::from_str::<serde_json::Value>(&json.roots[0].to_json())?;
            prop_assert_eq!(ours, theirs);
        }
    }
}
