//! Answers that are none: broken heads, bodies that break off, and those that never end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Part, Site, both, connection_of, kong, krakend, play, stage};
use crate::harness::{Peer, Upstream};

/// Heads that nobody can rely on.
const HEADS: &[(&str, Part)] = &[
    ("garbage", |peer| peer.send("hello, who is there?\r\n\r\n")),
    ("an alert of TLS", |peer| {
        peer.send(b"\x15\x03\x01\x00\x02\x02\x16 ....")
    }),
    ("another version", |peer| {
        peer.send("HTTP/2 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("a status of four digits", |peer| {
        peer.send("HTTP/1.1 1000 OK\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("a status below all", |peer| {
        peer.send("HTTP/1.1 099 OK\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("a line without a colon", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nNoColon\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("a blank before the colon", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello");
    }),
    ("NUL in a value", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nX-Own: a\0b\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("CR in a value", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nX-Own: a\rb\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("a sign before a length", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello");
    }),
    ("a length that is none", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello");
    }),
    ("a length beyond all", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nhello");
    }),
    ("lengths that differ", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 4\r\n\r\nhello");
    }),
    ("chunks of HTTP/1.0", |peer| {
        peer.send("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    }),
    ("the end in the head", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Le");
        peer.close();
    }),
];

/// Bodies that break off or go wrong. The connection of some is open all the same.
const BODIES: &[(&str, Part)] = &[
    ("less than its length", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");
        peer.close();
    }),
    ("nothing of its length", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n");
        peer.close();
    }),
    ("the end in a chunk", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\nhello");
        peer.close();
    }),
    ("the end between chunks", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        peer.close();
    }),
    ("the end in a size", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5");
        peer.close();
    }),
    ("a size that is none", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n");
    }),
    ("a size with a sign", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n-1\r\n");
    }),
    ("a size beyond all", |peer| {
        peer.send(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
             5\r\nhello\r\n10000000000000005\r\nhello\r\n0\r\n\r\n",
        );
    }),
    ("a chunk longer than its size", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n");
    }),
    ("a reset in the middle", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");
        peer.reset();
        // It is sent when the last handle is gone.
        peer.close();
    }),
];

#[test]
fn a_broken_head_gives_an_error_and_ends_its_connection() {
    let upstream = stage(HEADS);
    for (site, status) in both(&upstream).into_iter().zip([500, 502]) {
        let mut client = site.connect();
        for (place, (what, _)) in HEADS.iter().enumerate() {
            let before = connection_of(&mut client);
            play(&mut client, place);
            let answer = client.answer();
            assert_eq!(answer.status(), status, "{} {what}: {answer:?}", site.name);
            let after = connection_of(&mut client);
            assert_ne!(after, before, "{} {what}: used again", site.name);
        }
    }
}

#[test]
fn a_broken_body_looks_broken_to_the_client() {
    let upstream = stage(BODIES);
    for site in both(&upstream) {
        for (place, (what, _)) in BODIES.iter().enumerate() {
            let mut client = site.connect();
            let before = connection_of(&mut client);
            play(&mut client, place);
            match client.try_answer() {
                Ok(answer) => assert!(answer.status() >= 500, "{} {what}: whole", site.name),
                Err(error) => assert!(super::is_end(&error), "{} {what}: {error}", site.name),
            }
            let after = connection_of(&mut site.connect());
            assert_ne!(after, before, "{} {what}: used again", site.name);
        }
    }
}

#[test]
fn a_body_that_ends_with_its_connection_must_not_be_reset() {
    // The client has the first half before the reset, so that it cannot overtake it.
    let (go_on, waits) = std::sync::mpsc::channel::<()>();
    let waits = std::sync::Mutex::new(waits);
    let upstream = Upstream::with(move |peer| {
        peer.request();
        peer.send("HTTP/1.1 200 OK\r\n\r\nhello");
        let _ = waits.lock().unwrap().recv();
        peer.reset();
    });
    for site in both(&upstream) {
        let mut client = site.connect();
        client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
        let head = client.wire.head().unwrap();
        assert_eq!(head.header("transfer-encoding"), Some("chunked"));
        assert_eq!(client.wire.chunk().unwrap(), b"hello", "{}", site.name);
        go_on.send(()).unwrap();
        let last = client.wire.chunk();
        assert!(last.is_err(), "{}: looks whole", site.name);
    }
}

/// What an endpoint is let to send of something that never ends: buffers of the system included.
const ENDLESS_MAX: usize = 64 << 20;

/// Sends a beginning and then the same for ever. Counts what was taken.
fn endless(start: &'static str, line: &'static str) -> (Upstream, Arc<AtomicUsize>) {
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    let upstream = Upstream::with(move |peer: &mut Peer| {
        peer.request();
        peer.send(start);
        let piece = line.repeat(1000);
        while count.load(Ordering::SeqCst) < ENDLESS_MAX && peer.try_send(&piece).is_ok() {
            count.fetch_add(piece.len(), Ordering::SeqCst);
        }
    });
    (upstream, sent)
}

#[test]
fn what_never_ends_is_cut() {
    const SIZE: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;";
    const TRAILERS: &str =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n";
    for (what, start, line) in [
        ("empty lines", "", "\r\n"),
        ("a reason", "HTTP/1.1 200 ", "hello hello "),
        ("a version", "HTTP/1.", "111111111111"),
        ("a name", "HTTP/1.1 200 OK\r\n", "X-Endless-"),
        ("a value", "HTTP/1.1 200 OK\r\nX-Endless: ", "hello hello "),
        ("headers", "HTTP/1.1 200 OK\r\n", "X-Endless: 1\r\n"),
        ("zeros before a size", SIZE, "0"),
        ("an extension", CHUNKED, "hello=hello;"),
        ("trailers", TRAILERS, "X-Endless: 1\r\n"),
    ] {
        for site in [krakend as fn(&Upstream) -> Site, kong] {
            let (upstream, sent) = endless(start, line);
            let site = site(&upstream);
            let mut client = site.connect();
            client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
            match client.try_answer() {
                Ok(answer) => assert!(answer.status() >= 500, "{} {what}: whole", site.name),
                Err(error) => assert!(super::is_end(&error), "{} {what}: {error}", site.name),
            }
            let sent = sent.load(Ordering::SeqCst);
            assert!(
                sent < ENDLESS_MAX,
                "{} {what}: {sent} bytes taken",
                site.name
            );
        }
    }
}
