//! Probes: what they ask, and what they make of the answer.

use serde_json::{Value, json};

use crate::harness::http2::Http2Upstream;
use crate::harness::tls::Authority;
use crate::harness::upstream::answer;
use crate::harness::{Gateway, Upstream, free_port, get, until};

/// Verdict and cause of a host once a probe has turned it. It begins as the opposite of what is
/// expected.
fn judged(host: &str, active: &Value, expected: &str) -> String {
    let initial = match expected {
        "healthy" => "unhealthy",
        _ => "healthy",
    };
    let mut active = active.clone();
    for (key, value) in [
        ("interval", json!("50ms")),
        ("timeout", json!("300ms")),
        ("successes", json!(1)),
        ("http_failures", json!(1)),
        ("tcp_failures", json!(1)),
        ("timeouts", json!(1)),
    ] {
        active[key] = value;
    }
    let health = json!({"active": active, "initial": initial});
    let gateway = Gateway::start(
        &json!({
            "version": 3,
            "host": [host],
            "endpoints": [{"endpoint": "/x", "backend": [{"url_pattern": "/x"}]}],
            "extra_config": {"haleway/health": health},
        })
        .to_string(),
    );
    let mut cause = String::new();
    until("a probe turns it", || {
        let pools = get(gateway.admin(), "/v1/pools").json();
        let health = &pools["pools"][0]["endpoints"][0]["health"];
        cause = health["cause"].as_str().unwrap().to_owned();
        health["verdict"] == expected
    });
    cause
}

#[test]
fn a_connection_is_enough_for_tcp() {
    let quiet = Upstream::with(|peer| peer.hang());
    let tcp = json!({"type": "tcp"});
    assert!(judged(&quiet.host(), &tcp, "healthy").starts_with("L4OK"));
    let dead = format!("http://127.0.0.1:{}", free_port());
    assert!(judged(&dead, &tcp, "unhealthy").starts_with("L4CON"));
}

#[test]
fn http_asks_as_it_is_told() {
    let host = Upstream::by(|request| {
        let told = request.asked() == "GET /up?x=1"
            && request.header("host") == Some("inner")
            && request.header("x-probe") == Some("yes");
        answer(if told { 204 } else { 503 }, "text/plain", "")
    });
    let mut active = json!({"path": "/up?x=1", "host": "inner", "headers": {"X-Probe": "yes"}});
    assert!(judged(&host.host(), &active, "healthy").starts_with("L7OK/204"));
    active["path"] = json!("/other");
    assert!(judged(&host.host(), &active, "unhealthy").starts_with("L7STS/503"));
    active["unhealthy_statuses"] = json!([500]);
    active["healthy_statuses"] = json!([503]);
    assert!(judged(&host.host(), &active, "healthy").starts_with("L7OK/503"));
}

#[test]
fn silence_is_a_timeout_and_noise_is_no_answer() {
    let quiet = Upstream::with(|peer| peer.hang());
    let http = json!({"type": "http"});
    assert!(judged(&quiet.host(), &http, "unhealthy").starts_with("L7TOUT"));
    let noisy = Upstream::answering("220 mail ready\r\n\r\n");
    assert!(judged(&noisy.host(), &http, "unhealthy").starts_with("L7RSP"));
}

#[test]
fn http2_goes_in_clear_text_or_behind_tls() {
    let http2 = json!({"type": "http2"});
    let clear = Http2Upstream::start(None);
    let host = format!("http://127.0.0.1:{}", clear.port());
    assert!(judged(&host, &http2, "healthy").starts_with("L7OK/200"));
    let secured = Http2Upstream::start(Some(Authority::new().sign().server(&["h2"])));
    let host = format!("https://localhost:{}", secured.port());
    assert!(judged(&host, &http2, "unhealthy").starts_with("L6RSP"));
    let trusting = json!({"type": "http2", "verify": false});
    assert!(judged(&host, &trusting, "healthy").starts_with("L7OK/200"));
}

#[test]
fn grpc_wants_to_hear_that_it_serves() {
    let other = Http2Upstream::start(None);
    let host = format!("http://127.0.0.1:{}", other.port());
    let grpc = json!({"type": "grpc", "path": "shop.Orders"});
    assert!(judged(&host, &grpc, "unhealthy").starts_with("L7STS"));
}
