//! An overlay beside a configuration: what it changes, and how it is told where it is wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::harness::upstream::answer;
use crate::harness::{Gateway, Start, Upstream, get, post, until};

/// An upstream that answers 200 or, while it is ill, 500. Counts what it is asked.
struct Patient {
    upstream: Upstream,
    ill: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Patient {
    fn ill() -> Self {
        let (ill, asked) = (
            Arc::new(AtomicBool::new(true)),
            Arc::new(AtomicUsize::new(0)),
        );
        let (is_ill, count) = (ill.clone(), asked.clone());
        let upstream = Upstream::by(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            let status = if is_ill.load(Ordering::SeqCst) {
                500
            } else {
                200
            };
            answer(status, "application/json", r#"{"a":1}"#)
        });
        Self {
            upstream,
            ill,
            asked,
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// `/x`, passed to these hosts. Requests eject them, and nothing brings them back: probes go out so
/// rarely that none is seen.
fn config(hosts: &[&Patient]) -> String {
    let hosts: Vec<String> = hosts.iter().map(|host| host.upstream.host()).collect();
    json!({
        "version": 3,
        "host": hosts,
        "endpoints": [{
            "endpoint": "/x",
            "output_encoding": "no-op",
            "backend": [{"url_pattern": "/x", "encoding": "no-op"}],
        }],
        "extra_config": {
            "router": {"return_error_msg": true},
            "haleway/health": {
                "active": {"interval": "8000h", "unhealthy_interval": "8000h"},
                "passive": {"http_failures": 1},
                "balance": "round-robin",
            },
        },
    })
    .to_string()
}

fn start(config: &str, overlay: &str) -> Gateway {
    Start::with(config)
        .file("haleway.yaml", overlay)
        .argument("haleway.yaml")
        .go()
}

fn verdict(gateway: &Gateway, patient: &Patient) -> String {
    let pools: Value = get(gateway.admin(), "/v1/pools").json();
    let endpoints = pools["pools"][0]["endpoints"].as_array().unwrap();
    let address = patient.upstream.address().to_string();
    let mut endpoints = endpoints.iter();
    let found = endpoints.find(|endpoint| endpoint["address"] == address);
    found.unwrap()["health"]["verdict"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn ask(gateway: &Gateway) -> (u16, String) {
    let answer = get(gateway.address(), "/x");
    (answer.status(), answer.text().to_owned())
}

const NOBODY: &str = "no hosts available";

#[test]
fn trials_bring_a_host_back_that_nothing_else_would() {
    let host = Patient::ill();
    let config = config(&[&host]);
    let plain = Gateway::start(&config);
    let overlaid = start(
        &config,
        "haleway: 1\npools:\n  - match: \"*\"\n    recover: { half_open: { after: 300ms } }\n",
    );
    for gateway in [&plain, &overlaid] {
        assert_eq!(ask(gateway).0, 500);
        until("it is out", || verdict(gateway, &host) == "unhealthy");
    }
    assert_eq!(ask(&plain), (500, NOBODY.to_owned()));
    host.ill.store(false, Ordering::SeqCst);
    until("a trial passes", || ask(&overlaid).0 == 200);
    until("it is healthy", || verdict(&overlaid, &host) == "healthy");
    assert_eq!(
        ask(&plain),
        (500, NOBODY.to_owned()),
        "without the overlay it never ends"
    );
}

#[test]
fn panic_serves_all_rather_than_none() {
    let (one, two) = (Patient::ill(), Patient::ill());
    let config = config(&[&one, &two]);
    let gateway = start(&config, "haleway: 1\npools: [{match: \"*\", panic: 50%}]\n");
    for _ in 0..2 {
        ask(&gateway);
    }
    for host in [&one, &two] {
        until("it is out", || verdict(&gateway, host) == "unhealthy");
        host.ill.store(false, Ordering::SeqCst);
    }
    let before = one.asked() + two.asked();
    for _ in 0..4 {
        assert_eq!(ask(&gateway).0, 200, "they are asked all the same");
    }
    assert_eq!(one.asked() + two.asked(), before + 4);
}

#[test]
fn a_reload_reads_it_again_and_refuses_a_bad_one() {
    let host = Patient::ill();
    let gateway = start(&config(&[&host]), "haleway: 1\n");
    ask(&gateway);
    until("it is out", || verdict(&gateway, &host) == "unhealthy");
    let write = |text: &str| std::fs::write(gateway.path("haleway.yaml"), text).unwrap();
    write("haleway: 1\npools:\n  - match: \"*\"\n    panik: 50%\n");
    let refused = post(gateway.admin(), "/v1/reload", "");
    assert_eq!(refused.status(), 422);
    let place = "haleway.yaml:4:5: error[O0002]";
    assert!(refused.text().contains(place), "{}", refused.text());
    assert_eq!(ask(&gateway), (500, NOBODY.to_owned()));
    write("haleway: 1\npools:\n  - match: \"*\"\n    panic: 50%\n    damp_flaps: { after: 7 }\n");
    assert_eq!(post(gateway.admin(), "/v1/reload", "").status(), 200);
    host.ill.store(false, Ordering::SeqCst);
    assert_eq!(
        ask(&gateway).0,
        200,
        "the pool serves although nobody is healthy"
    );
    let address = host.upstream.address();
    let path = format!("/v1/pools/{address}/endpoints/{address}/why");
    let why = get(gateway.admin(), &path).json()["page"].to_string();
    assert!(
        why.contains("damp_flaps.after 7 at haleway.yaml:5:26"),
        "{why}"
    );
}

#[test]
fn watching_sees_it() {
    let host = Patient::ill();
    let gateway = Start::with(&config(&[&host]))
        .file("haleway.yaml", "haleway: 1\n")
        .argument("haleway.yaml")
        .argument("--watch")
        .go();
    ask(&gateway);
    until("it is out", || verdict(&gateway, &host) == "unhealthy");
    host.ill.store(false, Ordering::SeqCst);
    let written = "haleway: 1\npools: [{match: \"*\", panic: 50%}]\n";
    std::fs::write(gateway.path("haleway.yaml"), written).unwrap();
    gateway.expect_talk("the configuration was reloaded");
    until("the pool serves", || ask(&gateway).0 == 200);
}

#[test]
fn alone_it_serves_nothing() {
    let start = Start::with_named("haleway.yaml", "haleway: 1\n");
    let ended = start.finish(&["run", "haleway.yaml", "--admin", "off"]);
    assert_eq!(ended.code, Some(78), "{}", ended.talk);
    assert!(ended.talk.contains("O0007"), "{}", ended.talk);
}
