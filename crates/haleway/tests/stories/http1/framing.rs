//! Lengths and codings of requests that nobody can agree on: how requests are smuggled.

use super::{Site, both, echo, statuses_to_the_end, unbuffered};
use crate::harness::Upstream;

/// Stands behind what is refused, and must never be served.
const SLY: &str = "GET /x?sly=1 HTTP/1.1\r\nHost: a\r\n\r\n";

/// Statuses of a request with these lines and this body, and of one behind it.
fn sent(site: &Site, version: &str, lines: &str, body: &str) -> Vec<u16> {
    let mut client = site.connect();
    let _ = client.try_send(format!(
        "POST /x {version}\r\nHost: a\r\n{lines}\r\n\r\n{body}{SLY}"
    ));
    statuses_to_the_end(&mut client)
}

fn nothing_arrived(upstream: &Upstream) {
    let requests = upstream.requests();
    assert!(requests.is_empty(), "{requests:#?}");
}

#[test]
fn lengths_that_are_none_are_refused() {
    let upstream = echo();
    for site in both(&upstream) {
        for lines in [
            "Content-Length: +5",
            "Content-Length: -5",
            "Content-Length: -0",
            "Content-Length: 0x5",
            "Content-Length: 5x",
            "Content-Length: 5 5",
            "Content-Length: 5.0",
            "Content-Length: 5;",
            "Content-Length: 5,",
            "Content-Length: 5,6",
            "Content-Length: \"5\"",
            "Content-Length: five",
            "Content-Length:",
            "Content-Length: \t ",
            "Content-Length: 18446744073709551616",
            "Content-Length: 18446744073709551621",
            "Content-Length: 99999999999999999999999999999999",
            "Content-Length: 5\r\nContent-Length: 6",
            "Content-Length: 6\r\nContent-Length: 5",
            "Content-Length: 5\r\nContent-Length: 5\r\nContent-Length: 0",
            "Content-Length: 5\r\nContent-Length: x",
            "Content-Length: 5\r\nX-Own: 1\r\ncontent-length: 6",
        ] {
            for version in ["HTTP/1.1", "HTTP/1.0"] {
                let statuses = sent(&site, version, lines, "hello");
                assert_eq!(statuses, [400], "{} {version} {lines:?}", site.name);
            }
        }
        // The last number that there is; nobody has so much.
        let statuses = sent(
            &site,
            "HTTP/1.1",
            "Content-Length: 18446744073709551615",
            "hello",
        );
        let refused = matches!(*statuses, [400 | 413 | 431]);
        assert!(refused, "{}: {statuses:?}", site.name);
    }
    nothing_arrived(&upstream);
}

#[test]
fn codings_other_than_chunks_are_refused() {
    let upstream = echo();
    for site in both(&upstream) {
        for lines in [
            "Transfer-Encoding: gzip",
            "Transfer-Encoding: identity",
            "Transfer-Encoding: xchunked",
            "Transfer-Encoding: chunkedx",
            "Transfer-Encoding: \"chunked\"",
            "Transfer-Encoding: chunked;q=1",
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: chunked, chunked",
            "Transfer-Encoding: identity, chunked",
            "Transfer-Encoding: chunked, gzip",
            "Transfer-Encoding: chunked, identity",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip",
            "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding:",
        ] {
            let statuses = sent(&site, "HTTP/1.1", lines, "5\r\nhello\r\n0\r\n\r\n");
            // Kong has one message for all that cannot be read.
            let status = if site.name == "krakend" { 501 } else { 400 };
            assert_eq!(statuses, [status], "{} {lines:?}", site.name);
        }
    }
    nothing_arrived(&upstream);
}

#[test]
fn a_body_has_one_kind_of_length() {
    let upstream = echo();
    for site in both(&upstream) {
        for lines in [
            "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nContent-Length: 5",
            "Transfer-Encoding: chunked\r\nX-Own: 1\r\ncontent-length: 15",
            "Content-Length: 0\r\nTransfer-Encoding: chunked",
            "Content-Length: 5\r\nTransfer-Encoding: identity",
            "Content-Length: 5\r\nTransfer-Encoding: xchunked",
            "Transfer-Encoding: xchunked\r\nContent-Length: 5",
        ] {
            let statuses = sent(&site, "HTTP/1.1", lines, "5\r\nhello\r\n0\r\n\r\n");
            let refused = matches!(*statuses, [400 | 501]);
            assert!(refused, "{} {lines:?}: {statuses:?}", site.name);
        }
    }
    nothing_arrived(&upstream);
}

#[test]
fn http_1_0_has_no_chunks() {
    let upstream = echo();
    for site in both(&upstream) {
        for lines in [
            "Transfer-Encoding: chunked",
            "Connection: keep-alive\r\nTransfer-Encoding: chunked",
            "Connection: keep-alive\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
            "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\nContent-Length: 15",
        ] {
            let statuses = sent(&site, "HTTP/1.0", lines, "5\r\nhello\r\n0\r\n\r\n");
            assert_eq!(statuses, [400], "{} {lines:?}", site.name);
        }
    }
    nothing_arrived(&upstream);
}

/// Bodies whose chunks are none.
const CHUNKS: &[(&str, &str)] = &[
    ("no size", "\r\nhello\r\n0\r\n\r\n"),
    ("a size that is none", "zz\r\nhello\r\n0\r\n\r\n"),
    ("a negative size", "-5\r\nhello\r\n0\r\n\r\n"),
    ("a size with a sign", "+5\r\nhello\r\n0\r\n\r\n"),
    ("a size with a prefix", "0x5\r\nhello\r\n0\r\n\r\n"),
    ("a blank before a size", " 5\r\nhello\r\n0\r\n\r\n"),
    ("two sizes", "5 5\r\nhello\r\n0\r\n\r\n"),
    (
        "a size of 65 bits",
        "10000000000000005\r\nhello\r\n0\r\n\r\n",
    ),
    (
        "a size of 68 bits",
        "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    ),
    ("CR behind a size", "5\rhello\r\n0\r\n\r\n"),
    ("LF behind a size", "5\nhello\r\n0\r\n\r\n"),
    ("LF behind an extension", "5;a\nhello\r\n0\r\n\r\n"),
    ("no line end behind a chunk", "5\r\nhello0\r\n\r\n"),
    ("LF behind a chunk", "5\r\nhello\n0\r\n\r\n"),
    ("a chunk longer than its size", "5\r\nhello!\r\n0\r\n\r\n"),
    ("a chunk shorter than its size", "6\r\nhello\r\n0\r\n\r\n"),
    (
        "a trailer that is none",
        "5\r\nhello\r\n0\r\nX Own 1\r\n\r\n",
    ),
    ("a trailer without a name", "5\r\nhello\r\n0\r\n: 1\r\n\r\n"),
    ("a request for a trailer", "5\r\nhello\r\n0\r\n"),
    ("LF behind a trailer", "5\r\nhello\r\n0\r\nX-Own: 1\n\r\n"),
    (
        "an end of trailers in LF alone",
        "5\r\nhello\r\n0\r\nX-Own: 1\n\n",
    ),
    // Read on from its second line, this one would have an end.
    ("a size that goes on", "5\r\nhello\r\n5xAAA\r\n0\r\n\r\n"),
];

#[test]
fn chunks_that_are_none_end_the_request_and_the_connection() {
    let upstream = echo();
    let [krakend, kong] = both(&upstream);
    for site in [krakend, kong, unbuffered(&upstream)] {
        for (what, body) in CHUNKS {
            let lines = "Transfer-Encoding: chunked";
            let statuses = sent(&site, "HTTP/1.1", lines, body);
            // Where the request was passed on as it came, there may be no answer left to give.
            let refused = match *statuses {
                [status] => status >= 400,
                [] => site.name != "kong",
                _ => false,
            };
            assert!(refused, "{} {what}: {statuses:?}", site.name);
            if site.name == "kong" {
                assert_eq!(statuses, [400], "{what}");
            }
        }
        nothing_arrived(&upstream);
    }
}
