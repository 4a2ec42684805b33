//! The traps of health checks: each is found where it is, and nowhere else.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use haleway_blueprint::Supplies;
use haleway_document::{Format, Source, Sources, parse};
use haleway_health::Initial;
use haleway_kong::{Options, compile};

/// Checks without a trap, as far as Kong's own keys go.
const CLEAN: &str = "
    healthchecks:
      active:
        type: http
        healthy: {interval: 5, successes: 1, http_statuses: [200, 204, 301, 302]}
        unhealthy:
          interval: 5
          http_failures: 1
          tcp_failures: 1
          timeouts: 1
          http_statuses: [400, 401, 403, 404, 405, 426, 500, 501, 502, 503, 504]
      passive:
        healthy: {successes: 1}
        unhealthy:
          http_failures: 3
          tcp_failures: 3
          timeouts: 3
          http_statuses: [500, 502, 503]
";

/// The codes of the traps in a configuration, and what is said of them.
fn traps(upstream: &str, service: &str, overlaid: bool) -> (Vec<String>, String) {
    let text = format!(
        "_format_version: '3.0'
services:
- {{name: s, host: u{service}, routes: [{{paths: [/]}}]}}
upstreams:
- name: u
{}
  targets: [{{target: 127.0.0.1:1}}]
",
        upstream.replace("\n    ", "\n  ")
    );
    found(&text, overlaid)
}

fn found(text: &str, overlaid: bool) -> (Vec<String>, String) {
    let mut sources = Sources::new();
    let source = sources.add(Source::new("kong.yml", text));
    let mut parsed = parse(source, text, Format::of_name("kong.yml"));
    let root = parsed.roots.remove(0);
    let compiled = compile(&root, &sources, &Supplies::default(), &Options::default());
    let mut blueprint = compiled.blueprint.unwrap();
    if overlaid {
        let health = blueprint.pools[0].health.as_mut().unwrap();
        health.config.initial = Initial::Unhealthy;
        health.config.probe.as_mut().unwrap().jitter_ppm = 200_000;
    }
    let findings = compiled.traps.findings(&blueprint);
    let codes = findings.iter().map(|it| it.code.to_string()).collect();
    let said: Vec<String> = findings.iter().map(|it| it.message.to_string()).collect();
    (codes, said.join("\n"))
}

/// What every probe over HTTP brings along, whatever its keys are: G0108.
fn beside(codes: Vec<String>) -> Vec<String> {
    codes.into_iter().filter(|code| code != "G0108").collect()
}

#[test]
fn checks_without_a_trap_give_none() {
    let (codes, said) = traps(CLEAN, "", true);
    assert!(beside(codes).is_empty(), "{said}");
}

#[test]
fn each_trap_is_found_alone_and_names_what_is_to_be_changed() {
    // What is changed in the clean checks, the code that it gives, a key that is named.
    let table: &[(&str, &str, &str, &str)] = &[
        ("204, 301", "301", "G0101", "active.unhealthy.http_statuses"),
        (
            "healthy: {successes: 1}",
            "healthy: {successes: 0}",
            "G0102",
            "passive.healthy.successes",
        ),
        (
            "tcp_failures: 3",
            "tcp_failures: 0",
            "G0103",
            "passive.unhealthy.tcp_failures",
        ),
        (
            "timeouts: 1",
            "timeouts: 0",
            "G0103",
            "active.unhealthy.timeouts",
        ),
        ("[500, 502, 503]", "[500, 503]", "G0105", "502"),
        ("type: http", "type: tcp", "G0106", "type: tcp"),
        ("type: http", "type: grpc", "G0107", "type: grpc"),
        (
            "successes: 1, http",
            "successes: 0, http",
            "G0112",
            "active.healthy.successes",
        ),
        ("[500, 502, 503]", "[429, 500, 502, 503]", "G0113", "429"),
        (
            "http_failures: 3",
            "http_failures: 255",
            "G0114",
            "passive.unhealthy.http_failures",
        ),
        (
            "    healthchecks:",
            "    algorithm: consistent-hashing\n    hash_on: ip\n    healthchecks:",
            "G0116",
            "consistent-hashing",
        ),
    ];
    for (from, to, code, named) in table {
        assert!(CLEAN.contains(from), "{from}");
        let (codes, said) = traps(&CLEAN.replacen(from, to, 1), "", true);
        let found = beside(codes);
        assert!(
            found.contains(&(*code).to_owned()),
            "{code}: {found:?} {said}"
        );
        assert!(said.contains(named), "{named} in {said}");
        let others = found.iter().filter(|it| it != code && *it != "G0115");
        assert_eq!(others.count(), 0, "{code}: {found:?} {said}");
    }
}

#[test]
fn traps_of_services_and_of_what_no_key_can_say() {
    let (codes, said) = traps(CLEAN, ", retries: 0", true);
    assert_eq!(beside(codes), ["G0104"], "{said}");
    let (codes, _) = traps(CLEAN, "", false);
    assert_eq!(codes, ["G0108", "G0109", "G0110"]);
}

#[test]
fn the_tutorial_s_own_checks_never_notice_a_dead_pod() {
    let tutorial = "
    healthchecks:
      passive:
        healthy: {successes: 3}
        unhealthy: {http_failures: 3}
";
    let (codes, said) = traps(tutorial, "", false);
    assert!(codes.contains(&"G0103".to_owned()), "{codes:?}");
    assert!(codes.contains(&"G0111".to_owned()), "{codes:?}");
    for right in ["http_failures", "healthy.successes"] {
        assert!(
            !said.contains(right),
            "{right} is right, and is named in {said}"
        );
    }
}

#[test]
fn probes_of_connections_are_those_over_tcp() {
    let text = |route: &str, kind: &str| {
        let checks = CLEAN.replace("\n    ", "\n  ");
        let checks = checks.replace("type: http", &format!("type: {kind}"));
        format!(
            "_format_version: '3.0'
services:
- {{name: s, protocol: tcp, host: u, routes: [{route}]}}
upstreams:
- name: u
{checks}
  targets: [{{target: 127.0.0.1:1}}]
"
        )
    };
    let carried = "{protocols: [tcp], destinations: [{port: 1}]}";
    let both = "{protocols: [tcp], destinations: [{port: 1}]}, {paths: [/]}";
    let codes = |route, kind| found(&text(route, kind), false).0;
    let has = |codes: &[String], code: &str| codes.iter().any(|known| known == code);
    assert!(!has(&codes(carried, "tcp"), "G0106"), "they go out");
    assert!(has(&codes(both, "tcp"), "G0106"));
    for code in ["G0101", "G0107", "G0108"] {
        assert!(!has(&codes(carried, "http"), code), "{code}");
        assert!(!has(&codes(carried, "grpc"), code), "{code}");
    }
    assert!(has(&codes(both, "http"), "G0108"));
}
