//! The tutorial on health checks, each answer as it prints it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::{ask, httpbin, serve, serve_with_admin};
use crate::harness::{Message, Upstream, get, until};

/// An example with this upstream in place of its own.
fn example(name: &str, upstream: &Upstream) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/kong");
    let text = std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
    assert!(text.contains("127.0.0.1:8081"), "{name}");
    text.replace("127.0.0.1:8081", &upstream.address().to_string())
}

/// What the tutorial prints: it leaves `Date` out, which every answer has.
fn names(answer: &Message) -> Vec<&str> {
    let names = answer.headers.iter().map(|(name, _)| name.as_str());
    names.filter(|name| *name != "Date").collect()
}

fn assert_proxied(answer: &Message, start: &str) {
    assert_eq!(answer.start, start);
    let mut names = names(answer);
    names.sort_unstable();
    let printed = [
        "Access-Control-Allow-Credentials",
        "Access-Control-Allow-Origin",
        "Connection",
        "Content-Length",
        "Content-Type",
        "Server",
        "Via",
        "X-Kong-Proxy-Latency",
        "X-Kong-Upstream-Latency",
    ];
    assert_eq!(names, printed);
    assert_eq!(answer.header("Via"), Some("kong/3.4.2"));
    assert_eq!(answer.header("Server"), Some("gunicorn/19.9.0"));
    assert_eq!(answer.header("Connection"), Some("keep-alive"));
}

fn assert_open(answer: &Message) {
    assert_eq!(answer.start, "HTTP/1.1 503 Service Temporarily Unavailable");
    let mut names = names(answer);
    names.sort_unstable();
    let printed = [
        "Connection",
        "Content-Length",
        "Content-Type",
        "Server",
        "X-Kong-Response-Latency",
    ];
    assert_eq!(names, printed);
    assert_eq!(answer.header("Content-Length"), Some("62"));
    assert_eq!(
        answer.header("Content-Type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(answer.header("Server"), Some("kong/3.4.2"));
    assert_eq!(
        answer.text(),
        "{\n  \"message\":\"failure to get a peer from the ring-balancer\"\n}"
    );
}

fn status(to: SocketAddr, status: u16) -> Message {
    ask(to, "GET", &format!("/test/status/{status}"), &[])
}

#[test]
fn passive_checks_open_the_circuit_after_three_failures_in_a_row() {
    let upstream = httpbin();
    let gateway = serve(&example("health.yml", &upstream));
    let to = gateway.address();
    assert_proxied(&status(to, 200), "HTTP/1.1 200 OK");
    for _ in 0..2 {
        assert_proxied(&status(to, 500), "HTTP/1.1 500 INTERNAL SERVER ERROR");
    }
    assert_proxied(&status(to, 200), "HTTP/1.1 200 OK");
    for _ in 0..3 {
        assert_proxied(&status(to, 500), "HTTP/1.1 500 INTERNAL SERVER ERROR");
    }
    let before = upstream.requests().len();
    assert_open(&status(to, 200));
    assert_eq!(upstream.requests().len(), before, "nothing was sent");
}

#[test]
fn active_checks_close_it_after_three_good_probes() {
    let upstream = httpbin();
    // The tutorial waits for fifteen seconds; the intervals are shorter here.
    let example = example("health-active.yml", &upstream);
    assert_eq!(example.matches("interval: 5").count(), 2);
    let gateway = serve(&example.replace("interval: 5", "interval: 0.3"));
    let to = gateway.address();
    for round in 0..2 {
        for _ in 0..3 {
            assert_eq!(status(to, 500).status(), 500, "round {round}");
        }
        let opened = Instant::now();
        assert_open(&status(to, 200));
        until("it is back by itself", || status(to, 200).status() == 200);
        // Three probes, the first up to one interval away; answers are looked at now and then.
        let closed = opened.elapsed();
        assert!(closed >= Duration::from_millis(550), "{closed:?}");
        assert!(closed < Duration::from_millis(1900), "{closed:?}");
    }
}

#[test]
fn an_operator_brings_it_back_at_once() {
    let upstream = httpbin();
    let target = upstream.address();
    let (gateway, admin) = serve_with_admin(&example("health.yml", &upstream));
    let to = gateway.address();
    for _ in 0..3 {
        assert_eq!(status(to, 500).status(), 500);
    }
    assert_open(&status(to, 200));
    let health = get(admin, "/upstreams/httpbin/health").json();
    assert_eq!(health["data"][0]["health"], "UNHEALTHY", "{health:#}");
    let path = format!("/upstreams/httpbin/targets/{target}/healthy");
    assert_eq!(ask(admin, "PUT", &path, &[]).status(), 204);
    assert_proxied(&status(to, 200), "HTTP/1.1 200 OK");
    let health = get(admin, "/upstreams/httpbin/health").json();
    assert_eq!(health["data"][0]["health"], "HEALTHY", "{health:#}");
    let path = format!("/upstreams/httpbin/targets/{target}/unhealthy");
    assert_eq!(ask(admin, "POST", &path, &[]).status(), 204);
    assert_open(&status(to, 200));
    let unknown = ask(
        admin,
        "PUT",
        "/upstreams/httpbin/targets/1.2.3.4:5/healthy",
        &[],
    );
    assert_eq!(
        (unknown.status(), unknown.text()),
        (404, r#"{"message":"Not found"}"#)
    );
}
