//! The end of the process: in its order, and in time.

use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::config::{no_op, service, with};
use crate::harness::tls::Authority;
use crate::harness::upstream::answer;
use crate::harness::{Client, DEADLINE, Gateway, Start, Upstream, get, until};

/// An upstream that answers when it is told to.
fn held() -> (Upstream, Receiver<()>, Sender<()>) {
    let (arrived, seen) = channel();
    let (go_on, waits) = channel::<()>();
    let (arrived, waits) = (Mutex::new(arrived), Mutex::new(waits));
    let upstream = Upstream::with(move |peer| {
        while peer.request().is_some() {
            arrived.lock().unwrap().send(()).unwrap();
            if waits.lock().unwrap().recv().is_err() {
                return;
            }
            peer.send(answer(200, "text/plain", "finished"));
        }
    });
    (upstream, seen, go_on)
}

fn asking(gateway: &Gateway, seen: &Receiver<()>) -> Client {
    let mut client = Client::connect(gateway.address());
    client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    seen.recv_timeout(DEADLINE).unwrap();
    client
}

#[test]
fn a_request_in_flight_is_finished_before_the_end() {
    let (upstream, seen, go_on) = held();
    let mut gateway = Gateway::start(&service(&[no_op("GET", &upstream)]));
    let mut client = asking(&gateway, &seen);
    gateway.signal("TERM");
    until("nobody is taken in any more", || {
        TcpStream::connect(gateway.address()).is_err()
    });
    assert_eq!(get(gateway.admin(), "/readyz").status(), 503);
    assert_eq!(get(gateway.admin(), "/livez").status(), 200);
    assert!(gateway.runs());
    go_on.send(()).unwrap();
    let answer = client.answer();
    assert_eq!((answer.status(), answer.text()), (200, "finished"));
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(gateway.exit_code(), Some(0));
}

#[test]
fn connections_at_rest_hold_nothing_up() {
    let upstream = Upstream::json("{}");
    let mut gateway = Gateway::start(&service(&[no_op("GET", &upstream)]));
    let mut resting: Vec<Client> = (0..10)
        .map(|_| Client::connect(gateway.address()))
        .collect();
    for client in &mut resting {
        assert_eq!(client.ask("GET", "/x").status(), 200);
    }
    let silent = Client::connect(gateway.address());
    let asked = Instant::now();
    gateway.signal("TERM");
    assert_eq!(gateway.exit_code(), Some(0));
    assert!(
        asked.elapsed() < Duration::from_secs(1),
        "{:?}",
        asked.elapsed()
    );
    drop(silent);
}

#[test]
fn a_handshake_that_does_not_come_holds_nothing_up() {
    let authority = Authority::new();
    let own = authority.sign();
    let keys = json!([{"public_key": "cert.pem", "private_key": "key.pem"}]);
    let config = json!({"version": 3, "tls": {"keys": keys}}).to_string();
    let start = Start::with(&config).file("cert.pem", &own.certificate);
    let mut gateway = start.file("key.pem", &own.key).go();
    let silent = Client::connect(gateway.address());
    until("it is taken in", || {
        gateway.metric("haleway_connections_open") as u64 == 1
    });
    let asked = Instant::now();
    gateway.signal("TERM");
    assert_eq!(gateway.exit_code(), Some(0));
    assert!(
        asked.elapsed() < Duration::from_secs(1),
        "{:?}",
        asked.elapsed()
    );
    drop(silent);
}

#[test]
fn a_second_interrupt_ends_it_now() {
    let (upstream, seen, _go_on) = held();
    let mut gateway = Gateway::start(&service(&[no_op("GET", &upstream)]));
    let _client = asking(&gateway, &seen);
    gateway.signal("INT");
    until("it drains", || {
        get(gateway.admin(), "/readyz").status() == 503
    });
    assert!(gateway.runs());
    gateway.signal("INT");
    assert_eq!(gateway.exit_code(), Some(130));
}

#[test]
fn in_the_drain_delay_it_is_not_ready_and_still_serves() {
    let upstream = Upstream::json("{}");
    let config = service(&[no_op("GET", &upstream)]);
    let mut gateway = Start::with(&config)
        .argument("--drain-delay")
        .argument("700ms")
        .go();
    let asked = Instant::now();
    gateway.signal("TERM");
    until("readiness turns", || {
        get(gateway.admin(), "/readyz").status() == 503
    });
    let answer = get(gateway.address(), "/x");
    assert_eq!(
        (answer.status(), answer.header("connection")),
        (200, Some("close"))
    );
    assert_eq!(gateway.exit_code(), Some(0));
    let took = asked.elapsed();
    assert!(
        took > Duration::from_millis(700) && took < Duration::from_secs(3),
        "{took:?}"
    );
}

#[test]
fn the_longest_wait_for_requests_is_kept() {
    let (upstream, seen, _go_on) = held();
    let config: Value = serde_json::from_str(&service(&[no_op("GET", &upstream)])).unwrap();
    let config = with(
        config,
        json!({"max_shutdown_wait_time": "200ms", "timeout": "1m"}),
    );
    let mut gateway = Gateway::start(&config.to_string());
    let mut client = asking(&gateway, &seen);
    let asked = Instant::now();
    gateway.signal("TERM");
    assert_eq!(gateway.exit_code(), Some(0));
    let took = asked.elapsed();
    assert!(
        took > Duration::from_millis(200) && took < Duration::from_secs(2),
        "{took:?}"
    );
    assert!(client.try_answer().is_err());
    gateway.expect_talk("requests were still in flight");
}

#[test]
fn the_last_lines_of_the_access_log_are_written() {
    let upstream = Upstream::json("{}");
    let mut gateway = Gateway::start(&service(&[no_op("GET", &upstream)]));
    for number in 0..50 {
        assert_eq!(
            get(gateway.address(), &format!("/x?number={number}")).status(),
            200
        );
    }
    gateway.signal("TERM");
    assert_eq!(gateway.exit_code(), Some(0));
    gateway.expect_log("number=49");
    assert_eq!(
        gateway
            .log()
            .iter()
            .filter(|line| line.contains("/x?number="))
            .count(),
        50
    );
}
