//! The golden corpus: each folder of `tests/corpus` holds an `input.json`, `.yaml` or `.toml`, the
//! blueprint that it gives and the findings about it. A file `options` may hold words:
//! `check`, `debug`, `cores=N`, `port=N`, `compat=V`, `KRAKEND_X=value`, `file=NAME`.
//! `UPDATE=1 cargo test -p haleway-krakend` writes the outcomes anew.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use std::sync::Arc;

use haleway_blueprint::Supplies;
use haleway_corpus::{Case, recorded};
use haleway_krakend::{Compiled, Options, Purpose, compile, detects, wants};

const INPUTS: [&str; 3] = ["input.json", "input.yaml", "input.toml"];

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
        }
    });
}

#[test]
fn every_case_is_recognised() {
    for case in cases() {
        let lone = case.root.get("version").is_none();
        assert!(detects(&case.root) || lone, "{}", case.name);
    }
}

fn run(case: &Case) -> Compiled {
    let mut supplies = Supplies::default();
    let mut options = Options::default();
    for line in case.options() {
        for word in line.split_whitespace() {
            take(word, &mut supplies, &mut options);
        }
    }
    for name in wants(&case.root).files {
        let missing = Err("there is no such file".to_owned());
        supplies.files.entry(name).or_insert(missing);
    }
    compile(&case.root, &case.sources, &supplies, &options)
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
