//! Health of a pool as a whole: slow start, panic, the ejection budget, flaps, silence; and the
//! event log.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::harness::upstream::answer;
use crate::harness::{Client, Gateway, Start, Upstream, get, until};

/// A host that answers 200 or, while it is ill, 500; counts requests apart from probes.
struct Host {
    upstream: Upstream,
    ill: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Host {
    fn new(ill: bool) -> Self {
        let ill = Arc::new(AtomicBool::new(ill));
        let asked = Arc::new(AtomicUsize::new(0));
        let (is_ill, count) = (ill.clone(), asked.clone());
        let upstream = Upstream::by(move |request| {
            if !request.start.contains("/probe") {
                count.fetch_add(1, Ordering::SeqCst);
            }
            let ill = is_ill.load(Ordering::SeqCst);
            answer(if ill { 500 } else { 200 }, "application/json", "{}")
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

    fn set_ill(&self, ill: bool) {
        self.ill.store(ill, Ordering::SeqCst);
    }
}

/// `/x` of these hosts, with this `haleway/health`.
fn config(hosts: &[&Host], health: &Value) -> String {
    let hosts: Vec<String> = hosts.iter().map(|host| host.upstream.host()).collect();
    json!({
        "version": 3,
        "timeout": "5s",
        "host": hosts,
        "endpoints": [{
            "endpoint": "/x",
            "output_encoding": "no-op",
            "backend": [{"url_pattern": "/x", "encoding": "no-op"}],
        }],
        "extra_config": {"router": {"return_error_msg": true}, "haleway/health": health},
    })
    .to_string()
}

/// What the admin side says of a host.
fn told(gateway: &Gateway, host: &Host) -> Value {
    let pools = get(gateway.admin(), "/v1/pools").json();
    let address = host.upstream.address().to_string();
    let pools = pools["pools"].as_array().unwrap();
    let mut endpoints = pools
        .iter()
        .flat_map(|pool| pool["endpoints"].as_array().unwrap());
    let found = endpoints.find(|endpoint| endpoint["address"] == address.as_str());
    found.unwrap()["health"].clone()
}

fn is(gateway: &Gateway, host: &Host, verdict: &str) -> bool {
    told(gateway, host)["verdict"] == verdict
}

fn ask(gateway: &Gateway, count: usize) -> Vec<u16> {
    let mut client = Client::connect(gateway.address());
    (0..count)
        .map(|_| client.ask("GET", "/x").status())
        .collect()
}

#[test]
fn who_comes_back_starts_slowly() {
    let (steady, weak) = (Host::new(false), Host::new(false));
    let health = json!({
        "active": {"path": "/probe", "interval": "50ms", "successes": 1, "http_failures": 1},
        "slow_start": "300s",
        "balance": "round-robin",
    });
    let gateway = Gateway::start(&config(&[&steady, &weak], &health));
    ask(&gateway, 40);
    assert_eq!(weak.asked(), 20, "nobody starts slowly at the start");
    weak.set_ill(true);
    until("it is out", || is(&gateway, &weak, "unhealthy"));
    weak.set_ill(false);
    until("it is back", || is(&gateway, &weak, "healthy"));
    let before = weak.asked();
    let statuses = ask(&gateway, 200);
    assert!(statuses.iter().all(|status| *status == 200));
    let share = weak.asked() - before;
    // A tenth of its half, give or take: far from the half itself.
    assert!(share < 40, "{share} of 200");
}

#[test]
fn panic_serves_all_rather_than_too_few() {
    let (good, bad) = (Host::new(false), Host::new(true));
    let health = json!({
        "passive": {"http_failures": 1},
        "panic": "60%",
        "balance": "round-robin",
    });
    let gateway = Gateway::start(&config(&[&good, &bad], &health));
    ask(&gateway, 2);
    until("it is out", || is(&gateway, &bad, "unhealthy"));
    let pool = get(gateway.admin(), "/v1/pools").json()["pools"][0]["health"].clone();
    assert_eq!(
        (&pool["panic"], &pool["serves"]),
        (&json!(true), &json!(true))
    );
    let before = bad.asked();
    ask(&gateway, 20);
    assert_eq!(bad.asked() - before, 10, "half is less than 60 %");
}

#[test]
fn traffic_ejects_no_more_than_the_budget() {
    let (one, two) = (Host::new(true), Host::new(true));
    let health = json!({
        "passive": {"http_failures": 1},
        "recover": {"after": "60s"},
        "eject_at_most": "50%",
        "balance": "round-robin",
    });
    let gateway = Gateway::start(&config(&[&one, &two], &health));
    let statuses = ask(&gateway, 10);
    assert!(statuses.iter().all(|status| *status == 500));
    until("one is out", || {
        is(&gateway, &one, "unhealthy") != is(&gateway, &two, "unhealthy")
    });
    let spared = if is(&gateway, &one, "healthy") {
        &one
    } else {
        &two
    };
    let cause = told(&gateway, spared)["cause"].to_string();
    assert!(cause.contains("the ejection budget is spent"), "{cause}");
    let before = spared.asked();
    ask(&gateway, 10);
    assert_eq!(spared.asked() - before, 10, "somebody has to");
}

#[test]
fn who_comes_and_goes_stays_away() {
    let (steady, restless) = (Host::new(false), Host::new(false));
    let health = json!({
        "active": {"path": "/probe", "interval": "50ms", "successes": 1, "http_failures": 1},
        "damp_flaps": {"after": 2, "within": "60s", "hold": "60s"},
    });
    let gateway = Gateway::start(&config(&[&steady, &restless], &health));
    restless.set_ill(true);
    until("it is out", || is(&gateway, &restless, "unhealthy"));
    restless.set_ill(false);
    until("it is back", || is(&gateway, &restless, "healthy"));
    restless.set_ill(true);
    until("it is out again", || is(&gateway, &restless, "unhealthy"));
    restless.set_ill(false);
    let cause = || told(&gateway, &restless)["cause"].to_string();
    until("its flaps keep it out", || {
        cause().contains("it came and went too often")
    });
    let probes = "haleway_probes_total{result=\"success\"}";
    let before = gateway.metric(probes);
    until("it is well, as probes say", || {
        gateway.metric(probes) > before + 4.0
    });
    assert!(is(&gateway, &restless, "unhealthy"), "{}", cause());
    assert!(cause().contains("ends at "), "{}", cause());
}

#[test]
fn who_owes_answers_is_asked_one_at_a_time() {
    let hangs = Arc::new(AtomicBool::new(false));
    let is_hanging = hangs.clone();
    let mute = Upstream::with(move |peer| {
        while peer.request().is_some() {
            if is_hanging.load(Ordering::SeqCst) {
                return peer.hang();
            }
            peer.send(answer(200, "application/json", "{}"));
        }
    });
    let good = Host::new(false);
    let written = config(
        &[&good],
        &json!({
            "passive": {"http_failures": 9},
            "silence": {"factor": 8, "at_least": "50ms"},
            "balance": "round-robin",
        }),
    );
    let mut written: Value = serde_json::from_str(&written).unwrap();
    written["host"] = json!([good.upstream.host(), mute.host()]);
    let gateway = Gateway::start(&written.to_string());
    ask(&gateway, 10);
    hangs.store(true, Ordering::SeqCst);
    let address = gateway.address();
    // These wait; they end with the gateway.
    for _ in 0..4 {
        std::thread::spawn(move || Client::connect(address).ask("GET", "/x"));
    }
    let mute_address = mute.address().to_string();
    let verdict = || {
        let pools = get(gateway.admin(), "/v1/pools").json();
        let endpoints = pools["pools"][0]["endpoints"].as_array().unwrap().clone();
        let found = endpoints
            .into_iter()
            .find(|it| it["address"] == mute_address.as_str());
        found.unwrap()["health"].clone()
    };
    until("it is suspect", || verdict()["verdict"] == "suspect");
    let cause = verdict()["cause"].to_string();
    assert!(cause.contains("it owes answers and is silent"), "{cause}");
    assert!(cause.contains("ends as soon as it answers"), "{cause}");
    // At most one more finds out; all others go to the one that answers.
    std::thread::spawn(move || Client::connect(address).ask("GET", "/x"));
    std::thread::spawn(move || Client::connect(address).ask("GET", "/x"));
    let before = good.asked();
    until("the trial is taken", || {
        let status = get(address, "/x").status();
        status == 200 && good.asked() > before + 3
    });
    assert_eq!(ask(&gateway, 20), [200; 20]);
}

#[test]
fn events_are_written_to_a_file_as_they_come() {
    let bad = Host::new(true);
    let health = json!({"passive": {"http_failures": 2}, "recover": {"after": "100ms"}});
    let gateway = Start::with(&config(&[&bad], &health))
        .argument("--event-log")
        .argument("events.json")
        .go();
    ask(&gateway, 2);
    bad.set_ill(false);
    until("it is back", || {
        get(gateway.address(), "/x").status() == 200 && is(&gateway, &bad, "healthy")
    });
    let path = gateway.path("events.json");
    let transitions = || {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let transitions = lines.filter(|event| event["kind"] == "transition");
        transitions.collect::<Vec<_>>()
    };
    until("all is written", || transitions().len() >= 3);
    let out = &transitions()[0];
    assert_eq!(
        (&out["from"], &out["verdict"]),
        (&json!("healthy"), &json!("unhealthy"))
    );
    assert_eq!(out["decided_by"], "counters");
    assert_eq!(out["cause"]["seen"].as_array().unwrap().len(), 2);
    let line = out["cause"]["limit"]["line"].as_str().unwrap();
    assert!(line.starts_with("krakend.json:1:"), "{line}");
    let way_back = out["way_back"].as_str().unwrap();
    assert!(
        way_back.starts_with("a trial request goes there at "),
        "{way_back}"
    );
    assert_eq!(out["recovers_by_itself"], true);
}

#[test]
fn an_event_log_that_cannot_be_opened_refuses_the_start() {
    let start = Start::with(&config(&[&Host::new(false)], &json!({"retries": 1})));
    let ended = start.finish(&[
        "run",
        "-c",
        "krakend.json",
        "-p",
        "0",
        "--admin",
        "off",
        "--event-log",
        "no/where.json",
    ]);
    assert_eq!(ended.code, Some(1), "{}", ended.talk);
    assert!(ended.talk.contains("no/where.json"), "{}", ended.talk);
}
