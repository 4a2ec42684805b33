//! Answers that have no body whatever their headers say.

use super::{Part, both, connection_of, kong, play, stage};
use crate::harness::{Client, Upstream};

/// Answers without a body, and the connection used again behind each of them.
const BODILESS: &[(&str, Part)] = &[
    ("204", |peer| peer.send("HTTP/1.1 204 No Content\r\n\r\n")),
    ("204 with a length", |peer| {
        peer.send("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n");
    }),
    ("204 with no length", |peer| {
        peer.send("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n");
    }),
    ("204 in chunks", |peer| {
        peer.send("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n");
    }),
    ("304", |peer| {
        peer.send("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n");
    }),
    ("304 with a length", |peer| {
        peer.send("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: 5\r\n\r\n");
    }),
    ("304 in chunks", |peer| {
        peer.send("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nTransfer-Encoding: chunked\r\n\r\n");
    }),
];

/// Answers that bring a body all the same.
const OVERFULL: &[(&str, Part)] = &[
    ("204", |peer| {
        peer.send("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("304", |peer| {
        peer.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("204 in chunks", |peer| {
        peer.send("HTTP/1.1 204 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    }),
    ("an empty body", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nhello");
    }),
];

/// The next answer, whose body is not there. What stands behind it would spoil the answer after it.
fn bodiless(client: &mut Client, what: &str) {
    let answer = client.answer();
    assert!(matches!(answer.status(), 204 | 304), "{what}: {answer:?}");
    assert_eq!(answer.header("transfer-encoding"), None, "{what}");
    if answer.status() == 204 {
        assert_eq!(answer.header("content-length"), None, "{what}");
    } else {
        assert_eq!(answer.header("etag"), Some("\"a\""), "{what}");
    }
}

#[test]
fn both_sides_go_on_behind_an_answer_without_a_body() {
    let upstream = stage(BODILESS);
    for site in both(&upstream) {
        let mut client = site.connect();
        let connection = connection_of(&mut client);
        for (place, (what, _)) in BODILESS.iter().enumerate() {
            play(&mut client, place);
            bodiless(&mut client, what);
            let same = connection_of(&mut client);
            assert_eq!(same, connection, "{} {what}", site.name);
        }
    }
}

#[test]
fn a_body_where_none_may_be_is_no_answer() {
    let upstream = stage(OVERFULL);
    for site in both(&upstream) {
        let mut client = site.connect();
        for (place, (what, _)) in OVERFULL.iter().enumerate() {
            let before = connection_of(&mut client);
            play(&mut client, place);
            let answer = client.answer();
            assert!(answer.body.is_empty(), "{} {what}", site.name);
            let after = connection_of(&mut client);
            assert_ne!(after, before, "{} {what}: used again", site.name);
        }
    }
}

#[test]
fn an_old_client_gets_an_answer_without_a_body_and_the_end() {
    let upstream = stage(BODILESS);
    for site in both(&upstream) {
        for (place, (what, _)) in BODILESS.iter().enumerate() {
            let mut client = site.connect();
            client.send(format!("GET /x HTTP/1.0\r\nX-Part: {place}\r\n\r\n"));
            client.wire.head().unwrap();
            assert!(client.is_closed(), "{} {what}", site.name);
        }
    }
}

/// What an endpoint says to HEAD.
const HEADS: &[(&str, Part)] = &[
    ("a length", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n");
    }),
    ("chunks", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    }),
    ("nothing", |peer| peer.send("HTTP/1.1 200 OK\r\n\r\n")),
    ("a failure", |peer| {
        peer.send("HTTP/1.1 500 No\r\nContent-Length: 3\r\n\r\n");
    }),
];

#[test]
fn both_sides_go_on_behind_the_answer_to_a_head_request() {
    let upstream = stage(HEADS);
    let site = kong(&upstream);
    let mut client = site.connect();
    let connection = connection_of(&mut client);
    for (place, (what, _)) in HEADS.iter().enumerate() {
        client.send(format!(
            "HEAD /x HTTP/1.1\r\nHost: a\r\nX-Part: {place}\r\n\r\n"
        ));
        let head = client.wire.head().unwrap();
        let length = match *what {
            "a length" => Some("12345"),
            "a failure" => Some("3"),
            _ => None,
        };
        assert_eq!(head.header("content-length"), length, "{what}");
        assert_eq!(connection_of(&mut client), connection, "{what}");
    }
}

#[test]
fn a_body_behind_the_answer_to_a_head_request_is_no_answer() {
    let upstream = Upstream::with(|peer| {
        while let Some(request) = peer.request() {
            let body = if request.asked() == "HEAD /x" {
                "hello"
            } else {
                "sound"
            };
            peer.send(format!(
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{body}"
            ));
        }
    });
    let site = kong(&upstream);
    let mut client = site.connect();
    for _ in 0..5 {
        let head = client.ask("HEAD", "/x");
        assert_eq!(head.header("content-length"), Some("5"));
        assert_eq!(client.ask("GET", "/x").text(), "sound");
    }
}
