//! A simulation beside the real thing: both tell the same story.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::upstream::answer;
use crate::harness::{Start, Upstream, get, until};

/// Between two probes.
const INTERVAL: Duration = Duration::from_millis(400);

/// A configuration, and what a client gets where nobody may be asked.
struct Product {
    file: &'static str,
    refused: u16,
    config: fn(&str) -> String,
}

const KRAKEND: Product = Product {
    file: "krakend.json",
    refused: 500,
    config: |host| {
        json!({
            "version": 3,
            "host": [format!("http://{host}")],
            "endpoints": [{
                "endpoint": "/x",
                "output_encoding": "no-op",
                "backend": [{"url_pattern": "/x", "encoding": "no-op"}],
            }],
            "extra_config": {"haleway/health": {
                "active": {"path": "/up", "interval": "400ms", "successes": 3, "http_failures": 1},
                "passive": {"successes": 3, "http_failures": 3},
            }},
        })
        .to_string()
    },
};

const KONG: Product = Product {
    file: "kong.yml",
    refused: 503,
    config: |host| {
        format!(
            "_format_version: '3.0'
services:
  - {{ name: demo, host: httpbin, routes: [{{ name: x, paths: [/x] }}] }}
upstreams:
  - name: httpbin
    targets: [{{ target: '{host}' }}]
    healthchecks:
      active:
        http_path: /up
        healthy: {{ interval: 0.4, successes: 3 }}
        unhealthy: {{ interval: 0.4, http_failures: 1 }}
      passive:
        healthy: {{ successes: 3 }}
        unhealthy: {{ http_failures: 3 }}
"
        )
    },
};

impl Product {
    fn start(&self, host: &str) -> Start {
        let start = Start::with_named(self.file, &(self.config)(host));
        match self.file {
            "kong.yml" => start
                .own_port()
                .variable("KONG_PROXY_LISTEN", "127.0.0.1:0")
                .variable("KONG_ADMIN_LISTEN", "off")
                .variable("KONG_STATUS_LISTEN", "off"),
            _ => start,
        }
    }

    /// Two failures and a success, then from a moment on failures until it is out; probes are good
    /// all the time. One of them may fall among the failures and make the count begin anew, so there
    /// are enough.
    fn scenario(&self, outage_at_us: u64) -> String {
        format!(
            "scenario: 1
until: 10s
requests:
  - {{ at: 1s, times: 2, every: 5ms, status: 500, expect: 500 }}
  - {{ at: 1100ms, status: 200, expect: 200 }}
  - {{ at: {outage_at_us}us, times: 6, every: 5ms, status: 500 }}
  - {{ at: {}us, status: 200, expect: {} }}
  - {{ at: 9s, status: 200, expect: 200 }}
",
            outage_at_us + 100_000,
            self.refused
        )
    }
}

/// From and to of each transition, and in microseconds when that was seen which decided it.
fn transitions(events: impl Iterator<Item = Value>) -> Vec<(String, u64)> {
    let transitions = events.filter(|event| event["kind"] == "transition");
    transitions
        .map(|event| {
            let (from, to) = (
                event["from"].as_str().unwrap(),
                event["to"].as_str().unwrap(),
            );
            let code = event["cause"]["code"].as_str().unwrap();
            let at = seen(&event).last().and_then(|it| it["at"].as_u64());
            (format!("{from} {to} {code}"), at.unwrap())
        })
        .collect()
}

fn seen(event: &Value) -> &[Value] {
    event["cause"]["seen"].as_array().unwrap()
}

fn simulated(product: &Product, host: &str, outage_at_us: u64) -> Vec<(String, u64)> {
    let scenario = product.scenario(outage_at_us);
    let start = product.start(host).file("story.yaml", scenario);
    let arguments = ["simulate", product.file, "--scenario", "story.yaml"];
    let told = start.finish(&arguments);
    assert_eq!(told.code, Some(0), "{}{}", told.data, told.talk);
    let again = start.finish(&arguments);
    assert_eq!(again.data, told.data, "the same bytes");
    let json = start.finish(&[arguments.as_slice(), &["--format", "json"]].concat());
    let report: Value = serde_json::from_str(&json.data).unwrap();
    assert_eq!(report["requests"]["all"], 11);
    let timeline = report["timeline"].as_array().unwrap().clone();
    transitions(timeline.into_iter())
}

/// Simulates an outage that begins right behind a probe. When probes go out depends on the
/// endpoint's address, so a first outage tells.
fn simulated_behind_a_probe(product: &Product, host: &str) -> Vec<(String, u64)> {
    let interval_us = u64::try_from(INTERVAL.as_micros()).unwrap();
    let probed_at_us = simulated(product, host, 1_200_000)[1].1;
    let outage_at_us = 1_200_000 + (probed_at_us - 1_200_000) % interval_us;
    simulated(product, host, outage_at_us + 1)
}

/// An endpoint whose probes are good and counted, and that answers everything else as it is told.
struct Endpoint {
    host: Upstream,
    status: Arc<AtomicU16>,
    probes: Arc<AtomicUsize>,
}

impl Endpoint {
    fn new() -> Self {
        let (status, probes) = (Arc::new(AtomicU16::new(200)), Arc::default());
        let (next, probed): (_, Arc<AtomicUsize>) = (status.clone(), Arc::clone(&probes));
        let host = Upstream::by(move |request| {
            if request.start.contains("/up") {
                probed.fetch_add(1, Ordering::SeqCst);
                return answer(200, "text/plain", "");
            }
            answer(next.load(Ordering::SeqCst), "text/plain", "")
        });
        Self {
            host,
            status,
            probes,
        }
    }

    fn next_probe(&self) {
        let before = self.probes.load(Ordering::SeqCst);
        until("the next probe", || {
            self.probes.load(Ordering::SeqCst) > before
        });
    }
}

/// The real run. Moments are those of the process itself: of the failure that ejected, and of the
/// probe that brought it back.
fn real(product: &Product, endpoint: &Endpoint) -> Vec<(String, u64)> {
    let gateway = product.start(&endpoint.host.address().to_string()).go();
    let ask = |status| {
        endpoint.status.store(status, Ordering::SeqCst);
        get(gateway.address(), "/x").status()
    };
    let told = || {
        let events = get(gateway.admin(), "/v1/events");
        let events = events.text().lines();
        let events: Vec<Value> = events.map(|it| serde_json::from_str(it).unwrap()).collect();
        transitions(events.into_iter())
    };
    assert_eq!([500, 500, 200].map(ask), [500, 500, 200]);
    endpoint.next_probe();
    until("it is out", || {
        ask(500);
        !told().is_empty()
    });
    assert_eq!(ask(200), product.refused, "nobody is left");
    until("probes bring it back", || told().len() > 1);
    until("it serves again", || ask(200) == 200);
    told()
}

/// Where probes and outage lie alike, both runs do: how long the endpoint stays away depends on
/// where between two probes it fails, by up to one interval.
fn agrees(product: &Product) {
    let endpoint = Endpoint::new();
    let simulated = simulated_behind_a_probe(product, &endpoint.host.address().to_string());
    let real = real(product, &endpoint);
    let names = |told: &[(String, u64)]| told.iter().map(|it| it.0.clone()).collect::<Vec<_>>();
    assert_eq!(names(&real), names(&simulated));
    let away = |told: &[(String, u64)]| Duration::from_micros(told[1].1 - told[0].1);
    let (real, simulated) = (away(&real), away(&simulated));
    assert!(
        real.abs_diff(simulated) <= INTERVAL,
        "{real:?} and {simulated:?}"
    );
}

#[test]
fn a_real_krakend_configuration_agrees_within_one_probe_interval() {
    agrees(&KRAKEND);
}

#[test]
fn a_real_kong_configuration_agrees_within_one_probe_interval() {
    agrees(&KONG);
}

#[test]
fn the_examples_come_out_as_they_say() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    for (config, scenario) in [
        (
            "krakend/checked-hosts.json",
            "krakend/checked-hosts-outage.yaml",
        ),
        ("kong/health.yml", "kong/health-story.yaml"),
        ("kong/health-active.yml", "kong/health-active-story.yaml"),
    ] {
        let (config, scenario) = (format!("{root}/{config}"), format!("{root}/{scenario}"));
        let told = Start::with("{}").finish(&["simulate", &config, "--scenario", &scenario]);
        assert_eq!(told.code, Some(0), "{}{}", told.data, told.talk);
    }
}
