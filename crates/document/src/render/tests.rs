use super::{Style, one_line, render, sort};
use crate::{Diagnostic, Format, Node, Source, SourceId, Sources, Span, Value, parse};

const KRAKEND: &str = "{\n  \"version\": 3,\n  \"timout\": \"2s\",\n  \"endpoints\": []\n}\n";

fn span(source: SourceId, text: &str, part: &str) -> Span {
    let start = text.find(part).expect("the part is in the text") as u32;
    Span {
        source,
        start,
        end: start + part.len() as u32,
    }
}

/// One finding of each weight, in two sources and in none.
fn sample() -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::new();
    let first = sources.add(Source::new("conf/a b,c.json", KRAKEND));
    let text = "x: 1\ny: ä 100%\n";
    let second = sources.add(Source::new("/etc/two.yaml", text));
    let findings = vec![
        Diagnostic::error("K0001", "nothing listens:\n100% of it").help("start it, or\r\nnot"),
        Diagnostic::warning("K0002", "unknown key `timout`")
            .at(span(first, KRAKEND, "\"timout\""), "not known here")
            .also_at(span(first, KRAKEND, "3"), "in version 3")
            .also_at(span(second, text, "y"), "as here")
            .help("did you mean `timeout`?"),
        Diagnostic::parity("K0003", "merged in order").at(span(second, text, "100%"), ""),
        Diagnostic::note("T0102", "worth knowing").at(span(second, text, "x"), "here"),
    ];
    (sources, findings)
}

fn rendered(style: Style) -> String {
    let (sources, findings) = sample();
    render(style, &sources, &findings)
}

#[test]
fn people_see_the_line_and_a_caret() {
    insta::assert_snapshot!("human", rendered(Style::Human { colour: false }));
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    let coloured = rendered(Style::Human { colour: true });
    assert!(coloured.contains('\u{1b}'));
    let plain: String = coloured
        .split('\u{1b}')
        .enumerate()
        .map(|(i, part)| {
            if i == 0 {
                part
            } else {
                part.split_once('m').map_or("", |(_, t)| t)
            }
        })
        .collect();
    let trimmed = |text: &str| {
        text.lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(
        trimmed(&plain),
        trimmed(&rendered(Style::Human { colour: false }))
    );
}

#[test]
fn programs_get_an_array() {
    insta::assert_snapshot!("json", rendered(Style::Json));
    assert_eq!(render(Style::Json, &Sources::new(), &[]), "[]\n");
}

#[test]
fn code_scanning_gets_sarif() {
    let text = rendered(Style::Sarif);
    let parsed = parse(SourceId(0), &text, Format::Json);
    assert_eq!(parsed.diagnostics, []);
    let mut log = parsed.roots.into_iter().next().expect("a log");
    sort_keys(&mut log);
    let version = format!("\"version\":\"{}\"", env!("CARGO_PKG_VERSION"));
    let text = log.to_json().replace(&version, "\"version\":\"OURS\"");
    insta::assert_snapshot!("sarif", text.replace("},{", "},\n{"));
}

/// The order of the keys is no part of the format, and depends on how `serde_json` is built.
fn sort_keys(node: &mut Node) {
    match &mut node.value {
        Value::Array(items) => items.iter_mut().for_each(sort_keys),
        Value::Object(entries) => {
            entries.sort_by(|a, b| a.key.text.cmp(&b.key.text));
            entries
                .iter_mut()
                .for_each(|entry| sort_keys(&mut entry.node));
        }
        _ => {}
    }
}

#[test]
fn github_gets_workflow_commands() {
    insta::assert_snapshot!("github", rendered(Style::Github));
}

#[test]
fn logs_get_one_line() {
    let (sources, findings) = sample();
    let lines: Vec<_> = findings
        .iter()
        .map(|finding| one_line(&sources, finding))
        .collect();
    assert_eq!(
        lines,
        [
            "error[K0001]: nothing listens: 100% of it (start it, or  not)",
            "conf/a b,c.json:3:3: warning[K0002]: unknown key `timout` (did you mean `timeout`?)",
            "/etc/two.yaml:2:6: parity[K0003]: merged in order",
            "/etc/two.yaml:1:1: note[T0102]: worth knowing",
        ]
    );
}

#[test]
fn the_broken_document_of_a_beginner_is_shown_whole() {
    let text = "{ \"version: 2 }\n";
    let mut sources = Sources::new();
    let id = sources.add(Source::new("krakend.json", text));
    let findings = parse(id, text, Format::Json).diagnostics;
    let shown = render(Style::Human { colour: false }, &sources, &findings);
    insta::assert_snapshot!("unclosed_string", shown);
}

#[test]
fn a_finding_in_huge_lines_stays_on_one_screen() {
    let noise = "ä\t".repeat(200_000);
    let text = format!("{noise}\n{noise}HERE{noise}\n{noise}\n");
    let mut sources = Sources::new();
    let id = sources.add(Source::new("big.json", text.clone()));
    let whole = Span {
        source: id,
        start: 0,
        end: text.len() as u32,
    };
    let finding = Diagnostic::error("T0101", "found")
        .at(span(id, &text, "HERE"), "here")
        .also_at(whole, "all of it");
    let shown = render(Style::Human { colour: false }, &sources, &[finding]);
    assert!(shown.contains("HERE"), "{shown}");
    assert!(shown.contains("big.json:2:400001"), "{shown}");
    assert!(shown.lines().count() < 15, "{shown}");
    assert!(
        shown.lines().all(|line| line.chars().count() < 300),
        "{shown}"
    );
}

#[test]
fn many_labels_stay_on_one_screen() {
    let text = "x\n".repeat(10_000);
    let mut sources = Sources::new();
    let id = sources.add(Source::new("f", text));
    let at = |i: u32| Span {
        source: id,
        start: i * 200,
        end: i * 200 + 1,
    };
    let finding = Diagnostic::error("T0101", "found").at(at(0), "first");
    let finding = (1..100).fold(finding, |finding, i| finding.also_at(at(i), format!("{i}")));
    let shown = render(Style::Human { colour: false }, &sources, &[finding]);
    assert!(shown.lines().count() < 40, "{shown}");
}

#[test]
fn findings_are_ordered_and_doubles_dropped() {
    let mut sources = Sources::new();
    let (one, two) = (
        sources.add(Source::new("1", "abc")),
        sources.add(Source::new("2", "abc")),
    );
    let at = |source, start, code| {
        Diagnostic::error(code, "m").at(
            Span {
                source,
                start,
                end: start + 1,
            },
            "",
        )
    };
    let global = Diagnostic::error("K0009", "m");
    let mut findings = vec![
        at(two, 0, "K0001"),
        at(one, 1, "K0002"),
        at(one, 0, "K0003"),
        at(one, 1, "K0004"),
        at(one, 1, "K0002"),
        global.clone(),
        global,
    ];
    sort(&sources, &mut findings);
    let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["K0009", "K0003", "K0002", "K0004", "K0001"]);
}
