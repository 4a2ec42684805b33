//! Clients that leave while they are served: their endpoint is let go, too.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

use super::{SOON, both, to_the_end};
use crate::harness::Upstream;

/// An endpoint that says this much of its answer and then nothing, and tells when it was asked and
/// when it was left.
fn patient(beginning: &'static str) -> (Upstream, Receiver<&'static str>) {
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let upstream = Upstream::with(move |peer| {
        while peer.request().is_some() {
            peer.send(beginning);
            tell.lock().unwrap().send("asked").unwrap();
            peer.hang();
            tell.lock().unwrap().send("left").unwrap();
        }
    });
    (upstream, told)
}

const REQUESTS: [&str; 2] = [
    "GET /x HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
];

/// Nothing, a part of a head, and parts of bodies.
const BEGINNINGS: [&str; 5] = [
    "",
    "HTTP/1.1 200 OK\r\nContent-",
    "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "HTTP/1.1 200 OK\r\n\r\nhello",
];

#[test]
fn an_endpoint_is_left_when_its_client_has_left() {
    for beginning in BEGINNINGS {
        let (upstream, told) = patient(beginning);
        let next = || told.recv_timeout(SOON).unwrap();
        for site in both(&upstream) {
            for request in REQUESTS {
                let mut client = site.connect();
                client.send(request);
                assert_eq!(next(), "asked", "{}", site.name);
                if beginning.contains("hello") {
                    client.wire.head().unwrap();
                }
                drop(client);
                assert_eq!(next(), "left", "{} {beginning:?}", site.name);
            }
        }
    }
}

#[test]
fn an_endpoint_whose_client_takes_nothing_more_is_left() {
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let upstream = Upstream::with(move |peer| {
        peer.request();
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        while peer.try_send(&chunk).is_ok() {}
        tell.lock().unwrap().send(()).unwrap();
    });
    for site in both(&upstream) {
        let mut client = site.connect();
        client.send(REQUESTS[0]);
        client.wire.head().unwrap();
        client.wire.exactly(1 << 20).unwrap();
        drop(client);
        told.recv_timeout(SOON).expect(site.name);
    }
}

#[test]
fn a_client_that_will_send_nothing_more_is_taken_for_gone() {
    // So do nginx, unless it is told to ignore it, and Go's server.
    let (upstream, told) = patient("");
    let next = || told.recv_timeout(SOON).unwrap();
    for site in both(&upstream) {
        for request in REQUESTS {
            let mut client = site.connect();
            client.send(request);
            assert_eq!(next(), "asked", "{}", site.name);
            client.finish();
            assert_eq!(next(), "left", "{}", site.name);
            let rest = to_the_end(&mut client);
            let text = String::from_utf8_lossy(&rest);
            assert!(!text.starts_with("HTTP/1.1 2"), "{}: {text}", site.name);
        }
    }
}

#[test]
fn a_client_that_leaves_at_rest_harms_nobody() {
    let upstream = super::echo();
    for site in both(&upstream) {
        for _ in 0..10 {
            let mut client = site.connect();
            client.send(REQUESTS[1]);
            assert_eq!(client.answer().text(), "hello");
            client.finish();
            assert!(client.is_closed(), "{}", site.name);
            drop(site.connect());
            let mut half = site.connect();
            half.send("GET /x HTTP/1.1\r\nHo");
            half.finish();
            let rest = to_the_end(&mut half);
            let text = String::from_utf8_lossy(&rest);
            assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "{text}");
        }
    }
    assert_eq!(upstream.requests().len(), 20);
}
