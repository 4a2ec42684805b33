//! `no-op` endpoints: heads and bodies pass, streamed both ways.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use crate::harness::config::{no_op, service, with};
use crate::harness::upstream::answer;
use crate::harness::{Client, Gateway, Upstream, get, until};

fn passing(method: &str, upstream: &Upstream) -> Gateway {
    Gateway::start(&service(&[no_op(method, upstream)]))
}

#[test]
fn status_headers_and_cookies_pass_but_not_those_of_the_connection() {
    let upstream = Upstream::answering(
        "HTTP/1.1 418 Tea\r\nContent-Length: 3\r\nX-Own: 1\r\nSet-Cookie: a=1; Path=/\r\n\
         Set-Cookie: b=2\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\n\r\ntea",
    );
    let gateway = passing("GET", &upstream);
    let answer = get(gateway.address(), "/x?b=2&a=1");
    assert_eq!((answer.status(), answer.text()), (418, "tea"));
    assert_eq!(answer.header("x-own"), Some("1"));
    assert_eq!(answer.values("set-cookie"), ["a=1; Path=/", "b=2"]);
    assert_eq!(answer.header("content-length"), Some("3"));
    assert_eq!(
        (answer.header("x-hop"), answer.header("keep-alive")),
        (None, None)
    );
    assert_eq!(answer.header("x-krakend-completed"), Some("false"));
    assert_eq!(upstream.request().asked(), "GET /x?a=1&b=2");
}

#[test]
fn the_upstream_sees_who_asked_and_nothing_of_the_clients_connection() {
    let upstream = Upstream::json("{}");
    let gateway = passing("GET", &upstream);
    let mut client = Client::connect(gateway.address());
    client.send(
        "GET /x HTTP/1.1\r\nHost: shop.example:80\r\nUser-Agent: me\r\nX-Own: 1\r\n\
         Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\nProxy-Authorization: b\r\n\
         X-Forwarded-For: 10.9.8.7\r\nX-Forwarded-Host: elsewhere\r\n\r\n",
    );
    assert_eq!(client.answer().status(), 200);
    let request = upstream.request();
    assert_eq!(request.values("host"), [upstream.address().to_string()]);
    assert_eq!(request.header("user-agent"), Some("me"));
    assert_eq!(request.header("x-own"), Some("1"));
    assert_eq!(request.header("x-forwarded-for"), Some("10.9.8.7"));
    assert_eq!(request.header("x-forwarded-host"), Some("shop.example:80"));
    assert_eq!(
        request.header("x-forwarded-via"),
        Some("KrakenD Version 2.13.8")
    );
    assert_eq!(request.header("accept-encoding"), Some("gzip"));
    for name in [
        "connection",
        "x-hop",
        "te",
        "proxy-authorization",
        "accept",
        "content-length",
    ] {
        assert_eq!(request.header(name), None, "{name}");
    }
}

#[test]
fn a_body_keeps_its_framing_and_one_without_gets_some() {
    let upstream = Upstream::with(|peer| {
        while let Some(request) = peer.request() {
            match request.header("x-framing") {
                Some("chunked") => peer.send(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
                ),
                Some("close") => {
                    peer.send("HTTP/1.1 200 OK\r\n\r\nabcde");
                    return peer.close();
                }
                Some("none") => peer.send("HTTP/1.1 204 No Content\r\n\r\n"),
                _ => peer.send(answer(200, "text/plain", "abcde")),
            }
        }
    });
    let gateway = passing("GET", &upstream);
    let mut client = Client::connect(gateway.address());
    for (framing, length, coding) in [
        ("length", Some("5"), None),
        ("chunked", None, Some("chunked")),
        ("close", None, Some("chunked")),
    ] {
        client.send(format!(
            "GET /x HTTP/1.1\r\nHost: a\r\nX-Framing: {framing}\r\n\r\n"
        ));
        let answer = client.answer();
        assert_eq!(answer.text(), "abcde", "{framing}");
        assert_eq!(answer.header("content-length"), length, "{framing}");
        assert_eq!(answer.header("transfer-encoding"), coding, "{framing}");
    }
    client.send("GET /x HTTP/1.1\r\nHost: a\r\nX-Framing: none\r\n\r\n");
    let none = client.answer();
    assert_eq!(
        (none.status(), none.header("content-length"), none.text()),
        (204, None, "")
    );
    // A client of HTTP/1.0 gets no chunks.
    let mut old = Client::connect(gateway.address());
    old.send("GET /x HTTP/1.0\r\nX-Framing: chunked\r\n\r\n");
    let answer = old.answer();
    assert_eq!(
        (answer.text(), answer.header("transfer-encoding")),
        ("abcde", None)
    );
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn gzip_is_unpacked_where_the_gateway_asked_for_it_and_left_where_the_client_did() {
    let body = packed(&"hello ".repeat(1000));
    let mut reply = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    reply.extend(&body);
    let upstream = Upstream::answering(reply);
    let gateway = passing("GET", &upstream);
    let plain = get(gateway.address(), "/x");
    assert_eq!(plain.text(), "hello ".repeat(1000));
    assert_eq!(
        (
            plain.header("content-encoding"),
            plain.header("content-length")
        ),
        (None, None)
    );
    let mut client = Client::connect(gateway.address());
    client.send("GET /x HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip, br\r\n\r\n");
    let raw = client.answer();
    assert_eq!(raw.header("content-encoding"), Some("gzip"));
    assert_eq!(raw.body, body);
    assert_eq!(
        upstream.requests()[1].header("accept-encoding"),
        Some("gzip, br")
    );
}

/// Size of the large bodies: far more than the system's buffers hold.
const LARGE: usize = 40 << 20;

/// What the program may hold of them.
const HELD_MAX: u64 = 16 << 20;

/// A body in which every place is different.
fn large() -> &'static [u8] {
    static BYTES: LazyLock<Vec<u8>> =
        LazyLock::new(|| (0..LARGE as u32 / 4).flat_map(u32::to_le_bytes).collect());
    &BYTES
}

/// Waits until a count has not moved for a while.
fn until_stalled(count: &AtomicUsize) -> usize {
    let mut last = (count.load(Ordering::SeqCst), Instant::now());
    until("the sender is stopped", || {
        let now = count.load(Ordering::SeqCst);
        if now != last.0 {
            last = (now, Instant::now());
        }
        now > 0 && last.1.elapsed() > Duration::from_millis(150)
    });
    last.0
}

#[test]
fn a_slow_reader_holds_a_large_answer_back() {
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    let upstream = Upstream::with(move |peer| {
        peer.request();
        peer.send(format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n"
        ));
        for piece in large().chunks(64 * 1024) {
            if peer.try_send(piece).is_err() {
                return;
            }
            count.fetch_add(piece.len(), Ordering::SeqCst);
        }
        peer.hang();
    });
    let gateway = passing("GET", &upstream);
    let before = gateway.held_bytes();
    let mut client = Client::connect(gateway.address());
    client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(until_stalled(&sent) < LARGE);
    let grown = gateway.held_bytes().saturating_sub(before);
    assert!(grown < HELD_MAX, "{grown} bytes more are held");
    assert!(client.answer().body == large());
}

#[test]
fn a_slow_upstream_holds_a_large_request_back() {
    let (go_on, waits) = channel::<()>();
    let waits = Mutex::new(waits);
    let upstream = Upstream::with(move |peer| {
        let Some(head) = peer.head() else { return };
        waits.lock().unwrap().recv().unwrap();
        let body = peer.wire.request_body(&head).unwrap();
        let whole = body == large();
        peer.send(answer(
            200,
            "text/plain",
            if whole { "whole" } else { "damaged" },
        ));
    });
    let gateway = passing("POST", &upstream);
    let before = gateway.held_bytes();
    let mut client = Client::connect(gateway.address());
    client.send(format!(
        "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: {LARGE}\r\n\r\n"
    ));
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    let mut stream = client.wire.stream.try_clone().unwrap();
    let sender = std::thread::spawn(move || {
        for piece in large().chunks(64 * 1024) {
            stream.write_all(piece).unwrap();
            count.fetch_add(piece.len(), Ordering::SeqCst);
        }
    });
    assert!(until_stalled(&sent) < LARGE);
    let grown = gateway.held_bytes().saturating_sub(before);
    assert!(grown < HELD_MAX, "{grown} bytes more are held");
    go_on.send(()).unwrap();
    assert_eq!(client.answer().text(), "whole");
    sender.join().unwrap();
}

#[test]
fn server_sent_events_arrive_one_by_one() {
    let (go_on, waits) = channel::<()>();
    let waits = Mutex::new(waits);
    let upstream = Upstream::with(move |peer| {
        peer.request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
        for event in ["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"] {
            peer.send(format!("{:x}\r\n{event}\r\n", event.len()));
            waits.lock().unwrap().recv().unwrap();
        }
        peer.send("0\r\n\r\n");
        peer.hang();
    });
    let gateway = passing("GET", &upstream);
    let mut client = Client::connect(gateway.address());
    client.send("GET /x HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n");
    let head = client.wire.head().unwrap();
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    for number in 1..=3 {
        // The upstream writes the next one only when this one has been read.
        let event = String::from_utf8(client.wire.chunk().unwrap()).unwrap();
        assert_eq!(event, format!("data: {number}\n\n"));
        go_on.send(()).unwrap();
    }
    assert!(client.wire.chunk().unwrap().is_empty());
}

#[test]
fn the_upstream_has_the_first_piece_before_the_client_has_sent_the_last() {
    let (arrived, seen) = channel();
    let arrived = Mutex::new(arrived);
    let upstream = Upstream::with(move |peer| {
        let Some(head) = peer.head() else { return };
        assert_eq!(head.header("transfer-encoding"), Some("chunked"));
        loop {
            let piece = peer.wire.chunk().unwrap();
            if piece.is_empty() {
                break;
            }
            arrived.lock().unwrap().send(piece).unwrap();
        }
        peer.send(answer(201, "text/plain", "done"));
    });
    let gateway = passing("POST", &upstream);
    let mut client = Client::connect(gateway.address());
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for piece in ["one", "two"] {
        client.send(format!("3\r\n{piece}\r\n"));
        assert_eq!(
            seen.recv_timeout(crate::harness::DEADLINE).unwrap(),
            piece.as_bytes()
        );
    }
    client.send("0\r\n\r\n");
    assert_eq!((client.answer().status(), upstream.connections()), (201, 1));
}

#[test]
fn a_client_that_expects_to_be_asked_is_asked() {
    let upstream = Upstream::json("{}");
    let gateway = passing("POST", &upstream);
    let mut client = Client::connect(gateway.address());
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.wire.head().unwrap().status(), 100);
    client.send("hello");
    assert_eq!(client.answer().status(), 200);
    let request = upstream.request();
    assert_eq!((request.text(), request.header("expect")), ("hello", None));
    // A refused request does not make it send the body.
    client.send(
        "POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
    );
    assert_eq!(client.answer().status(), 404);
}

#[test]
fn a_body_goes_without_its_length_unless_that_header_may_pass() {
    let upstream = Upstream::json("{}");
    let all = no_op("POST", &upstream);
    let few = with(
        no_op("POST", &upstream),
        serde_json::json!({
            "endpoint": "/few",
            "input_headers": ["Content-Type"],
        }),
    );
    let gateway = Gateway::start(&service(&[all, few]));
    for target in ["/x", "/few"] {
        let answer = crate::harness::post(gateway.address(), target, "hello");
        assert_eq!(answer.status(), 200);
    }
    let requests = upstream.requests();
    assert_eq!(requests[0].header("content-length"), Some("5"));
    assert_eq!(requests[0].header("transfer-encoding"), None);
    assert_eq!(requests[1].header("content-length"), None);
    assert_eq!(requests[1].header("transfer-encoding"), Some("chunked"));
    assert_eq!((requests[0].text(), requests[1].text()), ("hello", "hello"));
}

#[test]
fn redirects_are_followed_with_a_referer() {
    let upstream = Upstream::by(|request| match request.asked() {
        "GET /x" => {
            b"HTTP/1.1 302 Found\r\nLocation: /y?z=1\r\nContent-Length: 4\r\n\r\nmove".to_vec()
        }
        _ => answer(200, "text/plain", "there"),
    });
    let gateway = passing("GET", &upstream);
    assert_eq!(get(gateway.address(), "/x").text(), "there");
    let requests = upstream.requests();
    assert_eq!(requests[1].asked(), "GET /y?z=1");
    assert_eq!(
        requests[1].header("referer"),
        Some(format!("{}/x", upstream.host()).as_str())
    );
}

#[test]
fn an_endless_redirection_ends() {
    let upstream =
        Upstream::answering("HTTP/1.1 307 Again\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n");
    let gateway = passing("GET", &upstream);
    let answer = get(gateway.address(), "/x");
    assert_eq!(answer.status(), 500);
    assert!(
        answer.text().contains("stopped after 10 redirects"),
        "{}",
        answer.text()
    );
    assert_eq!(upstream.requests().len(), 10);
}
