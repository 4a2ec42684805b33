//! Probes: what they ask, and what they make of the answer.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::{Value, json};

use crate::harness::http2::Http2Upstream;
use crate::harness::tls::Authority;
use crate::harness::upstream::answer;
use crate::harness::{Gateway, Message, Start, Upstream, free_port, get, post, until};

/// Verdict and cause of a host once a probe has turned it. It begins as the opposite of what is
/// expected.
fn judged(host: &str, active: &Value, expected: &str) -> String {
    let initial = match expected {
        "healthy" => "unhealthy",
        _ => "healthy",
    };
    let gateway = probing(host, active, initial);
    until("a probe turns it", || verdict(&gateway) == expected);
    cause(&gateway)
}

fn verdict(gateway: &Gateway) -> String {
    told(gateway, "verdict")
}

fn cause(gateway: &Gateway) -> String {
    told(gateway, "cause")
}

fn told(gateway: &Gateway, what: &str) -> String {
    let pools = get(gateway.admin(), "/v1/pools").json();
    let told = &pools["pools"][0]["endpoints"][0]["health"][what];
    told.as_str().unwrap().to_owned()
}

/// A gateway that probes a host often; one failure or success turns it.
fn probing(host: &str, active: &Value, initial: &str) -> Gateway {
    let mut active = active.clone();
    active["interval"] = json!("50ms");
    Gateway::start(&written(host, &active, initial).to_string())
}

fn written(host: &str, active: &Value, initial: &str) -> Value {
    let mut active = active.clone();
    for (key, value) in [
        ("timeout", json!("300ms")),
        ("successes", json!(1)),
        ("http_failures", json!(1)),
        ("tcp_failures", json!(1)),
        ("timeouts", json!(1)),
    ] {
        active[key] = value;
    }
    let health = json!({"active": active, "initial": initial});
    json!({
        "version": 3,
        "host": [host],
        "endpoints": [{"endpoint": "/x", "backend": [{"url_pattern": "/x"}]}],
        "extra_config": {"haleway/health": health},
    })
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
fn http_says_no_more_than_it_must() {
    let host = Upstream::json("{}");
    let active = json!({"path": "/up?x=1", "headers": {"X-Probe": "yes"}});
    judged(&host.host(), &active, "healthy");
    let asked = host.requests()[0].clone();
    assert_eq!(asked.start, "GET /up?x=1 HTTP/1.1");
    let own = host.address().to_string();
    let expected = [
        ("Host", own.as_str()),
        ("Connection", "close"),
        ("X-Probe", "yes"),
    ];
    let sent: Vec<_> = asked
        .headers
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    assert_eq!(sent, expected);
}

#[test]
fn who_wants_an_older_version_is_asked_in_it() {
    let old = Upstream::by(|request| {
        let status = if request.start.ends_with(" HTTP/1.0") {
            200
        } else {
            505
        };
        answer(status, "text/plain", "")
    });
    let gateway = probing(&old.host(), &json!({"type": "http"}), "unhealthy");
    until("it was asked often", || old.requests().len() >= 6);
    assert!(
        cause(&gateway).starts_with("L7OK/200"),
        "{}",
        cause(&gateway)
    );
    let starts: Vec<String> = old.requests().into_iter().map(|it| it.start).collect();
    assert_eq!(starts[0], "GET / HTTP/1.1");
    assert!(
        starts[1..].iter().all(|start| start == "GET / HTTP/1.0"),
        "{starts:?}"
    );
    let neither = Upstream::by(|_| answer(505, "text/plain", ""));
    let http = json!({"type": "http", "unhealthy_statuses": [505]});
    assert!(judged(&neither.host(), &http, "unhealthy").starts_with("L7STS/505"));
}

#[test]
fn an_answer_that_breaks_off_is_a_failed_connection() {
    let curt = Upstream::with(|peer| {
        peer.request();
        peer.send("HTTP/1.1 200");
        peer.close();
    });
    let http = json!({"type": "http"});
    let cause = judged(&curt.host(), &http, "unhealthy");
    assert!(
        cause.starts_with("L7RSP") && cause.contains("too many TCP failures"),
        "{cause}"
    );
}

#[test]
fn https_checks_the_certificate_unless_told_otherwise() {
    let secured = Http2Upstream::start(Some(Authority::new().sign().server(&["http/1.1"])));
    let host = format!("https://localhost:{}", secured.port());
    let https = json!({"type": "https"});
    let cause = judged(&host, &https, "unhealthy");
    assert!(
        cause.starts_with("L6RSP") && cause.contains("too many TCP failures"),
        "{cause}"
    );
    let trusting = json!({"type": "https", "verify": false});
    assert!(judged(&host, &trusting, "healthy").starts_with("L7OK/200"));
}

#[test]
fn probes_keep_their_rhythm_through_reloads() {
    const INTERVAL_MS: u128 = 300;
    let probed = Arc::new(Mutex::new(Vec::new()));
    let times = probed.clone();
    let host = Upstream::by(move |_| {
        times.lock().unwrap().push(Instant::now());
        answer(200, "application/json", "{}")
    });
    let mut written = written(&host.host(), &json!({"interval": "300ms"}), "healthy");
    let gateway = Gateway::start(&written.to_string());
    until("it is probed", || !probed.lock().unwrap().is_empty());
    // One reload follows the other: each is over long before the next probe is due, so a reload
    // that began the interval anew would let none come.
    let mut reloads = 0;
    until("it was probed often", || {
        reloads += 1;
        written["name"] = json!(format!("reload {reloads}"));
        // A path of its own: the site changes, the pool does not.
        written["endpoints"][0]["endpoint"] = json!(format!("/x{reloads}"));
        gateway.write(&written.to_string());
        let reload = post(gateway.admin(), "/v1/reload", "");
        assert_eq!(reload.status(), 200, "{}", reload.text());
        probed.lock().unwrap().len() > 10
    });
    let times = probed.lock().unwrap().clone();
    assert!(reloads >= times.len(), "{reloads}");
    let since_ms = |time: &Instant| time.duration_since(times[0]).as_millis();
    let rounds = since_ms(&times[10]).div_ceil(INTERVAL_MS);
    assert!(
        (9..=13).contains(&rounds),
        "10 probes in {rounds} intervals"
    );
    // Each probe is late by what the machine does with it, and no more: none is put off.
    let in_step = times.iter().filter(|time| {
        let late_ms = since_ms(time) % INTERVAL_MS;
        !(100..=250).contains(&late_ms)
    });
    let (in_step, all) = (in_step.count(), times.len());
    assert!(in_step * 10 >= all * 8, "{in_step} of {all} in step");
}

#[test]
fn an_overlay_lets_probes_share_a_connection() {
    let ended = Arc::new(AtomicUsize::new(0));
    let ends = ended.clone();
    let host = Upstream::with(move |peer| {
        let fine = answer(200, "text/plain", "fine");
        let mut asked = 0;
        // The first connection is ended from here, after a while and between two probes.
        while (peer.number > 0 || asked < 5) && peer.request().is_some() {
            asked += 1;
            peer.send(&fine);
        }
        peer.close();
        ends.fetch_add(1, Ordering::SeqCst);
    });
    let mut written = written(&host.host(), &json!({"interval": "50ms"}), "healthy");
    let overlay = "haleway: 1\npools: [{match: '*', probes: {keep_connections: true}}]\n";
    let gateway = Start::with(&written.to_string())
        .file("haleway.yaml", overlay)
        .argument("haleway.yaml")
        .go();
    until("it was probed often", || host.requests().len() >= 15);
    assert_eq!(host.connections(), 2, "the second one lasts");
    assert!(
        host.requests()
            .iter()
            .all(|it| it.header("connection").is_none())
    );
    assert_eq!(verdict(&gateway), "healthy");
    let events = get(gateway.admin(), "/v1/events").text().to_owned();
    assert!(
        !events.contains("unhealthy"),
        "one failure would count: {events}"
    );

    written["extra_config"]["haleway/health"]["active"]["path"] = json!("/other");
    gateway.write(&written.to_string());
    assert_eq!(post(gateway.admin(), "/v1/reload", "").status(), 200);
    until("the connection of the old probe goes", || {
        ended.load(Ordering::SeqCst) == 2
    });
    let is_new = |it: &Message| it.asked() == "GET /other";
    until("the new one is sent", || host.requests().iter().any(is_new));
    assert_eq!(host.connections(), 3);
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
    let serving = Http2Upstream::health("shop.Orders");
    let host = format!("http://127.0.0.1:{}", serving.port());
    assert!(judged(&host, &grpc, "healthy").starts_with("L7OK"));
    let other = json!({"type": "grpc", "path": "shop.Baskets"});
    let cause = judged(&host, &other, "unhealthy");
    assert!(cause.contains("not serving"), "{cause}");
}
