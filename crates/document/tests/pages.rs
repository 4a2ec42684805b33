//! Every code has its page, and the pages' examples are true: the first one of a page gives the
//! finding, the second one gives none.

use std::fs;
use std::path::{Path, PathBuf};

use haleway_document::{Format, Parsed, SourceId, codes, parse};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page(code: &str) -> String {
    let path = root().join("docs/errors").join(format!("{code}.md"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The code blocks of a page that have a format.
fn examples(page: &str) -> Vec<Parsed> {
    let mut blocks = Vec::new();
    let mut rest = page;
    while let Some((_, block)) = rest.split_once("```") {
        let (block, behind) = block.split_once("\n```").expect("a block is closed");
        rest = behind;
        let (language, text) = block.split_once('\n').expect("a block has text");
        let format = match language {
            "json" => Format::Json,
            "yaml" => Format::Yaml,
            "toml" => Format::Toml,
            _ => continue,
        };
        blocks.push(parse(SourceId(0), text, format));
    }
    blocks
}

#[test]
fn every_code_has_a_page_under_its_title() {
    for (code, title) in codes::ALL {
        let page = page(code);
        assert_eq!(
            page.lines().next(),
            Some(format!("# {code}: {title}").as_str())
        );
        assert!(
            page.contains("How to mend it: "),
            "{code} does not say what to do"
        );
    }
}

#[test]
fn the_examples_of_the_pages_are_true() {
    let mut examined = 0;
    for (code, _) in codes::ALL {
        let examples = examples(&page(code));
        let Some((wrong, mended)) = examples.split_first() else {
            continue;
        };
        examined += 1;
        let found: Vec<_> = wrong
            .diagnostics
            .iter()
            .map(|finding| finding.code)
            .collect();
        assert!(
            found.contains(code) || *code == "T0203",
            "{code}: its example gives {found:?}"
        );
        for right in mended {
            assert_eq!(right.diagnostics, [], "{code}: its mended example");
        }
    }
    assert!(examined > 20, "only {examined} pages have examples");
}

#[test]
fn every_code_in_the_sources_is_listed() {
    let mut used = Vec::new();
    collect(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut used,
    );
    used.sort();
    used.dedup();
    let listed: Vec<_> = codes::ALL
        .iter()
        .map(|(code, _)| (*code).to_owned())
        .collect();
    assert_eq!(used, listed, "codes in the sources and codes in codes.rs");
}

/// Collects what looks like a code of this crate from the sources below a folder, tests and the
/// list itself excepted.
fn collect(folder: &Path, used: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path.is_dir() {
            collect(&path, used);
        } else if name != "tests.rs" && name != "codes.rs" {
            let text = fs::read_to_string(&path).expect("a source is text");
            let code = |part: &&str| {
                part.len() == 5 && part.starts_with('T') && part[1..].parse::<u16>().is_ok()
            };
            used.extend(text.split('"').filter(code).map(str::to_owned));
        }
    }
}
