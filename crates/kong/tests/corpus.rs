//! The golden corpus: each folder of `tests/corpus` holds an `input.yaml` or `.json`, the blueprint
//! that it gives, what an Admin API shows of its entities, and the findings about it. A file
//! `options` may hold lines: `port=N`, `compat=V`, `allow-unknown-plugins`, `conf=NAME`,
//! `KONG_X=value`, `file=NAME`.
//! `UPDATE=1 cargo test -p haleway-kong` writes the outcomes anew.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use haleway_blueprint::{Blueprint, Supplies, audit};
use haleway_document::{Diagnostic, Format, Node, Source, Sources, parse};
use haleway_kong::{Compiled, NodeView, Options, compile, detects, wants};

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
        assert_eq!(compiled, run(&case), "{}: two runs differ", case.name);
        let refused = compiled.diagnostics.iter().any(Diagnostic::is_error);
        assert_eq!(compiled.blueprint.is_none(), refused, "{}", case.name);
        assert_eq!(compiled.node.is_none(), refused, "{}", case.name);
        if let Some(blueprint) = &compiled.blueprint {
            let defects = audit(blueprint);
            assert_eq!(defects, vec![], "{}: the audit has findings", case.name);
        }
        let said = shown(&case.sources, &compiled.diagnostics);
        compare(&case, "diagnostics.txt", &said, &mut wrong);
        let blueprint = compiled.blueprint.as_ref().map(Blueprint::to_json);
        let blueprint = blueprint.unwrap_or_default();
        compare(&case, "blueprint.json", &blueprint, &mut wrong);
        let entities = compiled.node.as_ref().map(entities).unwrap_or_default();
        compare(&case, "entities.txt", &entities, &mut wrong);
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
        assert!(
            detects(&case.root) || case.name == "no_version",
            "{}",
            case.name
        );
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
    let input = ["input.yaml", "input.json"]
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
    let lines = fs::read_to_string(folder.join("options")).unwrap_or_default();
    for line in lines.lines() {
        take(line, &folder, &mut supplies, &mut options);
    }
    for name in wants(&root, &options, &supplies).files {
        let missing = Err("there is no such file".to_owned());
        supplies.files.entry(name).or_insert(missing);
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

fn take(line: &str, folder: &Path, supplies: &mut Supplies, options: &mut Options) {
    let mut file = |name: &str| {
        let bytes: Arc<[u8]> = Arc::from(fs::read(folder.join(name)).unwrap());
        supplies.files.insert(name.to_owned(), Ok(bytes));
    };
    match line.split_once('=') {
        None if line == "allow-unknown-plugins" => options.allow_unknown_plugins = true,
        Some(("port", value)) => options.port = Some(value.parse().unwrap()),
        Some(("compat", value)) => options.compat = Some(value.to_owned()),
        Some(("file", name)) => file(name),
        Some(("conf", name)) => {
            file(name);
            options.kong_conf = Some(name.to_owned());
        }
        Some((variable, value)) => {
            let variables = &mut supplies.variables;
            variables.insert(variable.to_owned(), value.to_owned());
        }
        None => panic!("unknown line {line}"),
    }
}

fn run(case: &Case) -> Compiled {
    compile(&case.root, &case.sources, &case.supplies, &case.options)
}

/// The entities and the rest of what an Admin API shows, settings aside.
fn entities(node: &NodeView) -> String {
    let mut out = String::new();
    writeln!(
        out,
        "version {}, admin {:?}, status {:?}, hash {}, cores {:?}",
        node.version, node.admin, node.status, node.configuration_hash, node.cores
    )
    .unwrap();
    for list in &node.entities.lists {
        for item in &list.items {
            writeln!(
                out,
                "{}: {}",
                list.kind,
                serde_json::Value::Object(item.clone())
            )
            .unwrap();
        }
    }
    out
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
