//! Health of hosts: who gets requests, who does not, and why.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::upstream::answer;
use crate::harness::{Client, Gateway, Start, Upstream, free_port, get, until};

/// `/x`, passed to `/x` of these hosts, with this `haleway/health` for the service.
fn config(hosts: &[String], health: &Value) -> String {
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

/// An upstream that answers 200 or, while it is ill, 500. Counts what clients asked.
struct Patient {
    upstream: Upstream,
    ill: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
    probed: Arc<AtomicUsize>,
}

impl Patient {
    fn new() -> Self {
        let ill = Arc::new(AtomicBool::new(false));
        let (asked, probed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (is_ill, requests, probes) = (ill.clone(), asked.clone(), probed.clone());
        let upstream = Upstream::by(move |request| {
            let is_probe = request.start.contains("/probe");
            let count = if is_probe { &probes } else { &requests };
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
            probed,
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn set_ill(&self, ill: bool) {
        self.ill.store(ill, Ordering::SeqCst);
    }

    fn address(&self) -> String {
        self.upstream.address().to_string()
    }
}

/// The pools as the admin side tells them.
fn pools(gateway: &Gateway) -> Value {
    get(gateway.admin(), "/v1/pools").json()
}

/// The verdict on an endpoint of the first pool that has it.
fn verdict(gateway: &Gateway, address: &str) -> String {
    let pools = pools(gateway);
    let pools = pools["pools"].as_array().unwrap();
    let mut endpoints = pools
        .iter()
        .flat_map(|pool| pool["endpoints"].as_array().unwrap());
    let found = endpoints.find(|endpoint| endpoint["address"] == address);
    let health = &found.unwrap_or_else(|| panic!("no {address} in {pools:#?}"))["health"];
    health["verdict"].as_str().unwrap_or_default().to_owned()
}

fn since(gateway: &Gateway, address: &str) -> String {
    let pools = pools(gateway);
    let endpoints = pools["pools"][0]["endpoints"].as_array().unwrap();
    let found = endpoints
        .iter()
        .find(|endpoint| endpoint["address"] == address);
    found.unwrap()["health"]["since"].to_string()
}

fn passive(limit: u32) -> Value {
    json!({
        "passive": {"http_failures": limit, "tcp_failures": limit},
        "recover": {"after": "60s", "up_to": "60s"},
        "balance": "round-robin",
    })
}

#[test]
fn failures_of_requests_eject_a_host_at_once() {
    let (good, bad) = (Patient::new(), Patient::new());
    bad.set_ill(true);
    let hosts = [good.upstream.host(), bad.upstream.host()];
    let gateway = Gateway::start(&config(&hosts, &passive(3)));
    let mut client = Client::connect(gateway.address());
    let statuses: Vec<u16> = (0..20).map(|_| client.ask("GET", "/x").status()).collect();
    assert_eq!(
        statuses.iter().filter(|it| **it == 500).count(),
        3,
        "{statuses:?}"
    );
    assert_eq!(bad.asked(), 3, "no request after the ejection");
    until("the judge confirms", || {
        verdict(&gateway, &bad.address()) == "unhealthy"
    });
    assert_eq!(verdict(&gateway, &good.address()), "healthy");
    let up = gateway.metric(&format!(
        "haleway_endpoint_up{{pool=\"{}+{}\",endpoint=\"{}\"}}",
        good.address(),
        bad.address(),
        bad.address()
    ));
    assert_eq!(up, 0.0);
}

#[test]
fn nobody_left_is_kraken_d_s_answer_and_trials_bring_a_host_back() {
    let host = Patient::new();
    host.set_ill(true);
    let health = json!({"passive": {"http_failures": 1}, "recover": {"after": "300ms"}});
    let gateway = Gateway::start(&config(&[host.upstream.host()], &health));
    assert_eq!(get(gateway.address(), "/x").status(), 500);
    let refused = get(gateway.address(), "/x");
    assert_eq!(
        (refused.status(), refused.text()),
        (500, "no hosts available")
    );
    assert_eq!(host.asked(), 1);
    host.set_ill(false);
    until("a trial passes", || {
        get(gateway.address(), "/x").status() == 200
    });
    until("it is healthy", || {
        verdict(&gateway, &host.address()) == "healthy"
    });
}

#[test]
fn probes_eject_a_host_and_bring_it_back() {
    let (good, other) = (Patient::new(), Patient::new());
    let health = json!({"active": {
        "path": "/probe", "interval": "50ms", "successes": 2, "http_failures": 2,
    }});
    let hosts = [good.upstream.host(), other.upstream.host()];
    let gateway = Gateway::start(&config(&hosts, &health));
    other.set_ill(true);
    until("it is out", || {
        verdict(&gateway, &other.address()) == "unhealthy"
    });
    let before = other.asked();
    for _ in 0..20 {
        assert_eq!(get(gateway.address(), "/x").status(), 200);
    }
    assert_eq!(other.asked(), before, "no request while it is out");
    other.set_ill(false);
    until("it is back", || {
        verdict(&gateway, &other.address()) == "healthy"
    });
    until("it serves", || {
        get(gateway.address(), "/x");
        other.asked() > before
    });
    assert!(gateway.metric("haleway_probes_total{result=\"success\"}") >= 2.0);
}

#[test]
fn retries_hide_a_dead_host() {
    let good = Patient::new();
    let dead = format!("http://127.0.0.1:{}", free_port());
    let health = json!({"retries": 1, "balance": "round-robin"});
    let gateway = Gateway::start(&config(&[dead, good.upstream.host()], &health));
    let mut client = Client::connect(gateway.address());
    for _ in 0..10 {
        assert_eq!(client.ask("GET", "/x").status(), 200);
    }
    assert_eq!(good.asked(), 10);
}

#[test]
fn a_host_that_dies_under_load_costs_no_client_an_answer() {
    let (one, two) = (Patient::new(), Patient::new());
    let dying = Arc::new(AtomicBool::new(false));
    let is_dying = dying.clone();
    let third = Upstream::with(move |peer| {
        while peer.request().is_some() {
            if is_dying.load(Ordering::SeqCst) {
                return peer.reset();
            }
            peer.send(answer(200, "application/json", "{}"));
        }
    });
    let mut health = passive(2);
    health["retries"] = json!(2);
    let hosts = [one.upstream.host(), two.upstream.host(), third.host()];
    let gateway = Gateway::start(&config(&hosts, &health));
    let address = gateway.address();
    let ended = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let ended = ended.clone();
            std::thread::spawn(move || {
                let mut client = Client::connect(address);
                let mut failed = 0;
                while !ended.load(Ordering::SeqCst) {
                    failed += usize::from(client.ask("GET", "/x").status() != 200);
                }
                failed
            })
        })
        .collect();
    until("all serve", || third.requests().len() > 20);
    dying.store(true, Ordering::SeqCst);
    let third_address = third.address().to_string();
    until("it is out", || {
        verdict(&gateway, &third_address) == "unhealthy"
    });
    // Requests that had entered before the ejection may still arrive: at most one per client.
    let after = third.requests().len() + clients.len();
    let asked = one.asked();
    until("the others serve on", || one.asked() > asked + 50);
    assert!(
        third.requests().len() <= after,
        "requests after the ejection"
    );
    ended.store(true, Ordering::SeqCst);
    let failed: usize = clients.into_iter().map(|it| it.join().unwrap()).sum();
    assert_eq!(failed, 0);
}

#[test]
fn a_reload_keeps_verdicts_and_the_rhythm_of_probes() {
    let (good, bad) = (Patient::new(), Patient::new());
    let health = json!({
        "active": {"path": "/probe", "interval": "400ms", "http_failures": 0, "successes": 0},
        "passive": {"http_failures": 1},
    });
    let hosts = [good.upstream.host(), bad.upstream.host()];
    let written = config(&hosts, &health);
    let gateway = Gateway::start(&written);
    bad.set_ill(true);
    until("it is out", || {
        get(gateway.address(), "/x");
        verdict(&gateway, &bad.address()) == "unhealthy"
    });
    let (before, probed) = (
        since(&gateway, &bad.address()),
        good.probed.load(Ordering::SeqCst),
    );
    let began = Instant::now();
    let mut reloads = 0;
    while began.elapsed() < Duration::from_secs(2) {
        reloads += 1;
        let mut changed: Value = serde_json::from_str(&written).unwrap();
        changed["name"] = json!(format!("reload {reloads}"));
        gateway.write(&changed.to_string());
        let reload = crate::harness::post(gateway.admin(), "/v1/reload", "");
        assert_eq!(reload.status(), 200, "{}", reload.text());
        assert_eq!(get(gateway.address(), "/x").status(), 200);
    }
    assert!(reloads >= 10, "{reloads}");
    assert_eq!(
        since(&gateway, &bad.address()),
        before,
        "the verdict is the old one"
    );
    let probes = good.probed.load(Ordering::SeqCst) - probed;
    assert!(
        (4..=7).contains(&probes),
        "{probes} probes in 2 s at 400 ms"
    );
}

#[test]
fn why_names_the_evidence_the_limit_and_its_line() {
    let bad = Patient::new();
    bad.set_ill(true);
    let written =
        config(&[bad.upstream.host()], &passive(2)).replace("\"passive\"", "\n\"passive\"");
    let gateway = Gateway::start(&written);
    for _ in 0..2 {
        get(gateway.address(), "/x");
    }
    until("it is out", || {
        verdict(&gateway, &bad.address()) == "unhealthy"
    });
    let admin = gateway.admin().to_string();
    let ask = |target: &str| Start::with("{}").finish(&["why", target, "--admin", &admin]);
    let told = ask(&format!("{0}/{0}", bad.address()));
    assert_eq!(told.code, Some(0), "{}", told.talk);
    for part in [
        "unhealthy since ",
        "L7STS/500: too many HTTP failures",
        "passive.http_failures 2 at krakend.json:2:",
        "status 500",
        "a trial request goes there at ",
        "decided by counters",
    ] {
        assert!(told.data.contains(part), "no {part:?} in {}", told.data);
    }
    assert_eq!(
        ask(&bad.address()).data,
        told.data,
        "a pool is all its endpoints"
    );
    let unknown = ask(&format!("{}/10.0.0.1:80", bad.address()));
    assert_eq!((unknown.code, unknown.data.as_str()), (Some(1), ""));
    let path = format!("/v1/pools/{0}/endpoints/10.0.0.1:80/why", bad.address());
    assert_eq!(get(gateway.admin(), &path).status(), 404);
    let events = get(gateway.admin(), "/v1/events");
    let mut events = events
        .text()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let event = events.find(|event| event["kind"] == "transition").unwrap();
    assert_eq!(
        (&event["from"], &event["to"]),
        (&json!("healthy"), &json!("unhealthy"))
    );
    assert_eq!(event["cause"]["seen"].as_array().unwrap().len(), 2);
}

#[test]
fn a_breaker_opens_and_tries_again() {
    let host = Patient::new();
    host.set_ill(true);
    let breaker = json!({"qos/circuit-breaker": {"interval": 60, "timeout": 1, "max_errors": 2}});
    let gateway = Gateway::start(
        &json!({
            "version": 3,
            "endpoints": [{"endpoint": "/x", "backend": [{
                "url_pattern": "/x",
                "host": [host.upstream.host()],
                "extra_config": breaker,
            }]}],
            "extra_config": {"router": {"return_error_msg": true}},
        })
        .to_string(),
    );
    for _ in 0..3 {
        let failed = get(gateway.address(), "/x");
        assert!(
            failed.text().starts_with("invalid status code"),
            "{}",
            failed.text()
        );
    }
    let refused = get(gateway.address(), "/x");
    assert_eq!(
        (refused.status(), refused.text()),
        (500, "circuit breaker is open")
    );
    assert_eq!(host.asked(), 3);
    let state = format!(
        "haleway_breaker_state{{breaker=\"breaker-GET-_x-backend-0\",guards=\"{}\"}}",
        host.address()
    );
    until("the metric tells", || gateway.metric(&state) == 2.0);
    until("it is half-open", || gateway.metric(&state) == 1.0);
    host.set_ill(false);
    assert_eq!(get(gateway.address(), "/x").status(), 200);
    until("it is closed", || gateway.metric(&state) == 0.0);
}
