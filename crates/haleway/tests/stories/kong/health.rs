//! Kong's counters as their own tests would see them: sequences of outcomes, and who serves then.

use std::net::SocketAddr;

use super::{ask, balanced, httpbin, serve, serve_with_admin};
use crate::harness::{Upstream, get, until};

/// Sends the statuses of a sequence: S is 200, H is 500, X is 404, which stands in no list.
fn send(to: SocketAddr, sequence: &str) {
    for event in sequence.chars() {
        let status = match event {
            'S' => 200,
            'H' => 500,
            'X' => 404,
            other => panic!("{other} is no event"),
        };
        let answer = ask(to, "GET", &format!("/test/status/{status}"), &[]);
        assert_eq!(answer.status(), status, "{event} of {sequence}");
    }
}

fn passive(successes: u32, failures: u32) -> String {
    format!(
        "healthchecks:\n  passive:\n    healthy: {{successes: {successes}}}\n    \
         unhealthy: {{http_failures: {failures}}}"
    )
}

#[test]
fn sequences_lead_to_their_verdicts() {
    // Successes, failures, sequence, still serving.
    let table = [
        (3, 3, "HHSHH", true),
        (3, 3, "HHSHHH", false),
        (0, 3, "HSHSH", false),
        (3, 3, "HXHXH", false),
        (1, 1, "XXXX", true),
    ];
    for (successes, failures, sequence, serves) in table {
        let upstream = httpbin();
        let config = balanced(&[upstream.address()], &passive(successes, failures), "");
        let gateway = serve(&config);
        send(gateway.address(), sequence);
        let answer = ask(gateway.address(), "GET", "/test/status/200", &[]);
        let expected = if serves { 200 } else { 503 };
        assert_eq!(answer.status(), expected, "{sequence}");
    }
}

#[test]
fn a_reset_by_hand_begins_anew() {
    let upstream = httpbin();
    let target = upstream.address();
    let (gateway, admin) = serve_with_admin(&balanced(&[target], &passive(3, 3), ""));
    let healthy = format!("/upstreams/httpbin/targets/{target}/healthy");
    send(gateway.address(), "HH");
    assert_eq!(ask(admin, "PUT", &healthy, &[]).status(), 204);
    send(gateway.address(), "HH");
    let answer = ask(gateway.address(), "GET", "/test/status/200", &[]);
    assert_eq!(answer.status(), 200);
}

#[test]
fn a_threshold_is_strict() {
    let upstreams: Vec<Upstream> = (0..4).map(|_| httpbin()).collect();
    let targets: Vec<SocketAddr> = upstreams.iter().map(Upstream::address).collect();
    let checks = "
healthchecks:
  threshold: 75
  passive:
    unhealthy: {http_failures: 1}
";
    let (gateway, admin) = serve_with_admin(&balanced(&targets, checks, ""));
    let to = gateway.address();
    assert_eq!(ask(to, "GET", "/test/status/200", &[]).status(), 200);
    let path = format!("/upstreams/httpbin/targets/{}/unhealthy", targets[0]);
    assert_eq!(ask(admin, "PUT", &path, &[]).status(), 204);
    assert_eq!(ask(to, "GET", "/test/status/200", &[]).status(), 503);
    let health = get(admin, "/upstreams/httpbin/health?balancer_health=1").json();
    assert_eq!(health["data"]["balancer_health"], "UNHEALTHY", "{health:#}");
}

#[test]
fn turns_are_exact_and_weight_zero_gets_none() {
    let upstreams: Vec<Upstream> = (0..3).map(|_| httpbin()).collect();
    let list: Vec<String> = upstreams
        .iter()
        .zip([300, 100, 0])
        .map(|(upstream, weight)| {
            format!(
                "  - {{target: '{}', weight: {weight}}}\n",
                upstream.address()
            )
        })
        .collect();
    let config =
        balanced(&[], "", "").replace("  targets:\n", &format!("  targets:\n{}", list.concat()));
    let gateway = serve(&config);
    for _ in 0..40 {
        assert_eq!(ask(gateway.address(), "GET", "/test", &[]).status(), 200);
    }
    let counts: Vec<usize> = upstreams.iter().map(|it| it.requests().len()).collect();
    assert_eq!(counts, [30, 10, 0]);
}

#[test]
fn why_names_what_was_seen_and_the_limit_as_kong_calls_it() {
    let upstream = httpbin();
    let gateway = serve(&balanced(&[upstream.address()], &passive(3, 3), ""));
    send(gateway.address(), "HHH");
    let path = format!("/v1/pools/httpbin/endpoints/{}/why", upstream.address());
    until("it is said", || {
        get(gateway.admin(), &path).text().contains("unhealthy")
    });
    let why = get(gateway.admin(), &path).text().to_owned();
    for part in ["500", "http_failures", "kong.yml:"] {
        assert!(why.contains(part), "{part} in {why}");
    }
    let unknown = get(gateway.admin(), "/v1/pools/httpbin/endpoints/1.2.3.4:5/why");
    assert_eq!(unknown.status(), 404);
}
