//! A simulation beside the real thing: both tell the same story.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::upstream::answer;
use crate::harness::{Gateway, Start, Upstream, get, until};

/// Between two probes.
const INTERVAL: Duration = Duration::from_millis(400);

fn config(host: &str) -> String {
    json!({
        "version": 3,
        "host": [host],
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
}

/// Two failures, a success, three failures, one more request; probes are good all the time.
const SCENARIO: &str = "
scenario: 1
until: 10s
requests:
  - { at: 1s, times: 2, status: 500, expect: 500 }
  - { at: 1200ms, status: 200, expect: 200 }
  - { at: 1300ms, times: 3, status: 500, expect: 500 }
  - { at: 1600ms, status: 200, expect: 500 }
  - { at: 9s, status: 200, expect: 200 }
";

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

fn simulated(config: &str) -> Vec<(String, u64)> {
    let start = Start::with(config).file("story.yaml", SCENARIO);
    let arguments = ["simulate", "krakend.json", "--scenario", "story.yaml"];
    let told = start.finish(&arguments);
    assert_eq!(told.code, Some(0), "{}{}", told.data, told.talk);
    let again = start.finish(&arguments);
    assert_eq!(again.data, told.data, "the same bytes");
    let json = start.finish(&[arguments.as_slice(), &["--format", "json"]].concat());
    let report: Value = serde_json::from_str(&json.data).unwrap();
    assert_eq!(report["requests"]["all"], 8);
    let timeline = report["timeline"].as_array().unwrap().clone();
    transitions(timeline.into_iter(), "/at_us")
}

#[test]
fn the_real_thing_agrees_within_one_probe_interval() {
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
    let config = config(&host.host());
    let simulated = simulated(&config);
    let gateway = Gateway::start(&config);
    let ask = |status| {
        next.store(status, Ordering::SeqCst);
        get(gateway.address(), "/x").status()
    };
    assert_eq!(
        [500, 500, 200, 500, 500, 500].map(ask),
        [500, 500, 200, 500, 500, 500]
    );
    assert_eq!(ask(200), 500, "nobody is left");
    until("probes bring it back", || ask(200) == 200);
    let events = get(gateway.admin(), "/v1/events");
    let events = events
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let real = transitions(events, "/cause/seen/2/at");
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
fn the_examples_come_out_as_they_say() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    for (config, scenario) in [(
        "krakend/checked-hosts.json",
        "krakend/checked-hosts-outage.yaml",
    )] {
        let (config, scenario) = (format!("{root}/{config}"), format!("{root}/{scenario}"));
        let told = Start::with("{}").finish(&["simulate", &config, "--scenario", &scenario]);
        assert_eq!(told.code, Some(0), "{}{}", told.data, told.talk);
        assert!(told.talk.is_empty(), "{}", told.talk);
    }
}
