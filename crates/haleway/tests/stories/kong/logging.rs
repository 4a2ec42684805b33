//! What entries tell of requests that have ended.

use std::net::SocketAddr;

use serde_json::Value;

use super::{ask, balanced, httpbin, plain, serve};
use crate::harness::{Client, Gateway, Upstream, until};

/// Every request is logged.
const LOGGED: &str = "
plugins:
- name: file-log
  config: {path: requests.log}
";

/// The first so many entries, once they are written.
fn entries(gateway: &Gateway, count: usize) -> Vec<Value> {
    let path = gateway.path("requests.log");
    let mut lines = Vec::new();
    until("the requests are logged", || {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        lines = text.lines().map(str::to_owned).collect();
        lines.len() >= count && text.ends_with('\n')
    });
    let parsed = lines.iter().map(|line| serde_json::from_str(line));
    parsed.collect::<Result<_, _>>().unwrap()
}

/// An upstream that never answers.
fn silent() -> Upstream {
    Upstream::with(|peer| {
        peer.request();
        peer.hang();
    })
}

/// A try of an entry without its times, which are looked at here.
fn timeless(tried: &Value, not_before_ms: u64) -> Value {
    let mut tried = tried.clone();
    let fields = tried.as_object_mut().unwrap();
    let start = fields.remove("balancer_start").unwrap();
    assert!(start.as_u64().unwrap() >= not_before_ms, "{start}");
    if let Some(latency) = fields.remove("balancer_latency") {
        assert!(latency.as_u64().unwrap() < 1_000, "{latency}");
    }
    tried
}

fn tried(at: SocketAddr, failed: Option<u16>) -> Value {
    let mut tried = serde_json::json!({"ip": at.ip().to_string(), "port": at.port()});
    if let Some(code) = failed {
        tried["state"] = Value::from("failed");
        tried["code"] = Value::from(code);
    }
    tried
}

#[test]
fn tries_that_fail_tell_how() {
    let silent = silent();
    let service = "read_timeout: 100\nretries: 1";
    let gateway = serve(&(balanced(&[silent.address()], "", service) + LOGGED));
    assert_eq!(ask(gateway.address(), "GET", "/test", &[]).status(), 504);
    let entry = &entries(&gateway, 1)[0];
    let tries = entry["tries"].as_array().unwrap();
    let started = entry["started_at"].as_u64().unwrap();
    assert_eq!(
        timeless(&tries[0], started),
        tried(silent.address(), Some(504))
    );
    // The last one is told by the answer.
    assert_eq!(
        timeless(&tries[1], started + 100),
        tried(silent.address(), None)
    );
    assert_eq!(tries.len(), 2);
    assert_eq!(entry["response"]["status"], 504);
}

#[test]
fn a_search_in_vain_is_a_try_without_an_address() {
    let resetting = Upstream::with(|peer| {
        peer.request();
        peer.reset();
    });
    let checks = "healthchecks:\n  passive:\n    unhealthy: {tcp_failures: 1}";
    let gateway = serve(&(balanced(&[resetting.address()], checks, "retries: 3") + LOGGED));
    assert_eq!(ask(gateway.address(), "GET", "/test", &[]).status(), 503);
    let entry = &entries(&gateway, 1)[0];
    let tries = entry["tries"].as_array().unwrap();
    let tries: Vec<Value> = tries.iter().map(|it| timeless(it, 0)).collect();
    let failed = tried(resetting.address(), Some(502));
    assert_eq!(tries, [failed, serde_json::json!({})]);
}

#[test]
fn own_answers_tell_their_length_and_others_their_framing() {
    let chunked = Upstream::answering(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    );
    let service = "plugins:\n- name: request-termination\n  config: {trigger: stop}";
    let gateway = serve(&(plain(&chunked, service, "") + LOGGED));
    let to = gateway.address();
    assert_eq!(ask(to, "GET", "/nowhere", &[]).status(), 404);
    let stopped = ask(to, "GET", "/test?stop", &[]);
    assert_eq!(ask(to, "GET", "/test", &[]).text(), "hello");
    let entries = entries(&gateway, 3);
    // Those of several cores are written in any order.
    let of = |uri: &str| {
        let mut asked = entries.iter();
        asked.find(|entry| entry["request"]["uri"] == uri).unwrap()
    };
    let headers = |uri: &str| &of(uri)["response"]["headers"];
    assert_eq!(headers("/nowhere")["content-length"], "52");
    assert_eq!(of("/nowhere")["tries"], Value::Null);
    let length = stopped.text().len().to_string();
    assert_eq!(headers("/test?stop")["content-length"], length);
    assert_eq!(of("/test?stop")["tries"], serde_json::json!({}));
    assert_eq!(headers("/test")["content-length"], Value::Null);
    assert_eq!(headers("/test")["transfer-encoding"], "chunked");
}

#[test]
fn own_answers_to_head_tell_the_length_that_they_would_have() {
    let upstream = httpbin();
    let gateway = serve(&plain(&upstream, "", ""));
    let mut client = Client::connect(gateway.address());
    let head = client.ask("HEAD", "/nowhere");
    assert_eq!(head.header("Content-Length"), Some("52"));
    assert_eq!(client.ask("GET", "/test").status(), 200);
}
