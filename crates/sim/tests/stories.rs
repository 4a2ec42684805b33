//! Scenarios played on configurations: each folder of `tests/corpus` holds a `krakend.json`, maybe a
//! `haleway.yaml`, a `scenario.yaml`, and what comes of it as text and as JSON, or the findings.
//! `UPDATE=1 cargo test -p haleway-sim` writes the outcomes anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use haleway_blueprint::{Blueprint, Supplies};
use haleway_corpus::{entries, read, recorded};
use haleway_document::{Diagnostic, Format, Source, Sources, parse, render};
use haleway_health::Output;
use haleway_health::trace::replay;
use haleway_krakend::{Options, compile};
use haleway_overlay::Overlay;
use haleway_sim::{Happened, Played, Report, Scenario, detects, play};
use proptest::prelude::*;

/// A configuration with its overlay.
fn blueprint(sources: &mut Sources, config: &str, overlay: Option<&str>) -> Blueprint {
    let root = read(sources, "krakend.json", config);
    let supplies = Supplies {
        cores: 1,
        ..Supplies::default()
    };
    let compiled = compile(&root, sources, &supplies, &Options::default());
    let mut blueprint = compiled
        .blueprint
        .unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    if let Some(overlay) = overlay {
        let root = read(sources, "haleway.yaml", overlay);
        let (mut overlay, findings) = Overlay::read(&root, sources);
        assert!(findings.is_empty(), "{findings:?}");
        overlay.apply(&mut blueprint);
    }
    blueprint
}

fn played(
    sources: &mut Sources,
    blueprint: &Blueprint,
    scenario: &str,
) -> Result<Played, Vec<Diagnostic>> {
    let root = read(sources, "scenario.yaml", scenario);
    let (scenario, findings) = Scenario::read(&root, sources);
    if !findings.is_empty() {
        return Err(findings);
    }
    let first = play(blueprint, &scenario, sources, true)?;
    let again = play(blueprint, &scenario, sources, false)?;
    assert_eq!(first.report, again.report, "recording changes nothing");
    assert_eq!(first.report.to_json(), again.report.to_json());
    assert_replays(&first);
    Ok(first)
}

/// The judge's inputs give the same transitions again.
fn assert_replays(played: &Played) {
    let (_, outputs) = replay(played.trace.as_ref().unwrap()).unwrap();
    let replayed = outputs.into_iter().filter_map(|output| match output {
        Output::Transition(it) => Some((it.at.0, it.pool, it.address, it.from, it.to, it.cause)),
        _ => None,
    });
    let told = played.report.timeline.iter().filter_map(|it| match it {
        Happened::Transition {
            at_us,
            pool,
            endpoint,
            from,
            to,
            cause,
        } => Some((
            *at_us,
            pool.clone(),
            endpoint.clone(),
            *from,
            *to,
            (**cause).clone(),
        )),
        _ => None,
    });
    assert_eq!(replayed.collect::<Vec<_>>(), told.collect::<Vec<_>>());
}

#[test]
fn the_corpus_gives_what_is_recorded() {
    let folders = entries(env!("CARGO_MANIFEST_DIR"));
    assert!(folders.len() >= 8);
    recorded(|record| {
        for folder in folders {
            let file = |name: &str| fs::read_to_string(folder.join(name));
            let mut sources = Sources::new();
            let overlay = file("haleway.yaml").ok();
            let config = file("krakend.json").unwrap();
            let blueprint = blueprint(&mut sources, &config, overlay.as_deref());
            match played(&mut sources, &blueprint, &file("scenario.yaml").unwrap()) {
                Ok(played) => {
                    let text = played.report.to_string();
                    record.compare(&folder.join("report.txt"), &text);
                    record.compare(&folder.join("report.json"), &played.report.to_json());
                }
                Err(findings) => {
                    let style = render::Style::Human { colour: false };
                    let text = render::render(style, &sources, &findings);
                    record.compare(&folder.join("report.txt"), &text);
                }
            }
        }
    });
}

/// Three endpoints, passed to with retries.
const THREE: &str = r#"{
    "version": 3,
    "timeout": "1s",
    "host": ["http://10.0.0.1:80", "http://10.0.0.2:80", "http://10.0.0.3:80"],
    "endpoints": [{
        "endpoint": "/x",
        "output_encoding": "no-op",
        "backend": [{"url_pattern": "/x", "encoding": "no-op"}]
    }],
    "extra_config": {"haleway/health": {
        "active": {"interval": "1s", "http_failures": 3, "tcp_failures": 3, "timeouts": 3},
        "passive": {"http_failures": 3, "tcp_failures": 3, "timeouts": 3},
        "balance": "round-robin",
        "retries": 2
    }}
}"#;

fn outage(does: &str, overlay: Option<&str>) -> Report {
    let mut sources = Sources::new();
    let blueprint = blueprint(&mut sources, THREE, overlay);
    let scenario = format!(
        "scenario: 1\nuntil: 12s\nendpoints:\n  - {{ match: \"10.0.0.3:*\", from: 3s, to: 8s, \
         {does} }}\nrequests:\n  - {{ per_second: 300 }}\n"
    );
    played(&mut sources, &blueprint, &scenario).unwrap().report
}

#[test]
fn a_killed_endpoint_costs_nobody_an_answer() {
    let report = outage("does: killed", None);
    assert_eq!((report.requests.all, report.requests.failed), (3600, 0));
    assert_eq!(report.requests.slow, 0);
    let third = &report.pools[0].endpoints[2];
    assert_eq!(third.tries.failed, 3, "as many as the limit lets through");
    // Three seconds before, and what is left once two probes were good.
    assert!((450..700).contains(&third.tries.all), "{third:?}");
}

#[test]
fn errors_are_handed_on_up_to_the_limit() {
    let report = outage("does: answers, status: 500", None);
    assert_eq!(report.requests.failed, 3);
}

#[test]
fn every_request_is_counted_once() {
    for does in ["does: killed", "does: hangs", "does: drops", "does: resets"] {
        let report = outage(
            does,
            Some("haleway: 1\npools: [{match: '*', slow_start: 2s}]"),
        );
        let pool = &report.pools[0];
        assert_eq!(pool.requests, report.requests, "{does}");
        let tries: u64 = pool.endpoints.iter().map(|it| it.tries.all).sum();
        assert!(tries >= report.requests.all, "{does}: {tries}");
        assert_eq!(report.unfinished, 0, "{does}");
    }
}

#[test]
fn documents_tell_what_they_are() {
    let mut sources = Sources::new();
    let scenario = read(&mut sources, "scenario.yaml", "scenario: 1\nuntil: 1s\n");
    assert!(detects(&scenario));
    let other = read(&mut sources, "haleway.yaml", "haleway: 1\n");
    assert!(!detects(&other));
    let (_, findings) = Scenario::read(&other, &sources);
    assert_eq!(findings[0].code, "W0001");
}

fn behaviour() -> impl Strategy<Value = String> {
    let does = prop::sample::select(vec![
        "answers", "refuses", "hangs", "resets", "killed", "drops",
    ]);
    let seen_by = prop::sample::select(vec!["all", "requests", "probes"]);
    (
        does,
        seen_by,
        1..=3_u8,
        0..5000_u32,
        1..4000_u32,
        200..600_u16,
    )
        .prop_map(|(does, seen_by, host, from, length, status)| {
            let to = from + length;
            let status = if does == "answers" {
                format!(", status: {status}, after: 3ms")
            } else {
                String::new()
            };
            format!(
                "  - {{ match: \"10.0.0.{host}:80\", from: {from}ms, to: {to}ms, does: {does}, \
                 seen_by: {seen_by}{status} }}\n"
            )
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_outage_replays_and_adds_up(
        behaviours in prop::collection::vec(behaviour(), 1..6),
        method in prop::sample::select(vec!["GET", "POST"]),
        seed in any::<u32>(),
    ) {
        let overlay = "haleway: 1\npools:\n  - match: '*'\n    recover: { half_open: { after: 500ms, \
                       trials: 2 } }\n    panic: 40%\n    silence: { factor: 4 }\n    \
                       damp_flaps: { after: 3, hold: 1s }\n    slow_start: 1s\n";
        let mut sources = Sources::new();
        let blueprint = blueprint(&mut sources, THREE, Some(overlay));
        let scenario = format!(
            "scenario: 1\nuntil: 8s\nseed: {seed}\nendpoints:\n{}requests:\n  - {{ per_second: 97, \
             method: {method}, to: 6s }}\n  - {{ at: 1s, times: 3 }}\n",
            behaviours.concat()
        );
        let report = played(&mut sources, &blueprint, &scenario).unwrap().report;
        prop_assert_eq!(report.requests.all + report.unfinished, 97 * 6 + 3);
    }

    #[test]
    fn no_document_panics(text in "[a-z0-9:{}\\[\\], \"*.\n-]{0,80}") {
        let text = format!("scenario: 1\n{text}");
        let mut sources = Sources::new();
        let source = sources.add(Source::new("scenario.yaml", text.as_str()));
        for root in parse(source, &text, Format::Yaml).roots {
            let _ = Scenario::read(&root, &sources);
        }
    }
}
