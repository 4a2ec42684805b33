//! Heads that are none: refused with 400, and the connection ends.

use super::{Site, both, echo, statuses_to_the_end};

/// What a client gets for these bytes; whether the gateway takes all of them is its own affair.
fn sent(site: &Site, bytes: impl AsRef<[u8]>) -> Vec<u16> {
    let mut client = site.connect();
    let _ = client.try_send(bytes);
    statuses_to_the_end(&mut client)
}

const REFUSED: &[(&str, &str)] = &[
    ("no request", "hello\r\n\r\n"),
    (
        "a greeting of TLS",
        "\x16\x03\x01\x02\0\x01\0\x01\x07\x03\x03 hello hello",
    ),
    ("HTTP/0.9", "GET /x\r\n\r\n"),
    ("no version", "GET /x\r\nHost: a\r\n\r\n"),
    (
        "a version in small letters",
        "GET /x http/1.1\r\nHost: a\r\n\r\n",
    ),
    ("no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n"),
    (
        "a target without a slash",
        "GET x HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    ("two targets", "GET /x /y HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("two blanks", "GET  /x HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("tabs for blanks", "GET\t/x\tHTTP/1.1\r\nHost: a\r\n\r\n"),
    (
        "a blank behind the version",
        "GET /x HTTP/1.1 \r\nHost: a\r\n\r\n",
    ),
    (
        "a blank before the method",
        " GET /x HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    (
        "a method that is no token",
        "G@T /x HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    ("NUL in the target", "GET /x?\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
    (
        "a control character in the target",
        "GET /x?\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    (
        "DEL in the target",
        "GET /x?\x7f HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    ("CR for CRLF", "GET /x HTTP/1.1\rHost: a\r\r"),
    (
        "CR in the first line",
        "GET /x\r HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    (
        "CR in a value",
        "GET /x HTTP/1.1\r\nHost: a\r\nX-Own: a\rb\r\n\r\n",
    ),
    (
        "CR CR LF",
        "GET /x HTTP/1.1\r\nHost: a\r\r\nX-Own: a\r\n\r\n",
    ),
    (
        "a folded line",
        "GET /x HTTP/1.1\r\nHost: a\r\nX-Own: a\r\n b\r\n\r\n",
    ),
    (
        "a line folded with a tab",
        "GET /x HTTP/1.1\r\nHost: a\r\nX-Own: a\r\n\tb\r\n\r\n",
    ),
    (
        "a folded first line",
        "GET /x HTTP/1.1\r\n X-Own: a\r\nHost: a\r\n\r\n",
    ),
    (
        "a line without a colon",
        "GET /x HTTP/1.1\r\nHost: a\r\nNoColon\r\n\r\n",
    ),
    (
        "a line without a name",
        "GET /x HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n",
    ),
    (
        "a blank before the colon",
        "GET /x HTTP/1.1\r\nHost: a\r\nX-Own : 1\r\n\r\n",
    ),
    (
        "a tab before the colon",
        "GET /x HTTP/1.1\r\nHost: a\r\nX-Own\t: 1\r\n\r\n",
    ),
    (
        "a host with a blank before its colon",
        "GET /x HTTP/1.1\r\nHost : a\r\n\r\n",
    ),
    ("no host", "GET /x HTTP/1.1\r\nX-Own: a\r\n\r\n"),
    ("two hosts", "GET /x HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
];

#[test]
fn what_is_no_request_is_refused_and_ends_the_connection() {
    let upstream = echo();
    for site in both(&upstream) {
        for (what, bytes) in REFUSED {
            // No request behind it is served.
            let more = format!("{bytes}GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
            for bytes in [*bytes, &more] {
                assert_eq!(sent(&site, bytes), [400], "{} {what}", site.name);
            }
        }
    }
    assert!(upstream.requests().is_empty());
}

#[test]
fn what_is_no_request_is_none_however_it_is_cut() {
    let upstream = echo();
    for site in both(&upstream) {
        for (what, bytes) in REFUSED {
            let mut client = site.connect();
            // The gateway may close as soon as it has seen enough.
            let sent = bytes.bytes().try_for_each(|byte| client.try_send([byte]));
            if sent.is_ok() {
                client.finish();
            }
            let statuses = statuses_to_the_end(&mut client);
            // Some could still go on well when they end.
            let refused = matches!(*statuses, [] | [400]);
            assert!(refused, "{} {what}: {statuses:?}", site.name);
        }
    }
    assert!(upstream.requests().is_empty());
}

#[test]
fn control_characters_have_no_place_in_values() {
    let upstream = echo();
    for site in both(&upstream) {
        for byte in (0..32).chain([127]).filter(|byte| *byte != b'\t') {
            let mut head = b"GET /x HTTP/1.1\r\nHost: a\r\nX-Own: a".to_vec();
            head.push(byte);
            head.extend(b"b\r\n\r\n");
            assert_eq!(sent(&site, head), [400], "{} {byte}", site.name);
        }
    }
    assert!(upstream.requests().is_empty());
}

#[test]
fn names_are_tokens() {
    let upstream = echo();
    for site in both(&upstream) {
        for byte in b" \"(),/;<=>?@[\\]{}\0\x01\x1f\x7f\x80\xff" {
            let mut head = b"GET /x HTTP/1.1\r\nHost: a\r\nX".to_vec();
            head.push(*byte);
            head.extend(b"Own: 1\r\n\r\n");
            assert_eq!(sent(&site, head), [400], "{} {byte}", site.name);
        }
        let mut client = site.connect();
        client.send("GET /x HTTP/1.1\r\nHost: a\r\n!#$%&'*+-.^_`|~09aZ: 1\r\n\r\n");
        assert_eq!(client.answer().status(), 200, "{}", site.name);
    }
    assert_eq!(upstream.requests().len(), 2);
}

#[test]
fn versions_that_nobody_speaks_are_refused() {
    let upstream = echo();
    for site in both(&upstream) {
        for version in [
            "HTTP/2.0",
            "HTTP/9.9",
            "HTTP/0.9",
            "HTTP/1",
            "HTTP/1.1.1",
            "HTP/1.1",
        ] {
            let head = format!("GET /x {version}\r\nHost: a\r\n\r\n");
            let statuses = sent(&site, head);
            let refused = matches!(*statuses, [400 | 505]);
            assert!(refused, "{} {version}: {statuses:?}", site.name);
        }
        // The beginning of HTTP/2, where nobody expects it, may find silence.
        let statuses = sent(&site, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        let refused = matches!(*statuses, [] | [400 | 505]);
        assert!(refused, "{}: {statuses:?}", site.name);
    }
    assert!(upstream.requests().is_empty());
}

#[test]
fn requests_before_a_refused_one_are_served() {
    let get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
    let post = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    let upstream = echo();
    for site in both(&upstream) {
        let all = [get, post, "GET /x HTTP/1.1\r\nNoColon\r\n\r\n", get].concat();
        assert_eq!(sent(&site, all), [200, 200, 400], "{}", site.name);
    }
    assert_eq!(upstream.requests().len(), 4);
}
