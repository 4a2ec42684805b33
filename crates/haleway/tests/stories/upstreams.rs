//! Upstreams that misbehave: each has its status, in time, and loses its connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::config::{backend, merging, no_op, service, with};
use crate::harness::dice::Dice;
use crate::harness::upstream::answer;
use crate::harness::{Client, Gateway, Peer, Upstream, get, post, until};

/// Limit of the endpoints of these stories.
const TIMEOUT: Duration = Duration::from_millis(400);

/// An upstream whose first connection follows a script after its first request, and whose others
/// are good. Counts the requests that the first one gets after its deed.
fn bad_once(script: impl Fn(&mut Peer) + Send + Sync + 'static) -> (Upstream, Arc<AtomicUsize>) {
    let again = Arc::new(AtomicUsize::new(0));
    let count = again.clone();
    let upstream = Upstream::with(move |peer| {
        while peer.request().is_some() {
            if peer.number > 0 {
                peer.send(answer(200, "application/json", r#"{"good":1}"#));
                continue;
            }
            script(peer);
            while peer.request().is_some() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    (upstream, again)
}

fn both(upstream: &Upstream) -> Gateway {
    let hurry = json!({"timeout": "400ms"});
    Gateway::start(&service(&[
        with(no_op("GET", upstream), hurry.clone()),
        with(merging("/m", &[backend(upstream, "/m")]), hurry),
    ]))
}

type Script = Box<dyn Fn(&mut Peer) + Send + Sync>;

fn sends(bytes: &'static [u8]) -> Script {
    Box::new(move |peer| peer.send(bytes))
}

fn sends_and_closes(bytes: &'static [u8]) -> Script {
    Box::new(move |peer| {
        peer.send(bytes);
        peer.close();
    })
}

fn endless(start: &'static str, line: &'static str) -> Script {
    Box::new(move |peer| {
        peer.send(start);
        while peer.try_send(line.repeat(1000)).is_ok() {}
    })
}

/// Deeds before the head of an answer is whole.
fn without_a_head() -> Vec<(&'static str, Script)> {
    vec![
        ("closes", Box::new(|peer: &mut Peer| peer.close())),
        ("resets", Box::new(|peer: &mut Peer| {
            peer.reset();
            peer.wire.stream.shutdown(std::net::Shutdown::Both).unwrap_or_default();
        })),
        ("hangs", Box::new(|_: &mut Peer| {})),
        ("hangs in the head", sends(b"HTTP/1.1 200 OK\r\nContent-Le")),
        ("closes in the head", sends_and_closes(b"HTTP/1.1 200 OK\r\nContent-Le")),
        ("garbage", sends(b"\x16\x03\x01 this is not HTTP\r\n\r\n")),
        ("another protocol", sends(b"SSH-2.0-OpenSSH_9.2\r\n")),
        ("a status that is none", sends(b"HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n")),
        ("two lengths", sends(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}}")),
        ("a length that is none", sends(b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}")),
        ("an endless header", endless("HTTP/1.1 200 OK\r\nX-Endless: ", "xxxxxxxxxxxxxxxx")),
        ("endless headers", endless("HTTP/1.1 200 OK\r\n", "X-Endless: 1\r\n")),
        ("endless interim answers", Box::new(|peer: &mut Peer| {
            while peer.try_send("HTTP/1.1 103 Early\r\n\r\n").is_ok() {}
        })),
        ("a switch that nobody asked for", sends(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        )),
    ]
}

#[test]
fn an_upstream_without_a_head_gives_500_in_time_and_loses_its_connection() {
    for target in ["/m", "/x"] {
        for (name, script) in without_a_head() {
            let (upstream, again) = bad_once(script);
            let gateway = both(&upstream);
            let began = Instant::now();
            let answer = get(gateway.address(), target);
            let took = began.elapsed();
            assert_eq!(answer.status(), 500, "{target} {name}: {answer:?}");
            assert!(!answer.body.is_empty(), "{target} {name}: no reason");
            assert!(took < TIMEOUT * 4, "{target} {name}: {took:?}");
            let good = get(gateway.address(), target);
            assert_eq!(good.text(), r#"{"good":1}"#, "{target} {name}");
            assert_eq!(
                again.load(Ordering::SeqCst),
                0,
                "{target} {name}: used again"
            );
        }
    }
}

/// Deeds in the middle of a body.
fn in_the_body() -> Vec<(&'static str, Script)> {
    vec![
        ("too short", sends_and_closes(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"a\":1}")),
        ("hangs", sends(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"a\":1}")),
        ("a bad chunk", sends(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\nzz\r\nx\r\n0\r\n\r\n",
        )),
        ("a chunk without its end", sends(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}XX0\r\n\r\n",
        )),
        ("closes between chunks", sends_and_closes(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n",
        )),
        ("resets", Box::new(|peer: &mut Peer| {
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"a\":1}");
            peer.reset();
            peer.wire.stream.shutdown(std::net::Shutdown::Both).unwrap_or_default();
        })),
        ("a damaged gzip", sends_and_closes(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\nnot gzip ...",
        )),
    ]
}

#[test]
fn a_body_that_breaks_off_is_no_answer_to_compose() {
    for (name, script) in in_the_body() {
        let (upstream, again) = bad_once(script);
        let gateway = both(&upstream);
        let began = Instant::now();
        let answer = get(gateway.address(), "/m");
        assert_eq!(answer.status(), 500, "{name}: {answer:?}");
        assert!(!answer.body.is_empty(), "{name}: no reason");
        assert!(began.elapsed() < TIMEOUT * 4, "{name}");
        assert_eq!(
            get(gateway.address(), "/m").text(),
            r#"{"good":1}"#,
            "{name}"
        );
        assert_eq!(again.load(Ordering::SeqCst), 0, "{name}: used again");
    }
}

#[test]
fn a_body_that_breaks_off_breaks_off_for_the_client_too() {
    for (name, script) in in_the_body() {
        let (upstream, again) = bad_once(script);
        let gateway = both(&upstream);
        let mut client = Client::connect(gateway.address());
        client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
        let began = Instant::now();
        let read = client.try_answer();
        assert!(read.is_err(), "{name}: looks whole: {read:?}");
        assert!(began.elapsed() < TIMEOUT * 4, "{name}");
        assert_eq!(
            get(gateway.address(), "/x").text(),
            r#"{"good":1}"#,
            "{name}"
        );
        assert_eq!(again.load(Ordering::SeqCst), 0, "{name}: used again");
    }
}

#[test]
fn bytes_behind_an_answer_are_no_second_answer() {
    let upstream = Upstream::with(|peer| {
        while peer.request().is_some() {
            // In one piece: what comes when the next request is on its way answers that one, and
            // nobody can tell.
            peer.send(
                "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"a\": 1}\
                 HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"poison\": 1}",
            );
        }
    });
    let gateway = both(&upstream);
    for target in ["/m", "/x", "/m", "/x", "/m"] {
        let answer = get(gateway.address(), target);
        assert!(!answer.text().contains("poison"), "{target}: {answer:?}");
    }
}

#[test]
fn an_answer_with_both_kinds_of_length_is_read_in_chunks() {
    for lengths in [
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
    ] {
        let upstream = Upstream::answering(format!(
            "HTTP/1.1 200 OK\r\n{lengths}\r\n7\r\n{{\"a\":1}}\r\n0\r\n\r\n"
        ));
        let gateway = both(&upstream);
        let mut client = Client::connect(gateway.address());
        for target in ["/m", "/x", "/x"] {
            let answer = client.ask("GET", target);
            assert_eq!(
                (answer.status(), answer.text()),
                (200, r#"{"a":1}"#),
                "{lengths:?}"
            );
            let told = [
                answer.header("content-length"),
                answer.header("transfer-encoding"),
            ];
            assert_eq!(told.iter().flatten().count(), 1, "{lengths:?}: {told:?}");
        }
    }
}

#[test]
fn many_headers_pass_both_ways() {
    let lines: String = (0..90).map(|n| format!("X-{n}: {n}\r\n")).collect();
    let upstream = Upstream::answering(format!(
        "HTTP/1.1 200 OK\r\n{lines}Content-Length: 2\r\n\r\n{{}}"
    ));
    let gateway = both(&upstream);
    let mut client = Client::connect(gateway.address());
    client.send(format!("GET /x HTTP/1.1\r\nHost: a\r\n{lines}\r\n"));
    let answer = client.answer();
    assert_eq!((answer.status(), answer.header("x-89")), (200, Some("89")));
    assert_eq!(upstream.request().header("x-89"), Some("89"));
}

#[test]
fn interim_answers_are_passed_over() {
    let upstream = Upstream::answering(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
         HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
    );
    let gateway = both(&upstream);
    for target in ["/m", "/x"] {
        let answer = get(gateway.address(), target);
        assert_eq!(
            (answer.status(), answer.text()),
            (200, r#"{"a":1}"#),
            "{target}"
        );
        assert_eq!(answer.header("link"), None);
    }
}

#[test]
fn nobody_there_is_said_in_gos_words() {
    let upstream = Upstream::json("{}");
    let (address, config) = (upstream.address(), service(&[no_op("GET", &upstream)]));
    drop(upstream);
    until("the port is closed", || {
        std::net::TcpStream::connect(address).is_err()
    });
    let gateway = Gateway::start(&config);
    let answer = get(gateway.address(), "/x");
    assert_eq!(answer.status(), 500);
    let text =
        format!("Get \"http://{address}/x\": dial tcp {address}: connect: connection refused");
    assert_eq!(answer.text(), text);
}

#[test]
fn an_answer_may_come_before_the_body_is_read() {
    let (upstream, again) = {
        let again = Arc::new(AtomicUsize::new(0));
        let count = again.clone();
        let upstream = Upstream::with(move |peer| {
            if peer.head().is_none() {
                return;
            }
            peer.send(answer(413, "text/plain", "too much"));
            if peer.number > 0 {
                return peer.hang();
            }
            // What comes now is the body that nobody wanted, never a request.
            let rest = peer.wire.rest();
            let text = String::from_utf8_lossy(&rest).matches("POST ").count();
            count.fetch_add(text, Ordering::SeqCst);
        });
        (upstream, again)
    };
    let gateway = Gateway::start(&service(&[no_op("POST", &upstream)]));
    let mut client = Client::connect(gateway.address());
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nstart");
    let answer = client.answer();
    assert_eq!((answer.status(), answer.text()), (413, "too much"));
    let next = post(gateway.address(), "/x", "hello");
    assert_eq!(next.status(), 413);
    assert_eq!(again.load(Ordering::SeqCst), 0);
}

#[test]
fn a_connection_that_was_closed_while_it_rested_costs_no_request() {
    let upstream = Upstream::with(|peer| {
        if peer.request().is_some() {
            peer.send(answer(200, "application/json", r#"{"a":1}"#));
            peer.close();
        }
    });
    let gateway = Gateway::start(&service(&[
        no_op("GET", &upstream),
        merging("/m", &[backend(&upstream, "/m")]),
    ]));
    for _ in 0..50 {
        for target in ["/m", "/x"] {
            assert_eq!(get(gateway.address(), target).status(), 200);
        }
    }
    assert_eq!(upstream.connections(), 100);
}

#[test]
fn a_connection_that_dies_under_the_next_request_is_replaced() {
    // The second request of every connection finds nobody.
    let upstream = Upstream::with(|peer| {
        if peer.request().is_some() {
            peer.send(answer(200, "application/json", r#"{"a":1}"#));
            let _ = peer.wire.head();
            peer.close();
        }
    });
    let gateway = Gateway::start(&service(&[no_op("GET", &upstream)]));
    for _ in 0..20 {
        assert_eq!(get(gateway.address(), "/x").status(), 200);
    }
    assert_eq!(
        gateway.metric("haleway_requests_total{class=\"2xx\"}") as u64,
        20
    );
}

#[test]
fn good_connections_are_used_again() {
    let upstream = Upstream::json(r#"{"a":1}"#);
    let gateway = both(&upstream);
    let mut client = Client::connect(gateway.address());
    for _ in 0..20 {
        assert_eq!(client.ask("GET", "/m").status(), 200);
        assert_eq!(client.ask("GET", "/x").status(), 200);
    }
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn an_answer_beyond_the_limit_of_composed_bodies_is_refused() {
    let upstream = Upstream::with(|peer| {
        peer.request();
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
        while peer.try_send(&chunk).is_ok() {}
    });
    let gateway = Gateway::start(&service(&[merging("/m", &[backend(&upstream, "/m")])]));
    let answer = get(gateway.address(), "/m");
    assert_eq!(answer.status(), 500);
    assert!(answer.text().contains("larger than"), "{}", answer.text());
}

/// Sound answers, to be spoilt.
const SOUND: &[&str] = &[
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\nT: 1\r\n\r\n",
    "HTTP/1.1 302 Found\r\nLocation: /y?a=b\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\u{8b}\x08 not really",
];

#[test]
fn thousands_of_malformed_answers_leave_it_as_it_was() {
    let dice = std::sync::Mutex::new(Dice::new());
    let upstream = Upstream::with(move |peer| {
        while peer.request().is_some() {
            let mut dice = dice.lock().unwrap();
            let mut reply = SOUND[dice.below(SOUND.len())].as_bytes().to_vec();
            dice.spoil(&mut reply);
            peer.send(reply);
            if dice.below(4) == 0 {
                return peer.close();
            }
        }
    });
    let hurry = json!({"timeout": "20ms"});
    let gateway = Gateway::start(&service(&[
        with(no_op("GET", &upstream), hurry.clone()),
        with(merging("/m", &[backend(&upstream, "/m")]), hurry),
    ]));
    let ask = |count: usize| {
        for number in 0..count {
            let mut client = Client::connect(gateway.address());
            let target = ["/x", "/m"][number % 2];
            client.send(format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
            // Whatever comes, it ends.
            let _ = client.try_answer();
        }
    };
    ask(100);
    let before = gateway.held_bytes();
    ask(500);
    let grown = gateway.held_bytes().saturating_sub(before);
    assert!(grown < 20 << 20, "{grown} bytes more are held");
    let talk = gateway.talk();
    assert!(
        !talk.iter().any(|line| line.contains("panicked")),
        "{talk:#?}"
    );
    assert_eq!(get(gateway.address(), "/__health").status(), 200);
}
