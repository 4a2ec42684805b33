//! Clients that never stop: all that they send is bounded.

use super::{both, echo, statuses_to_the_end, unbuffered};

/// What a client is let to send of something that never ends: buffers of the system included.
const ENDLESS_MAX: usize = 64 << 20;

/// Sends a beginning and then the same for ever: the bytes that were taken, and the statuses.
fn endless(site: &super::Site, start: &str, line: &str) -> (usize, Vec<u16>) {
    let mut client = site.connect();
    let piece = line.repeat(1000);
    let mut sent = 0;
    let mut takes = client.try_send(start).is_ok();
    while takes && sent < ENDLESS_MAX {
        takes = client.try_send(&piece).is_ok();
        sent += piece.len();
    }
    assert!(sent < ENDLESS_MAX, "{}: all of it is taken", site.name);
    (sent, statuses_to_the_end(&mut client))
}

#[test]
fn a_head_that_never_ends_is_refused() {
    let upstream = echo();
    for site in both(&upstream) {
        for (what, start, line) in [
            ("empty lines", "", "\r\n"),
            ("a method", "", "GET"),
            ("a target", "GET /", "x/y?z&"),
            ("a version", "GET /x HTTP/1.1", "1111"),
            ("a name", "GET /x HTTP/1.1\r\nHost: a\r\n", "X-Own-"),
            ("a value", "GET /x HTTP/1.1\r\nHost: a\r\nX-Own: ", "hello "),
            ("headers", "GET /x HTTP/1.1\r\nHost: a\r\n", "X-Own: 1\r\n"),
        ] {
            let (sent, statuses) = endless(&site, start, line);
            let refused = matches!(*statuses, [400 | 414 | 431]);
            let what = format!("{} {what}: {statuses:?} after {sent} bytes", site.name);
            assert!(refused, "{what}");
        }
    }
    assert!(upstream.requests().is_empty());
}

#[test]
fn what_surrounds_chunks_has_an_end() {
    let head = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let upstream = echo();
    let [krakend, kong] = both(&upstream);
    for site in [krakend, kong, unbuffered(&upstream)] {
        for (what, start, line) in [
            ("zeros before a size", "", "0"),
            ("zeros before the last size", "5\r\nhello\r\n", "0"),
            ("blanks behind a size", "5", " "),
            ("an extension", "5;", "hello=hello;"),
            ("trailers", "5\r\nhello\r\n0\r\n", "X-Own: 1\r\n"),
            ("a trailer", "5\r\nhello\r\n0\r\nX-Own: ", "hello "),
        ] {
            let (_, statuses) = endless(&site, &format!("{head}{start}"), line);
            let refused = statuses.iter().all(|status| *status >= 400);
            assert!(refused, "{} {what}: {statuses:?}", site.name);
        }
    }
    assert!(upstream.requests().is_empty());
}

#[test]
fn a_head_over_the_limit_ends_its_connection() {
    let upstream = echo();
    let site = super::krakend(&upstream);
    let large = "x".repeat(3 << 20);
    for head in [
        format!("GET /x?{large} HTTP/1.1\r\nHost: a\r\n\r\n"),
        format!("GET /x HTTP/1.1\r\nHost: a\r\nX-Large: {large}\r\n\r\n"),
    ] {
        let mut client = site.connect();
        let _ = client.try_send(head);
        let statuses = statuses_to_the_end(&mut client);
        assert!(matches!(*statuses, [414 | 431]), "{statuses:?}");
    }
    assert!(upstream.requests().is_empty());
}

#[test]
fn a_client_that_sends_ahead_for_ever_is_held_back() {
    use std::io::Write;
    let upstream = crate::harness::Upstream::with(|peer| {
        peer.request();
        peer.hang();
    });
    for site in both(&upstream) {
        let client = site.connect();
        let mut stream = &client.wire.stream;
        stream
            .set_write_timeout(Some(std::time::Duration::from_millis(300)))
            .unwrap();
        let requests = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1000);
        let before = site.gateway.held_bytes();
        let mut sent = 0;
        while sent < ENDLESS_MAX && stream.write_all(requests.as_bytes()).is_ok() {
            sent += requests.len();
        }
        assert!(sent < ENDLESS_MAX, "{}: all of it is taken", site.name);
        let grown = site.gateway.held_bytes().saturating_sub(before);
        assert!(grown < 16 << 20, "{}: {grown} bytes are held", site.name);
        assert_eq!(upstream.requests().len(), upstream.connections());
    }
}
