//! The admin side from outside: real connections on loopback, a pretended engine behind it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use haleway_blueprint::runtime::{
    EndpointStatus, EventSink, HealthEvent, ListenerStatus, OperateError, OperatorCommand,
    PoolStatus, Reload, ReloadOutcome, Running, Why,
};
use haleway_blueprint::{Blueprint, Level, LogFormat, Logging};
use haleway_control::{Admin, Control, OPENAPI, Subject};

#[derive(Default)]
struct Pretended {
    draining: AtomicBool,
    refuse: AtomicBool,
    refused: AtomicU64,
    slow: Mutex<()>,
}

impl Running for Pretended {
    fn blueprint(&self) -> Arc<Blueprint> {
        Arc::new(Blueprint {
            name: "shop".into(),
            dialect: "krakend 3".into(),
            listeners: Vec::new(),
            sites: Vec::new(),
            streams: Vec::new(),
            pools: Vec::new(),
            consumers: Vec::new(),
            logging: Logging {
                level: Level::Info,
                prefix: String::new(),
                stdout: false,
                syslog_facility: None,
                format: LogFormat::Text,
            },
            drain_ms_max: None,
        })
    }

    fn listeners(&self) -> Vec<ListenerStatus> {
        let address = SocketAddr::from(([0, 0, 0, 0], 8080));
        let http = ListenerStatus {
            name: "http".into(),
            address,
            error: None,
        };
        let https = ListenerStatus {
            name: "https".into(),
            address,
            error: Some("permission denied".into()),
        };
        vec![http, https]
    }

    fn pools(&self) -> Vec<PoolStatus> {
        let endpoint = EndpointStatus {
            address: "127.0.0.1:9000".into(),
            name: String::new(),
            target: None,
            ip: None,
            port: 9000,
            weight: 1,
            requests: 7,
            failures: 2,
            health: None,
        };
        vec![PoolStatus {
            name: "orders:80".into(),
            endpoints: vec![endpoint],
            targets: Vec::new(),
            health: None,
            breaker: None,
        }]
    }

    fn why(&self, pool: &str, endpoint: &str) -> Option<Why> {
        (pool == "orders:80" && endpoint == "127.0.0.1:9000").then(|| Why {
            json: serde_json::json!({"verdict": "unhealthy"}),
            text: "it is down".to_owned(),
        })
    }

    fn follow(&self, _sink: EventSink) {}

    fn operate(&self, _: &str, _: &str, _: OperatorCommand) -> Result<(), OperateError> {
        Err(OperateError::UnknownPool)
    }

    fn events(&self, since: u64) -> Vec<HealthEvent> {
        let all = (1..=3).map(|number| HealthEvent {
            number,
            json: format!("{{\"number\":{number}}}"),
        });
        all.filter(|event| event.number > since).collect()
    }

    fn draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    fn metrics(&self, out: &mut String) {
        out.push_str("haleway_requests_total 7");
    }
}

impl Reload for Pretended {
    fn reload(&self) -> ReloadOutcome {
        let _held = self.slow.lock().unwrap();
        if self.refuse.load(Ordering::Relaxed) {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        self.last()
    }

    fn last(&self) -> ReloadOutcome {
        let refused = self.refuse.load(Ordering::Relaxed);
        let error = "krakend.json:3:5: error[K0001]: no \"version\"";
        ReloadOutcome {
            accepted: !refused,
            hash: "abc123".into(),
            at_unix_s: 1_700_000_000,
            errors: if refused {
                vec![error.into()]
            } else {
                Vec::new()
            },
            faults: Vec::new(),
        }
    }

    fn last_accepted_unix_s(&self) -> u64 {
        1_600_000_000
    }

    fn counts(&self) -> (u64, u64) {
        (0, self.refused.load(Ordering::Relaxed))
    }
}

fn process_metrics(out: &mut String) {
    out.push_str("haleway_log_lines_dropped_total 0\n");
}

fn start() -> (Arc<Pretended>, Control) {
    let pretended = Arc::new(Pretended::default());
    let subject = Subject {
        running: pretended.clone(),
        reload: pretended.clone(),
        version: "0.1.0",
        process_metrics,
    };
    let admin = Admin::open(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    (pretended, admin.serve(subject).unwrap())
}

/// Sends a request and gives status, head and body.
fn ask(control: &Control, method: &str, target: &str) -> (u16, String, String) {
    let request = format!("{method} {target} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n");
    let answer = send(control, request.as_bytes());
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), body.to_owned())
}

fn send(control: &Control, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(control.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    // A reset after the answer is the server's way to refuse the rest of a large request.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

#[test]
fn readiness_names_listeners_and_turns_with_the_drain() {
    let (pretended, control) = start();
    let (status, _, body) = ask(&control, "GET", "/readyz");
    assert_eq!((status, body.as_str()), (200, "ready\n"));
    let (_, _, body) = ask(&control, "GET", "/readyz?verbose");
    insta::assert_snapshot!(body, @r"
    ready
    listener http 0.0.0.0:8080: open
    listener https 0.0.0.0:8080: not open: permission denied
    configuration accepted 2023-11-14T22:13:20Z, serving abc123
    ");
    pretended.draining.store(true, Ordering::Relaxed);
    let (status, _, body) = ask(&control, "GET", "/readyz");
    assert_eq!((status, body.as_str()), (503, "draining\n"));
    assert_eq!(ask(&control, "GET", "/livez").0, 200);
}

#[test]
fn a_refused_reload_is_told_everywhere_and_stays_ready() {
    let (pretended, control) = start();
    let (status, _, body) = ask(&control, "POST", "/v1/reload");
    assert_eq!(status, 200, "{body}");
    pretended.refuse.store(true, Ordering::Relaxed);
    let (status, head, body) = ask(&control, "POST", "/v1/reload");
    assert_eq!(status, 422);
    assert!(head.contains("content-type: application/json"));
    insta::assert_snapshot!(body, @r#"
    {
      "accepted": false,
      "hash": "abc123",
      "at_unix_s": 1700000000,
      "errors": [
        "krakend.json:3:5: error[K0001]: no \"version\""
      ]
    }
    "#);
    let (status, _, body) = ask(&control, "GET", "/readyz?verbose");
    assert_eq!(status, 200);
    assert!(
        body.contains("refused 2023-11-14T22:13:20Z, still serving abc123\n"),
        "{body}"
    );
    assert!(
        body.contains("  krakend.json:3:5: error[K0001]: no \"version\"\n"),
        "{body}"
    );
}

#[test]
fn metrics_tell_of_the_engine_the_configuration_and_the_process() {
    let (_, control) = start();
    let (_, head, body) = ask(&control, "GET", "/metrics");
    assert!(head.contains("text/plain; version=0.0.4"));
    insta::assert_snapshot!(body, @r#"
    haleway_requests_total 7
    # HELP haleway_config_reloads_total Reloads by their result.
    # TYPE haleway_config_reloads_total counter
    haleway_config_reloads_total{result="accepted"} 0
    haleway_config_reloads_total{result="refused"} 0
    # HELP haleway_config_last_accepted_timestamp_seconds When documents were last accepted, the start included.
    # TYPE haleway_config_last_accepted_timestamp_seconds gauge
    haleway_config_last_accepted_timestamp_seconds 1600000000
    # HELP haleway_config_info Hash of the blueprint that serves; always 1.
    # TYPE haleway_config_info gauge
    haleway_config_info{hash="abc123"} 1
    # HELP haleway_build_info Version of the program; always 1.
    # TYPE haleway_build_info gauge
    haleway_build_info{version="0.1.0"} 1
    haleway_log_lines_dropped_total 0
    "#);
}

#[test]
fn pools_and_blueprint_are_readable() {
    let (_, control) = start();
    let (status, _, body) = ask(&control, "GET", "/v1/pools");
    assert_eq!(status, 200);
    let pools: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(pools["pools"][0]["endpoints"][0]["failures"], 2);
    for target in ["/v1/pools/orders:80", "/v1/pools/orders%3A80"] {
        let (status, _, body) = ask(&control, "GET", target);
        assert_eq!(status, 200, "{target}");
        let pool: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(pool, pools["pools"][0]);
    }
    let (status, _, body) = ask(&control, "GET", "/v1/pools/none");
    assert_eq!(status, 404);
    assert!(body.contains("there is no pool none"));
    let (_, _, body) = ask(&control, "GET", "/v1/blueprint");
    let blueprint: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(blueprint["name"], "shop");
    let (_, _, body) = ask(&control, "GET", "/v1/openapi.json");
    assert_eq!(body, OPENAPI);
}

#[test]
fn unknown_paths_and_wrong_methods_are_json_errors() {
    let (_, control) = start();
    let (status, _, body) = ask(&control, "GET", "/nothing");
    assert_eq!(status, 404);
    assert_eq!(
        body,
        "{\n  \"error\": \"there is nothing at /nothing\"\n}\n"
    );
    let (status, head, _) = ask(&control, "POST", "/metrics");
    assert_eq!(status, 405);
    assert!(head.contains("allow: get, head"), "{head}");
    let (status, head, _) = ask(&control, "GET", "/v1/reload");
    assert_eq!(status, 405);
    assert!(head.contains("allow: post"), "{head}");
}

#[test]
fn head_has_the_length_and_no_body() {
    let (_, control) = start();
    let (_, _, full) = ask(&control, "GET", "/metrics");
    let (status, head, body) = ask(&control, "HEAD", "/metrics");
    assert_eq!((status, body.as_str()), (200, ""));
    assert!(
        head.contains(&format!("content-length: {}", full.len())),
        "{head}"
    );
}

#[test]
fn a_head_without_end_is_cut() {
    let (_, control) = start();
    let mut request = b"GET /livez HTTP/1.1\r\nHost: a\r\nX: ".to_vec();
    request.resize(1024 * 1024, b'a');
    let mut stream = TcpStream::connect(control.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    // The server may close before all of it is sent.
    let _ = stream.write_all(&request);
    let mut answer = [0; 12];
    if stream.read_exact(&mut answer).is_ok() {
        assert_eq!(&answer, b"HTTP/1.1 431");
    }
    assert_eq!(ask(&control, "GET", "/livez").0, 200);
}

#[test]
fn readiness_is_answered_while_a_reload_runs() {
    let (pretended, control) = start();
    let held = pretended.slow.lock().unwrap();
    std::thread::scope(|scope| {
        let reloading = scope.spawn(|| ask(&control, "POST", "/v1/reload").0);
        assert_eq!(ask(&control, "GET", "/readyz").0, 200);
        drop(held);
        assert_eq!(reloading.join().unwrap(), 200);
    });
}

#[test]
fn a_taken_address_is_an_error() {
    let (_, control) = start();
    let error = Admin::open(control.address()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
}

#[test]
fn whoever_asks_why_is_told() {
    let (_, control) = start();
    let path = "/v1/pools/orders%3A80/endpoints/127.0.0.1:9000/why";
    let (status, _, body) = ask(&control, "GET", path);
    assert_eq!(status, 200);
    assert!(body.contains("\"verdict\": \"unhealthy\""), "{body}");
    assert!(body.contains("\"page\": \"it is down\""), "{body}");
    let (status, _, _) = ask(&control, "GET", "/v1/pools/orders:80/endpoints/x:1/why");
    assert_eq!(status, 404);
}

#[test]
fn events_come_as_lines_or_as_they_happen() {
    let (_, control) = start();
    let (status, head, body) = ask(&control, "GET", "/v1/events?since=1");
    assert_eq!(
        (status, body.as_str()),
        (200, "{\"number\":2}\n{\"number\":3}\n")
    );
    assert!(head.contains("application/jsonl"), "{head}");
    let mut stream = TcpStream::connect(control.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let request = "GET /v1/events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\nLast-Event-ID: 2\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut read = String::new();
    while !read.contains("id: 3\ndata: {\"number\":3}\n\n") {
        let mut bytes = [0; 1024];
        let count = stream.read(&mut bytes).unwrap();
        assert!(count > 0, "{read}");
        read.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
    }
    assert!(!read.contains("id: 2"), "{read}");
}
