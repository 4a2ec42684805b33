//! Overlays laid over blueprints: each `tests/corpus/NAME.yaml` has a `NAME.txt` with the findings
//! and what became of each pool. `UPDATE=1 cargo test -p haleway-overlay` writes them anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;
use std::fs;

use haleway_blueprint::{Blueprint, Pool};
use haleway_corpus::{entries, recorded};
use haleway_document::{Diagnostic, Format, Node, Source, Sources, parse, render};
use haleway_overlay::{Overlay, alone, detects};
use proptest::prelude::*;

/// Two pools with checks, one by probes and requests and one by requests only, and one without.
fn blueprint() -> Blueprint {
    let of = |case: &str| -> Blueprint {
        let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/../krakend/tests/corpus");
        let path = format!("{cases}/{case}/blueprint.json");
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    };
    let (mut checked, bare) = (of("health"), of("passing"));
    checked.pools.extend(bare.pools);
    for (pool, name) in checked.pools.iter_mut().zip(["probed", "passive", "bare"]) {
        name.clone_into(&mut pool.id.0);
    }
    checked.pools.truncate(3);
    let passive = checked.pools[1].health.as_mut().unwrap();
    passive.config.probe = None;
    passive.config.counters.as_mut().unwrap().active = None;
    checked
}

fn read(text: &str) -> (Sources, Node) {
    let mut sources = Sources::new();
    let source = sources.add(Source::new("haleway.yaml", text));
    let root = parse(source, text, Format::Yaml).roots.remove(0);
    (sources, root)
}

/// The blueprint under an overlay, and all findings.
fn laid(text: &str) -> (Blueprint, Vec<Diagnostic>, Sources) {
    let (sources, root) = read(text);
    assert!(detects(&root));
    let (mut overlay, mut findings) = Overlay::read(&root, &sources);
    let mut blueprint = blueprint();
    overlay.apply(&mut blueprint);
    findings.extend(overlay.finish());
    (blueprint, findings, sources)
}

fn shown(pool: &Pool) -> String {
    let Some(health) = &pool.health else {
        return format!("{}: not watched\n", pool.id.0);
    };
    let config = &health.config;
    let json = |value: serde_json::Value| value.to_string();
    let mut out = format!("{}: from {}\n", pool.id.0, health.origin);
    for (name, value) in [
        (
            "half_open",
            json(serde_json::to_value(&config.half_open).unwrap()),
        ),
        (
            "initial",
            json(serde_json::to_value(config.initial).unwrap()),
        ),
        (
            "jitter",
            json(serde_json::to_value(config.probe.as_ref().map(|it| it.jitter_ppm)).unwrap()),
        ),
        (
            "keeps connections",
            json(serde_json::to_value(health.probe.as_ref().map(|it| it.keep_connection)).unwrap()),
        ),
        (
            "limits",
            json(serde_json::to_value(&config.limits).unwrap()),
        ),
        ("flaps", json(serde_json::to_value(&config.flaps).unwrap())),
        (
            "silence",
            json(serde_json::to_value(&config.silence).unwrap()),
        ),
        ("hedge", json(serde_json::to_value(health.hedge).unwrap())),
        ("memory_us", config.memory_us.to_string()),
    ] {
        writeln!(out, "  {name}: {value}").unwrap();
    }
    out
}

#[test]
fn the_corpus_gives_what_is_recorded() {
    let mut cases = entries(env!("CARGO_MANIFEST_DIR"));
    cases.retain(|path| path.extension().is_some_and(|it| it == "yaml"));
    assert!(cases.len() >= 5);
    recorded(|record| {
        for case in cases {
            let text = fs::read_to_string(&case).unwrap();
            let (blueprint, findings, sources) = laid(&text);
            let (again, _, _) = laid(&text);
            assert_eq!(blueprint.hash(), again.hash());
            let style = render::Style::Human { colour: false };
            let mut told = render::render(style, &sources, &findings);
            for pool in &blueprint.pools {
                told.push_str(&shown(pool));
            }
            record.compare(&case.with_extension("txt"), &told);
        }
    });
}

#[test]
fn an_overlay_without_settings_changes_nothing() {
    for text in [
        "haleway: 1\n",
        "haleway: 1\npools:\n",
        "haleway: 1\npools: [{match: \"*\"}]\n",
        "haleway: 1\npools: [{match: bare, jitter: 20%, initial: healthy, panic: off}]\n",
        "haleway: 1\npools: [{match: '*', probes: {keep_connections: false}}]\n",
        "haleway: 1\npools: [{match: bare, probes: {keep_connections: true}}]\n",
    ] {
        let (laid, findings, _) = laid(text);
        assert_eq!(laid.hash(), blueprint().hash(), "{text}");
        assert!(findings.is_empty(), "{text}: {findings:?}");
    }
}

#[test]
fn two_overlays_are_one_after_the_other() {
    let over = |blueprint: &mut Blueprint, text: &str| {
        let (sources, root) = read(text);
        Overlay::read(&root, &sources).0.apply(blueprint);
    };
    let mut blueprint = blueprint();
    over(
        &mut blueprint,
        "haleway: 1\npools: [{match: probed, silence: {factor: 4}, panic: 10%, probes: {keep_connections: true}}]",
    );
    let keeps = |blueprint: &Blueprint| {
        let health = blueprint.pools[0].health.as_ref().unwrap();
        health.probe.as_ref().unwrap().keep_connection
    };
    assert!(keeps(&blueprint));
    over(
        &mut blueprint,
        "haleway: 1\npools: [{match: '*', silence: {at_least: 1s}, panic: 20%, probes: {}}]",
    );
    assert!(keeps(&blueprint), "nothing is said of it");
    over(
        &mut blueprint,
        "haleway: 1\npools: [{match: '*', probes: {keep_connections: false}}]",
    );
    assert!(!keeps(&blueprint));
    let health = blueprint.pools[0].health.as_ref().unwrap();
    let silence = health.config.silence.as_ref().unwrap();
    assert_eq!((silence.factor.value, silence.at_least_us), (4, 1_000_000));
    assert_eq!(health.config.limits.panic_ppm, Some(200_000));
}

#[test]
fn one_that_stands_alone_is_told_so() {
    let (_, root) = read("haleway: 1\n");
    assert!(alone(&root).is_error());
    assert!(!detects(&read("version: 3\n").1));
    assert!(!detects(&read("- haleway\n").1));
}

fn any_value() -> impl Strategy<Value = serde_json::Value> {
    let keys = prop::sample::select(vec![
        "haleway",
        "pools",
        "match",
        "recover",
        "half_open",
        "after",
        "up_to",
        "trials",
        "initial",
        "jitter",
        "panic",
        "silence",
        "factor",
        "hedge",
        "budget",
        "probes",
        "keep_connections",
        "x",
    ]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "[0-9a-z.%*]{0,8}".prop_map(Into::into),
        prop::sample::select(vec!["1s", "50%", "off", "*", "unhealthy", "99999999999h"])
            .prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((keys.clone(), inner), 0..6).prop_map(|entries| {
                let entries = entries
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value));
                serde_json::Value::Object(entries.collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_document_panics(pools in any_value()) {
        let text = serde_json::json!({"haleway": 1, "pools": pools}).to_string();
        let (blueprint, _, _) = laid(&text);
        prop_assert_eq!(blueprint.pools.len(), 3);
    }
}
