//! A simulation beside the real thing: both tell the same story.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
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

    /// Two failures and a success, then failures until it is out; probes are good all the time. One
    /// of them may fall among the failures and make the count begin anew, so there are enough.
    fn scenario(&self) -> String {
        format!(
            "scenario: 1
until: 10s
requests:
  - {{ at: 1s, times: 2, every: 5ms, status: 500, expect: 500 }}
  - {{ at: 1100ms, status: 200, expect: 200 }}
  - {{ at: 1200ms, times: 6, every: 5ms, status: 500 }}
  - {{ at: 1300ms, status: 200, expect: {} }}
  - {{ at: 9s, status: 200, expect: 200 }}
",
            self.refused
        )
    }
}

/// From and to of each transition, and its moment in microseconds.
fn transitions(events: impl Iterator<Item = Value>, moment: &str) -> Vec<(String, u64)> {
    let transitions = events.filter(|event| event["kind"] == "transition");
    transitions
        .map(|event| {
            let (from, to) = (
                event["from"].as_str().unwrap(),
                event["to"].as_str().unwrap(),
            );
            let code = event["cause"]["code"].as_str().unwrap();
            let at = event.pointer(moment).and_then(Value::as_u64).unwrap();
            (format!("{from} {to} {code}"), at)
        })
        .collect()
}

fn simulated(product: &Product, host: &str) -> Vec<(String, u64)> {
    let start = product.start(host).file("story.yaml", product.scenario());
    let arguments = ["simulate", product.file, "--scenario", "story.yaml"];
    let told = start.finish(&arguments);
    assert_eq!(told.code, Some(0), "{}{}", told.data, told.talk);
    let again = start.finish(&arguments);
    assert_eq!(again.data, told.data, "the same bytes");
    let json = start.finish(&[arguments.as_slice(), &["--format", "json"]].concat());
    let report: Value = serde_json::from_str(&json.data).unwrap();
    assert_eq!(report["requests"]["all"], 11);
    let timeline = report["timeline"].as_array().unwrap().clone();
    transitions(timeline.into_iter(), "/at_us")
}

fn agrees(product: &Product) {
    let next = Arc::new(AtomicU16::new(200));
    let status = next.clone();
    let host = Upstream::by(move |request| {
        let is_probe = request.start.contains("/up");
        let status = if is_probe {
            200
        } else {
            status.load(Ordering::SeqCst)
        };
        answer(status, "text/plain", "")
    });
    let address = host.address().to_string();
    let simulated = simulated(product, &address);
    let gateway = product.start(&address).go();
    let ask = |status| {
        next.store(status, Ordering::SeqCst);
        get(gateway.address(), "/x").status()
    };
    let told = || {
        let events = get(gateway.admin(), "/v1/events");
        let events = events.text().lines();
        let events: Vec<Value> = events.map(|it| serde_json::from_str(it).unwrap()).collect();
        transitions(events.into_iter(), "/cause/seen/2/at")
    };
    assert_eq!([500, 500, 200].map(ask), [500, 500, 200]);
    until("it is out", || {
        ask(500);
        !told().is_empty()
    });
    assert_eq!(ask(200), product.refused, "nobody is left");
    until("probes bring it back", || ask(200) == 200);
    let real = told();
    let names = |told: &[(String, u64)]| told.iter().map(|it| it.0.clone()).collect::<Vec<_>>();
    assert_eq!(names(&real), names(&simulated));
    let away = |told: &[(String, u64)]| Duration::from_micros(told[1].1 - told[0].1);
    let (real, simulated) = (away(&real), away(&simulated));
    let differ = real.abs_diff(simulated);
    assert!(
        differ <= INTERVAL + INTERVAL / 4,
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
