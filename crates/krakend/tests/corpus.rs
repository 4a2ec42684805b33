//! The golden corpus: each folder of `tests/corpus` holds an `input.json`, `.yaml` or `.toml`, the
//! blueprint that it gives and the findings about it. A file `options` may hold words:
//! `check`, `debug`, `cores=N`, `port=N`, `compat=V`, `KRAKEND_X=value`, `file=NAME`.
//! `UPDATE=1 cargo test -p haleway-krakend` writes the outcomes anew.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use haleway_blueprint::{Blueprint, Supplies, audit};
use haleway_document::{Diagnostic, Format, Node, Source, Sources, parse};
use haleway_krakend::{Compiled, Options, Purpose, compile, detects, wants};

struct Case {
    name: String,
    folder: PathBuf,
    sources: Sources,
    root: Node,
    supplies: Supplies,
    options: Options,
}

#[test]
fn the_corpus_gives_what_is_recorded() {
    let mut wrong = Vec::new();
    for case in cases() {
        let compiled = run(&case);
        let again = run(&case);
        assert_eq!(compiled, again, "{}: two runs differ", case.name);
        let refused = compiled.diagnostics.iter().any(Diagnostic::is_error);
        assert_eq!(compiled.blueprint.is_none(), refused, "{}", case.name);
        if let Some(blueprint) = &compiled.blueprint {
            assert_eq!(
                audit(blueprint),
                vec![],
                "{}: the audit has findings",
                case.name
            );
        }
        compare(
            &case,
            "diagnostics.txt",
            &shown(&case.sources, &compiled.diagnostics),
            &mut wrong,
        );
        let blueprint = compiled
            .blueprint
            .as_ref()
            .map(Blueprint::to_json)
            .unwrap_or_default();
        compare(&case, "blueprint.json", &blueprint, &mut wrong);
    }
    assert!(
        wrong.is_empty(),
        "differs from what is recorded: {}",
        wrong.join(", ")
    );
}

#[test]
fn every_case_is_recognised() {
    for case in cases() {
        let lone = case.root.get("version").is_none();
        assert!(detects(&case.root) || lone, "{}", case.name);
    }
}

fn cases() -> Vec<Case> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut folders: Vec<PathBuf> = fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    folders.into_iter().map(case).collect()
}

fn case(folder: PathBuf) -> Case {
    let input = ["input.json", "input.yaml", "input.toml"]
        .into_iter()
        .find(|name| folder.join(name).exists())
        .unwrap_or_else(|| panic!("{} has no input", folder.display()));
    let text = fs::read_to_string(folder.join(input)).unwrap();
    let mut sources = Sources::new();
    let source = sources.add(Source::new(input, text.as_str()));
    let mut parsed = parse(source, &text, Format::of_name(input));
    assert!(
        parsed.diagnostics.is_empty(),
        "{}: {:?}",
        folder.display(),
        parsed.diagnostics
    );
    let root = parsed.roots.remove(0);
    let mut supplies = Supplies::default();
    let mut options = Options::default();
    let words = fs::read_to_string(folder.join("options")).unwrap_or_default();
    for word in words.split_whitespace() {
        take(word, &mut supplies, &mut options);
    }
    for name in wants(&root).files {
        supplies
            .files
            .entry(name)
            .or_insert_with(|| Err("there is no such file".to_owned()));
    }
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    Case {
        name,
        folder,
        sources,
        root,
        supplies,
        options,
    }
}

fn take(word: &str, supplies: &mut Supplies, options: &mut Options) {
    match word.split_once('=') {
        None if word == "check" => options.purpose = Purpose::Check,
        None if word == "debug" => options.debug = true,
        Some(("cores", value)) => supplies.cores = value.parse().unwrap(),
        Some(("port", value)) => options.port = Some(value.parse().unwrap()),
        Some(("compat", value)) => options.compat = Some(value.to_owned()),
        Some(("file", name)) => {
            supplies
                .files
                .insert(name.to_owned(), Ok(Arc::from(name.as_bytes())));
        }
        Some((variable, value)) => {
            supplies
                .variables
                .insert(variable.to_owned(), value.to_owned());
        }
        None => panic!("unknown word {word}"),
    }
}

fn run(case: &Case) -> Compiled {
    compile(&case.root, &case.sources, &case.supplies, &case.options)
}

fn shown(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for finding in diagnostics {
        let place = |span| match sources.place(span) {
            Some((file, at)) => format!("{file}:{}:{}", at.line, at.column),
            None => "?".to_owned(),
        };
        let primary = finding.primary.as_ref();
        let at = primary.map_or_else(|| "-".to_owned(), |label| place(label.span));
        let label = primary.map_or("", |label| label.text.as_str());
        let word = finding.severity.word();
        writeln!(out, "{at}: {word}[{}]: {}", finding.code, finding.message).unwrap();
        if !label.is_empty() {
            writeln!(out, "    ^ {label}").unwrap();
        }
        for label in &finding.secondary {
            writeln!(out, "    {}: {}", place(label.span), label.text).unwrap();
        }
        if !finding.help.is_empty() {
            writeln!(out, "    help: {}", finding.help).unwrap();
        }
    }
    out
}

fn compare(case: &Case, file: &str, actual: &str, wrong: &mut Vec<String>) {
    let path = case.folder.join(file);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, actual).unwrap();
    } else if fs::read_to_string(&path).ok().as_deref() != Some(actual) {
        wrong.push(format!("{}/{file}", case.name));
    }
}
