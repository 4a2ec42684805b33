//! Answers on their way to a client: framed for it, whatever their endpoint made of them.

use serde_json::json;

use super::{Part, both, connection_of, is_framed_once, play, stage};
use crate::harness::config::{backend, merging, service, with};
use crate::harness::{Client, Gateway, Peer, Upstream};

fn bytewise(peer: &mut Peer) {
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                  2;a=b\r\nhe\r\n003\r\nllo\r\n0\r\n\r\n";
    for byte in answer.bytes() {
        peer.send([byte]);
    }
}

fn lengthwise(peer: &mut Peer) {
    for byte in "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".bytes() {
        peer.send([byte]);
    }
}

fn until_close(head: &str, peer: &mut Peer) {
    peer.send(head);
    peer.send("hello");
    peer.close();
}

/// Five bytes in every form.
const FRAMED: &[(&str, Part)] = &[
    ("length byte by byte", lengthwise),
    ("chunks byte by byte", bytewise),
    ("trailers", |peer| {
        peer.send(
            "HTTP/1.1 200 OK\r\nTrailer: X-Late\r\nTransfer-Encoding: chunked\r\n\r\n\
             5\r\nhello\r\n0\r\nX-Late: 1\r\nX-Later: 2\r\n\r\n",
        );
    }),
    ("chunked in other letters", |peer| {
        peer.send("HTTP/1.1 200 OK\r\ntransfer-ENCODING: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    }),
    ("until close", |peer| {
        until_close("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", peer);
    }),
    ("until close, unsaid", |peer| {
        until_close("HTTP/1.1 200 OK\r\n\r\n", peer);
    }),
    ("HTTP/1.0 until close", |peer| {
        until_close("HTTP/1.0 200 OK\r\n\r\n", peer);
    }),
    ("HTTP/1.0 with a length", |peer| {
        peer.send("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("HTTP/1.0 that stays", |peer| {
        peer.send("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("the same length twice", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("no reason", |peer| {
        peer.send("HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("an empty reason", |peer| {
        peer.send("HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("lines that end in LF alone", |peer| {
        peer.send("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello");
    }),
    ("interim answers before it", |peer| {
        peer.send(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n\
             HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Late: 1\r\n\r\n\
             HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        );
    }),
];

#[test]
fn a_client_gets_a_length_or_chunks_and_its_connection_goes_on() {
    let upstream = stage(FRAMED);
    for site in both(&upstream) {
        let mut client = site.connect();
        for (place, (framing, _)) in FRAMED.iter().enumerate() {
            let what = format!("{} {framing}", site.name);
            play(&mut client, place);
            let answer = client.answer();
            assert_eq!((answer.status(), answer.text()), (200, "hello"), "{what}");
            assert!(is_framed_once(&answer), "{what}: {answer:?}");
            let late = answer.values("x-late").len() + answer.values("x-later").len();
            assert_eq!(late, 0, "{what}: {answer:?}");
            connection_of(&mut client);
        }
    }
}

#[test]
fn an_old_client_gets_no_chunks_and_the_end() {
    let upstream = stage(FRAMED);
    for site in both(&upstream) {
        for (place, (framing, _)) in FRAMED.iter().enumerate() {
            let what = format!("{} {framing}", site.name);
            let mut client = site.connect();
            client.send(format!("GET /x HTTP/1.0\r\nX-Part: {place}\r\n\r\n"));
            let answer = client.answer();
            assert_eq!((answer.status(), answer.text()), (200, "hello"), "{what}");
            assert_eq!(answer.header("transfer-encoding"), None, "{what}");
            assert!(client.is_closed(), "{what}");
        }
    }
}

#[test]
fn an_old_client_that_stays_is_told_how_long_a_body_is_or_loses_its_connection() {
    let upstream = stage(FRAMED);
    for site in both(&upstream) {
        for (place, (framing, _)) in FRAMED.iter().enumerate() {
            let what = format!("{} {framing}", site.name);
            let mut client = site.connect();
            client.send(format!(
                "GET /x HTTP/1.0\r\nConnection: keep-alive\r\nX-Part: {place}\r\n\r\n"
            ));
            let answer = client.answer();
            assert_eq!((answer.status(), answer.text()), (200, "hello"), "{what}");
            assert_eq!(answer.header("transfer-encoding"), None, "{what}");
            if answer.header("content-length").is_some() {
                connection_of(&mut client);
            } else {
                assert!(client.is_closed(), "{what}");
            }
        }
    }
}

#[test]
fn a_composition_reads_every_form() {
    let upstream = stage(FRAMED);
    let text = with(backend(&upstream, "/x"), json!({"encoding": "string"}));
    let composed = with(merging("/m", &[text]), json!({"input_headers": ["X-Part"]}));
    let gateway = Gateway::start(&service(&[composed]));
    let mut client = Client::connect(gateway.address());
    for (place, (framing, _)) in FRAMED.iter().enumerate() {
        client.send(format!(
            "GET /m HTTP/1.1\r\nHost: a\r\nX-Part: {place}\r\n\r\n"
        ));
        let answer = client.answer();
        assert_eq!(answer.text(), r#"{"content":"hello"}"#, "{framing}");
    }
}

#[test]
fn every_status_passes() {
    let upstream = Upstream::by(|request| {
        let status = request.header("x-status").unwrap();
        format!("HTTP/1.1 {status} Whatever\r\nContent-Length: 5\r\n\r\nhello").into_bytes()
    });
    for site in both(&upstream) {
        let mut client = site.connect();
        for status in [
            200, 201, 203, 206, 226, 299, 400, 402, 407, 418, 421, 451, 499, 500, 505, 511, 599,
        ] {
            client.send(format!(
                "GET /x HTTP/1.1\r\nHost: a\r\nX-Status: {status}\r\n\r\n"
            ));
            let answer = client.answer();
            let told = (answer.status(), answer.text());
            assert_eq!(told, (status, "hello"), "{}", site.name);
        }
    }
}
