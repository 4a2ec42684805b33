//! Connections that go on in another protocol.

use serde_json::{Value, json};

use crate::harness::config::{no_op, service, with};
use crate::harness::upstream::answer;
use crate::harness::{Client, Gateway, Upstream};

const ASK: &str = "GET /x HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Switches, says something right behind it, and then says everything twice.
fn echo() -> Upstream {
    Upstream::with(|peer| {
        let Some(request) = peer.head() else { return };
        assert_eq!(request.header("upgrade"), Some("websocket"));
        peer.send(format!("{SWITCH}ahead"));
        while let Ok(piece) = peer.wire.some() {
            if piece.is_empty() {
                return peer.close();
            }
            peer.send([piece.as_slice(), &piece].concat());
        }
    })
}

#[test]
fn bytes_go_both_ways_and_none_is_lost() {
    let upstream = echo();
    let gateway = Gateway::start(&service(&[no_op("GET", &upstream)]));
    let mut client = Client::connect(gateway.address());
    client.send(ASK);
    let switched = client.wire.head().unwrap();
    assert_eq!(switched.status(), 101);
    assert_eq!(switched.header("connection"), Some("Upgrade"));
    assert_eq!(switched.header("upgrade"), Some("websocket"));
    assert_eq!(
        switched.header("sec-websocket-accept"),
        Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    );
    assert_eq!(switched.header("content-length"), None);
    assert_eq!(client.wire.exactly(5).unwrap(), b"ahead");
    for frame in ["one", "\x00\u{ff}", "three"] {
        client.send(frame);
        assert_eq!(
            client.wire.exactly(frame.len() * 2).unwrap(),
            frame.repeat(2).as_bytes()
        );
    }
    let request = upstream.request();
    assert_eq!(request.header("connection"), Some("Upgrade"));
    assert_eq!(
        request.header("sec-websocket-key"),
        Some("dGhlIHNhbXBsZSBub25jZQ==")
    );
    client.finish();
    assert!(client.is_closed());
}

#[test]
fn what_the_client_sends_before_it_is_switched_is_kept() {
    let upstream = echo();
    let gateway = Gateway::start(&service(&[no_op("GET", &upstream)]));
    let mut client = Client::connect(gateway.address());
    client.send(format!("{ASK}early"));
    assert_eq!(client.wire.head().unwrap().status(), 101);
    assert_eq!(client.wire.exactly(15).unwrap(), b"aheadearlyearly");
}

#[test]
fn a_tunnel_outlives_the_timeout_of_its_endpoint() {
    let upstream = echo();
    let endpoint = with(no_op("GET", &upstream), json!({"timeout": "100ms"}));
    let gateway = Gateway::start(&service(&[endpoint]));
    let mut client = Client::connect(gateway.address());
    client.send(ASK);
    assert_eq!(client.wire.head().unwrap().status(), 101);
    assert_eq!(client.wire.exactly(5).unwrap(), b"ahead");
    std::thread::sleep(std::time::Duration::from_millis(250));
    client.send("late");
    assert_eq!(client.wire.exactly(8).unwrap(), b"latelate");
}

#[test]
fn a_listener_that_also_takes_http2_tunnels_as_well() {
    let upstream = echo();
    let config: Value = serde_json::from_str(&service(&[no_op("GET", &upstream)])).unwrap();
    let limits = json!({"use_h2c": true, "idle_timeout": "100ms", "read_timeout": "100ms"});
    let gateway = Gateway::start(&with(config, limits).to_string());
    let mut client = Client::connect(gateway.address());
    client.send(ASK);
    assert_eq!(client.wire.head().unwrap().status(), 101);
    assert_eq!(client.wire.exactly(5).unwrap(), b"ahead");
    std::thread::sleep(std::time::Duration::from_millis(300));
    client.send("late");
    assert_eq!(client.wire.exactly(8).unwrap(), b"latelate");
}

#[test]
fn a_stop_waits_for_no_tunnel() {
    let upstream = echo();
    let mut gateway = Gateway::start(&service(&[no_op("GET", &upstream)]));
    let mut client = Client::connect(gateway.address());
    client.send(ASK);
    assert_eq!(client.wire.head().unwrap().status(), 101);
    assert_eq!(client.wire.exactly(5).unwrap(), b"ahead");
    let asked = std::time::Instant::now();
    gateway.signal("TERM");
    assert_eq!(gateway.exit_code(), Some(0));
    assert!(asked.elapsed() < std::time::Duration::from_secs(1));
    assert!(client.is_closed());
}

#[test]
fn a_refused_upgrade_is_a_plain_answer() {
    let upstream = Upstream::answering(answer(426, "text/plain", "not like this"));
    let gateway = Gateway::start(&service(&[no_op("GET", &upstream)]));
    let mut client = Client::connect(gateway.address());
    for _ in 0..2 {
        client.send(ASK);
        let answer = client.answer();
        assert_eq!((answer.status(), answer.text()), (426, "not like this"));
    }
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn without_all_headers_nothing_is_switched() {
    let upstream = Upstream::json("{}");
    let endpoint = with(no_op("GET", &upstream), json!({"input_headers": []}));
    let gateway = Gateway::start(&service(&[endpoint]));
    let mut client = Client::connect(gateway.address());
    client.send(ASK);
    assert_eq!(client.answer().status(), 200);
    assert_eq!(upstream.request().header("upgrade"), None);
}
