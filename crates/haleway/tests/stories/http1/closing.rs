//! A client is told before its connection ends, and is not told so where it stays.

use super::{Site, both, echo, is_end, to_the_end, unbuffered};
use crate::harness::{Client, Message, Upstream};

/// Requests behind which the connection ends by the gateway's own decision.
const ENDING: &[(&str, &str)] = &[
    (
        "a large body that nobody reads",
        "POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\nhello",
    ),
    (
        "a body that nobody asked for",
        "POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
    ),
    ("no request", "hello\r\n\r\n"),
    ("no host", "GET /x HTTP/1.1\r\n\r\n"),
    (
        "a length that is none",
        "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    ),
    (
        "a coding that nobody knows",
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
    ),
    (
        "a body of two lengths",
        "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n\
         0\r\n\r\n",
    ),
    (
        "chunks that are none",
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ),
    (
        "chunks that turn out to be none",
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
         5\r\nhello\r\nzz\r\n",
    ),
    ("an old client", "GET /x HTTP/1.0\r\n\r\n"),
    (
        "the client's wish",
        "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ),
];

/// Requests behind which it stays.
const STAYING: &[(&str, &str)] = &[
    ("nothing", "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("no route", "GET /none HTTP/1.1\r\nHost: a\r\n\r\n"),
    (
        "a small body that nobody reads",
        "POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    ),
    (
        "chunks that nobody reads",
        "POST /none HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ),
    (
        "a body that is read",
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ),
    (
        "an old client that stays",
        "GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    ),
];

fn all(upstream: &Upstream) -> [Site; 3] {
    let [krakend, kong] = both(upstream);
    [krakend, kong, unbuffered(upstream)]
}

fn asked(client: &mut Client, request: &str) -> Message {
    client.send(request);
    client.answer()
}

#[test]
fn the_end_of_a_connection_is_told() {
    let upstream = echo();
    for site in all(&upstream) {
        for (what, request) in ENDING {
            let mut client = site.connect();
            let answer = asked(&mut client, request);
            let told = answer.header("connection");
            assert_eq!(told, Some("close"), "{} {what}: {answer:?}", site.name);
            assert!(to_the_end(&mut client).is_empty(), "{} {what}", site.name);
        }
    }
}

#[test]
fn a_connection_that_is_not_said_to_end_stays() {
    let upstream = echo();
    for site in all(&upstream) {
        for (what, request) in STAYING {
            let mut client = site.connect();
            for _ in 0..3 {
                let answer = asked(&mut client, request);
                let told = answer.header("connection");
                assert_ne!(told, Some("close"), "{} {what}: {answer:?}", site.name);
            }
            let next = client.ask("GET", "/x");
            assert_eq!(next.status(), 200, "{} {what}", site.name);
        }
    }
}

#[test]
fn an_end_that_is_told_comes_however_much_is_still_sent() {
    let upstream = echo();
    for site in all(&upstream) {
        let mut client = site.connect();
        let answer = asked(&mut client, ENDING[0].1);
        assert_eq!(answer.status(), 404, "{}", site.name);
        let piece = "x".repeat(1 << 16);
        let ended = (0..1000).find_map(|_| client.try_send(&piece).err());
        let ended = ended.unwrap_or_else(|| panic!("{}: all of it is taken", site.name));
        assert!(is_end(&ended), "{}: {ended}", site.name);
    }
}
