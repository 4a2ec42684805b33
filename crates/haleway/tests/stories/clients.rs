//! Clients that misbehave: what is no request is refused, who is slow is cut, nothing grows.

use std::io::Read;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::config::{no_op, service};
use crate::harness::dice::Dice;
use crate::harness::upstream::answer;
use crate::harness::{Client, Gateway, Upstream, get};

fn gateway(more: serde_json::Value) -> (Gateway, Upstream) {
    let upstream = Upstream::json(r#"{"a":1}"#);
    let endpoints = [no_op("GET", &upstream), no_op("POST", &upstream)];
    let config: serde_json::Value = serde_json::from_str(&service(&endpoints)).unwrap();
    let config = crate::harness::config::with(config, more);
    (Gateway::start(&config.to_string()), upstream)
}

/// A client that sent these pieces so that they arrive apart.
fn sent(gateway: &Gateway, pieces: &[&str]) -> Client {
    let mut client = Client::connect(gateway.address());
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            // When a piece was read cannot be seen from outside: time must do.
            std::thread::sleep(Duration::from_millis(30));
        }
        client.send(piece);
    }
    client
}

#[test]
fn conflicting_framing_is_refused_in_every_order_and_cut() {
    let (gateway, upstream) = gateway(json!({}));
    let cases: &[&[&str]] = &[
        &[
            "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ],
        &[
            "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        ],
        &[
            "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n",
            "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ],
        &[
            "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: 5\r\n\r\n0\r\n\r\n",
        ],
        &[
            "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-",
            "Length: 5\r\n\r\n0\r\n\r\n",
        ],
        &[
            "POST /x HTTP/1.1\r\nHost: a\r\nContent-Leng",
            "th: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ],
        &["POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"],
        &["POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 6\r\n\r\nhello!"],
        &["POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello"],
        &["POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello"],
        &["POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"],
        &["POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"],
        &["POST /x HTTP/1.1\r\n Host: a\r\n\r\n"],
        &["GET /x HTTP/1.1\r\n\r\n"],
        &["GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"],
        &["GET /x HTTP/1.1\r\nHost: a\r\nX-Bad\x01Name: 1\r\n\r\n"],
        &["GET /x y HTTP/1.1\r\nHost: a\r\n\r\n"],
        &["GET x HTTP/1.1\r\nHost: a\r\n\r\n"],
        &["GET /x HTTP/9.9\r\nHost: a\r\n\r\n"],
        &["hello\r\n\r\n"],
    ];
    for pieces in cases {
        let mut client = sent(&gateway, pieces);
        let answer = client.answer();
        // Codings that are not known are told apart from what is malformed.
        let status = if pieces[0].contains("gzip") { 501 } else { 400 };
        assert_eq!(answer.status(), status, "{pieces:?}: {answer:?}");
        assert!(client.is_closed(), "{pieces:?}: the connection goes on");
    }
    assert_eq!(upstream.requests().len(), 0);
    assert_eq!(get(gateway.address(), "/x").status(), 200);
}

#[test]
fn a_second_request_does_not_inherit_the_first_ones_length() {
    let (gateway, upstream) = gateway(json!({}));
    let mut client = Client::connect(gateway.address());
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(client.answer().status(), 200);
    client.send(
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    );
    assert_eq!(client.answer().status(), 200);
    // A body that reads like a header is a body.
    let body = "Content-Length: 5\r\n\r\n";
    client.send(format!(
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    ));
    assert_eq!(client.answer().status(), 200);
    assert_eq!(upstream.requests()[2].text(), body);
}

#[test]
fn requests_may_be_sent_ahead() {
    let (gateway, upstream) = gateway(json!({}));
    let mut client = Client::connect(gateway.address());
    let post = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    let chunked =
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
    client.send([post, chunked, get, chunked, post, get].concat());
    for _ in 0..6 {
        assert_eq!(client.answer().status(), 200);
    }
    assert_eq!(upstream.requests().len(), 6);
}

#[test]
fn a_head_beyond_its_limit_is_refused() {
    let (gateway, upstream) = gateway(json!({"max_header_bytes": 16384}));
    let large = "x".repeat(20_000);
    let many = (0..2000)
        .map(|n| format!("X-{n}: {n}\r\n"))
        .collect::<String>();
    for head in [
        format!("GET /x HTTP/1.1\r\nHost: a\r\nX-Large: {large}\r\n\r\n"),
        format!("GET /{large} HTTP/1.1\r\nHost: a\r\n\r\n"),
        format!("GET /x HTTP/1.1\r\nHost: a\r\n{many}\r\n"),
    ] {
        let mut client = Client::connect(gateway.address());
        let _ = client.try_send(&head);
        let answer = client
            .try_answer()
            .map(|answer| answer.status())
            .unwrap_or(0);
        assert!(matches!(answer, 431 | 414), "{answer}");
    }
    let fits = "x".repeat(10_000);
    let mut client = Client::connect(gateway.address());
    client.send(format!(
        "GET /x HTTP/1.1\r\nHost: a\r\nX-Large: {fits}\r\n\r\n"
    ));
    assert_eq!(client.answer().status(), 200);
    assert_eq!(upstream.requests().len(), 1);
}

/// How long the program leaves a connection open that does nothing more.
fn closes_after(client: &mut Client) -> Duration {
    let began = Instant::now();
    let mut sink = Vec::new();
    let _ = client.wire.stream.read_to_end(&mut sink);
    began.elapsed()
}

#[test]
fn slow_clients_are_cut() {
    let limits = json!({
        "read_header_timeout": "200ms",
        "idle_timeout": "300ms",
        "timeout": "500ms",
    });
    let (gateway, _upstream) = gateway(limits);
    let in_time = |took: Duration, at_least: u64| {
        let range = Duration::from_millis(at_least * 3 / 4)..Duration::from_millis(at_least + 1000);
        assert!(range.contains(&took), "{took:?}, not {at_least} ms");
    };
    // No byte at all, and half a head.
    in_time(closes_after(&mut Client::connect(gateway.address())), 200);
    let mut half = Client::connect(gateway.address());
    half.send("GET /x HTTP/1.1\r\nHost: a");
    in_time(closes_after(&mut half), 200);
    // A head byte by byte is no better.
    let mut drop_by_drop = Client::connect(gateway.address());
    let began = Instant::now();
    while drop_by_drop.try_send("X").is_ok() {
        std::thread::sleep(Duration::from_millis(20));
        assert!(began.elapsed() < Duration::from_secs(5), "never cut");
    }
    // At rest after an answer.
    let mut resting = Client::connect(gateway.address());
    assert_eq!(resting.ask("GET", "/x").status(), 200);
    in_time(closes_after(&mut resting), 300);
    // A body that does not come has the time of its endpoint.
    let mut body = Client::connect(gateway.address());
    body.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhell");
    in_time(closes_after(&mut body), 500);
    assert_eq!(get(gateway.address(), "/x").status(), 200);
}

#[test]
fn a_request_must_be_there_in_the_time_to_read_it() {
    let (gateway, _upstream) = gateway(json!({"read_timeout": "300ms", "timeout": "10s"}));
    for head in [
        "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhell",
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhell\r\n",
        "GET /x HTTP/1.1\r\nHost: a\r\n",
    ] {
        let mut client = Client::connect(gateway.address());
        client.send(head);
        let took = closes_after(&mut client);
        let range = Duration::from_millis(200)..Duration::from_millis(1500);
        assert!(range.contains(&took), "{head:?}: {took:?}");
    }
}

#[test]
fn an_answer_may_take_longer_than_the_time_to_read_its_request() {
    let upstream = Upstream::with(|peer| {
        while peer.request().is_some() {
            std::thread::sleep(Duration::from_millis(400));
            peer.send(answer(200, "application/json", "{}"));
        }
    });
    let config: serde_json::Value =
        serde_json::from_str(&service(&[no_op("POST", &upstream)])).unwrap();
    let limits = json!({"read_timeout": "150ms", "idle_timeout": "5s"});
    let config = crate::harness::config::with(config, limits);
    let gateway = Gateway::start(&config.to_string());
    let mut client = Client::connect(gateway.address());
    for _ in 0..2 {
        client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
        assert_eq!(client.answer().status(), 200);
    }
}

#[test]
fn a_client_that_goes_away_takes_its_upstream_call_along() {
    let (arrived, seen) = std::sync::mpsc::channel();
    let arrived = std::sync::Mutex::new(arrived);
    let upstream = Upstream::with(move |peer| {
        peer.request();
        arrived.lock().unwrap().send("asked").unwrap();
        peer.hang();
        arrived.lock().unwrap().send("left").unwrap();
    });
    let gateway = Gateway::start(&service(&[no_op("GET", &upstream)]));
    let mut client = Client::connect(gateway.address());
    client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    let next = || seen.recv_timeout(Duration::from_secs(5)).unwrap();
    assert_eq!(next(), "asked");
    drop(client);
    assert_eq!(next(), "left");
}

const SOUND: &[&str] = &[
    "GET /x?a=1&b=%20 HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n",
    "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: 1\r\n\r\n",
    "GET /__health HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4, 5.6.7.8\r\n\r\n",
    "GET http://a/x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    // HTTP/2: its beginning, settings, and a head on stream 1 that asks for `/`.
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x03\x01\x05\0\0\0\x01\x02\x04\x06",
];

/// Sends malformed requests, twenty on each connection, and looks at the program afterwards.
fn fuzzed(more: serde_json::Value, connections: usize) {
    let (mut gateway, _upstream) = gateway(more);
    let mut dice = Dice::new();
    let send = |gateway: &Gateway, dice: &mut Dice, connections: usize| {
        for _ in 0..connections {
            let mut client = Client::connect(gateway.address());
            client.wire.stream.set_nonblocking(true).unwrap();
            for _ in 0..20 {
                let mut request = SOUND[dice.below(SOUND.len())].as_bytes().to_vec();
                dice.spoil(&mut request);
                let _ = client.try_send(&request);
            }
            let _ = client.wire.some();
        }
    };
    // What the first hundreds need stays: pools, buffers, pages of the program.
    send(&gateway, &mut dice, 100);
    assert_eq!(get(gateway.address(), "/x").status(), 200);
    let before = gateway.held_bytes();
    send(&gateway, &mut dice, connections);
    assert!(gateway.runs());
    assert_eq!(get(gateway.address(), "/x").status(), 200);
    let grown = gateway.held_bytes().saturating_sub(before);
    assert!(grown < 20 << 20, "{grown} bytes more are held");
    let talk = gateway.talk();
    assert!(
        !talk.iter().any(|line| line.contains("panicked")),
        "{talk:#?}"
    );
    gateway.signal("TERM");
    assert_eq!(gateway.exit_code(), Some(0));
}

#[test]
fn ten_thousand_malformed_requests_leave_it_as_it_was() {
    fuzzed(json!({}), 500);
}

#[test]
fn malformed_requests_harm_a_listener_for_http2_no_more() {
    fuzzed(json!({"use_h2c": true}), 200);
}
