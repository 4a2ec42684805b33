//! Each code of a finding has a page below `docs/errors/` whose title is the code's own, and each
//! page has its code.
//!
//! Codes are found as the sources write them in their tables: a literal such as `"K0001"`, followed
//! by the literal of its title.

use std::collections::BTreeMap;

use super::Finding;
use super::source::Source;

const FOLDER: &str = "docs/errors/";
/// The first letters of codes: text, supply, KrakenD, blueprint, overlay, scenario (what would
/// happen), Kong (gateway).
const FAMILIES: &[u8] = b"TSKBOWG";
/// A letter and four digits between quotation marks.
const LITERAL_BYTES: usize = 7;

/// A code as the sources know it.
struct Code<'a> {
    title: Option<&'a str>,
    path: &'a str,
    line: usize,
}

/// Compares the codes in `sources` with the first lines of `pages`, given by path.
pub(super) fn check<'a>(
    sources: impl Iterator<Item = &'a Source>,
    pages: &[(String, String)],
) -> Vec<Finding> {
    let mut codes = BTreeMap::new();
    for source in sources.filter(|source| source.path.contains("/src/")) {
        collect(source, &mut codes);
    }
    let pages: BTreeMap<&str, (&str, &str)> = pages
        .iter()
        .filter_map(|(path, text)| page(path, text))
        .collect();
    let mut findings = Vec::new();
    for (code, Code { title, path, line }) in &codes {
        match (pages.get(code), title) {
            (None, _) => {
                findings.push(Finding::new(
                    path,
                    *line,
                    format!("{code} has no page in {FOLDER}"),
                ));
            }
            (Some((page, first)), Some(title)) if *first != format!("# {code}: {title}") => {
                findings.push(Finding::new(
                    page,
                    1,
                    format!("the title must be `# {code}: {title}`"),
                ));
            }
            _ => {}
        }
    }
    let lonely = pages.iter().filter(|(code, _)| !codes.contains_key(*code));
    findings.extend(lonely.map(|(code, (path, _))| {
        Finding::new(path, 1, format!("no source knows the code {code}"))
    }));
    findings
}

fn page<'a>(path: &'a str, text: &'a str) -> Option<(&'a str, (&'a str, &'a str))> {
    let code = path.strip_prefix(FOLDER)?.strip_suffix(".md")?;
    Some((code, (path, text.lines().next().unwrap_or_default())))
}

fn collect<'a>(source: &'a Source, codes: &mut BTreeMap<&'a str, Code<'a>>) {
    let outside_tests = source.without_tests();
    for (at, _) in source.text.match_indices('"') {
        let literal = source.text.get(at..at + LITERAL_BYTES);
        let Some(code) = literal.and_then(code) else {
            continue;
        };
        if outside_tests.as_bytes()[at] != b'"' {
            continue;
        }
        let title = title(&source.text[at + LITERAL_BYTES..]);
        let line = source.text[..at].matches('\n').count() + 1;
        let entry = codes.entry(code).or_insert(Code {
            title,
            path: &source.path,
            line,
        });
        entry.title = entry.title.or(title);
    }
}

fn code(literal: &str) -> Option<&str> {
    let code = literal.strip_prefix('"')?.strip_suffix('"')?;
    let (family, digits) = code.as_bytes().split_first()?;
    (FAMILIES.contains(family) && digits.iter().all(u8::is_ascii_digit)).then_some(code)
}

/// The literal that follows a comma or a colon.
fn title(rest: &str) -> Option<&str> {
    let rest = rest
        .strip_prefix([',', ':'])?
        .trim_start()
        .strip_prefix('"')?;
    Some(&rest[..rest.find('"')?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str, page: (&str, &str)) -> Vec<String> {
        let source = Source::new("crates/a/src/code.rs", source.to_owned());
        let pages = [(page.0.to_owned(), page.1.to_owned())];
        check([source].iter(), &pages)
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }

    const PAGE: (&str, &str) = ("docs/errors/K0001.md", "# K0001: unknown key\n\nMore.\n");

    #[test]
    fn is_content_when_title_and_page_agree() {
        assert!(found("const ALL: &[C] = &[(\"K0001\", \"unknown key\")];", PAGE).is_empty());
        assert!(found("codes! { A = \"K0001\": \"unknown key\", }", PAGE).is_empty());
        assert!(found("fn f() { say(\"K0001\"); }", PAGE).is_empty());
    }

    #[test]
    fn finds_a_page_with_another_title() {
        let messages = found("(\"K0001\", \"a key\")", PAGE);
        assert_eq!(messages, ["the title must be `# K0001: a key`"]);
    }

    #[test]
    fn finds_a_code_without_page_and_a_page_without_code() {
        let messages = found("(\"K0002\", \"a key\")", PAGE);
        assert_eq!(
            messages,
            [
                "K0002 has no page in docs/errors/",
                "no source knows the code K0001"
            ]
        );
    }

    #[test]
    fn takes_no_code_from_a_test() {
        let text = "const A: C = (\"K0001\", \"unknown key\");\n\
                    #[cfg(test)]\nmod tests { const X: C = (\"K9999\", \"x\"); }\n";
        assert!(found(text, PAGE).is_empty());
    }
}
