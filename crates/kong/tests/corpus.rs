//! The golden corpus: each folder of `tests/corpus` holds an `input.yaml` or `.json`, the blueprint
//! that it gives, what an Admin API shows of its entities, and the findings about it. A file
//! `options` may hold lines: `port=N`, `compat=V`, `allow-unknown-plugins`, `conf=NAME`,
//! `KONG_X=value`, `file=NAME`.
//! `UPDATE=1 cargo test -p haleway-kong` writes the outcomes anew.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use haleway_blueprint::Supplies;
use haleway_corpus::{Case, recorded};
use haleway_kong::{Compiled, NodeView, Options, compile, detects, wants};

const INPUTS: [&str; 2] = ["input.yaml", "input.json"];

fn cases() -> Vec<Case> {
    Case::all(env!("CARGO_MANIFEST_DIR"), &INPUTS)
}

#[test]
fn the_corpus_gives_what_is_recorded() {
    recorded(|record| {
        for case in cases() {
            let compiled = run(&case);
            assert_eq!(compiled, run(&case), "{}: two runs differ", case.name);
            record.compiled(&case, compiled.blueprint.as_ref(), &compiled.diagnostics);
            let refused = compiled.blueprint.is_none();
            assert_eq!(compiled.node.is_none(), refused, "{}", case.name);
            let entities = compiled.node.as_ref().map(entities).unwrap_or_default();
            record.compare(&case.folder.join("entities.txt"), &entities);
        }
    });
}

#[test]
fn every_case_is_recognised() {
    for case in cases() {
        let lone = case.name == "no_version";
        assert!(detects(&case.root) || lone, "{}", case.name);
    }
}

fn run(case: &Case) -> Compiled {
    let mut supplies = Supplies::default();
    let mut options = Options::default();
    for line in case.options() {
        take(&line, &case.folder, &mut supplies, &mut options);
    }
    for name in wants(&case.root, &options, &supplies).files {
        let missing = Err("there is no such file".to_owned());
        supplies.files.entry(name).or_insert(missing);
    }
    compile(&case.root, &case.sources, &supplies, &options)
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

/// The entities and the rest of what an Admin API shows, settings aside.
fn entities(node: &NodeView) -> String {
    let mut out = String::new();
    writeln!(
        out,
        "version {}, admin {:?}, status {:?}, hash {}, cores {:?}",
        node.version, node.admin.sockets, node.status.sockets, node.configuration_hash, node.cores
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
