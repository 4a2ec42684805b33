//! Bodies of requests on their way to an endpoint.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::{
    SOON, Site, echo, is_framed_once, kong, krakend, send_bytewise, to_the_end, unbuffered,
};
use crate::harness::{Client, Upstream, until};

/// The same body in every form.
const FRAMED: &[(&str, &str)] = &[
    ("length", "Content-Length: 11\r\n\r\nhello world"),
    (
        "length in blanks",
        "Content-Length: \t 11 \t \r\n\r\nhello world",
    ),
    (
        "length of many digits",
        "Content-Length: 0011\r\n\r\nhello world",
    ),
    (
        "the same length twice",
        "Content-Length: 11\r\nContent-Length: 11\r\n\r\nhello world",
    ),
    (
        "chunks",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
    ),
    (
        "chunks in other letters",
        "transfer-ENCODING: CHUNKED\r\n\r\nB\r\nhello world\r\n0\r\n\r\n",
    ),
    (
        "sizes of many digits",
        "Transfer-Encoding: chunked\r\n\r\n0000b\r\nhello world\r\n000\r\n\r\n",
    ),
    (
        "extensions",
        "Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6;c=\"d;e\";f\r\n world\r\n0;g\r\n\r\n",
    ),
    (
        "trailers",
        "Transfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\nb\r\nhello world\r\n0\r\n\
         X-Late: 1\r\nX-Later: 2\r\n\r\n",
    ),
];

fn all(upstream: &Upstream) -> [Site; 3] {
    [krakend(upstream), kong(upstream), unbuffered(upstream)]
}

#[test]
fn a_body_arrives_however_it_is_framed_and_cut() {
    let upstream = echo();
    for site in all(&upstream) {
        let mut client = site.connect();
        for (framing, rest) in FRAMED {
            let request = format!("POST /x HTTP/1.1\r\nHost: a\r\n{rest}");
            for bytewise in [false, true] {
                if bytewise {
                    send_bytewise(&mut client, &request);
                } else {
                    client.send(&request);
                }
                let answer = client.answer();
                assert_eq!(answer.text(), "hello world", "{} {framing}", site.name);
                let seen = upstream.requests().pop().unwrap();
                assert!(is_framed_once(&seen), "{} {framing}: {seen:?}", site.name);
                let late = seen.values("x-late").len() + seen.values("x-later").len();
                assert_eq!(late, 0, "{}: a trailer became a header", site.name);
            }
        }
    }
}

#[test]
fn an_empty_body_is_a_body() {
    let upstream = echo();
    for site in all(&upstream) {
        let mut client = site.connect();
        for rest in [
            "\r\n",
            "Content-Length: 0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ] {
            client.send(format!("POST /x HTTP/1.1\r\nHost: a\r\n{rest}"));
            let answer = client.answer();
            assert_eq!((answer.status(), answer.text()), (200, ""), "{}", site.name);
            let seen = upstream.requests().pop().unwrap();
            assert!(is_framed_once(&seen), "{} {rest:?}: {seen:?}", site.name);
        }
        client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(client.answer().status(), 200, "{}", site.name);
        let seen = upstream.requests().pop().unwrap();
        assert_eq!(seen.header("content-length"), None, "{}", site.name);
        assert_eq!(seen.header("transfer-encoding"), None, "{}", site.name);
    }
}

#[test]
fn every_byte_may_be_in_a_body() {
    let body: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let upstream = echo();
    for site in all(&upstream) {
        let mut client = site.connect();
        let head = format!(
            "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        client.send([head.as_bytes(), &body].concat());
        assert!(client.answer().body == body, "{}", site.name);
        client.send("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (n, piece) in body.chunks(999).enumerate() {
            let size = format!("{:x};n={n}\r\n", piece.len());
            client.send([size.as_bytes(), piece, b"\r\n"].concat());
        }
        client.send("0\r\n\r\n");
        assert!(client.answer().body == body, "{}", site.name);
    }
}

#[test]
fn thousands_of_chunks_in_one_piece_are_one_body() {
    const CHUNKS: usize = 3000;
    let upstream = echo();
    for site in all(&upstream) {
        let mut client = site.connect();
        client.send(format!(
            "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n",
            "1\r\nx\r\n".repeat(CHUNKS)
        ));
        assert_eq!(client.answer().body.len(), CHUNKS, "{}", site.name);
    }
}

#[test]
fn a_body_may_come_with_any_method() {
    let upstream = echo();
    for site in all(&upstream) {
        let mut client = site.connect();
        for method in ["GET", "DELETE"] {
            for (framing, rest) in FRAMED {
                client.send(format!("{method} /x HTTP/1.1\r\nHost: a\r\n{rest}"));
                let what = format!("{} {method} {framing}", site.name);
                assert_eq!(client.answer().text(), "hello world", "{what}");
                let seen = upstream.requests().pop().unwrap();
                assert_eq!(seen.asked(), format!("{method} /x"), "{what}");
                assert!(is_framed_once(&seen), "{what}: {seen:?}");
            }
        }
    }
}

#[test]
fn a_body_is_asked_for_where_it_is_wanted() {
    let upstream = echo();
    for site in all(&upstream) {
        let mut client = site.connect();
        for (expected, length, body) in [
            ("100-continue", "Content-Length: 5", "hello"),
            ("100-Continue", "Content-Length: 5", "hello"),
            (
                "100-continue",
                "Transfer-Encoding: chunked",
                "5\r\nhello\r\n0\r\n\r\n",
            ),
        ] {
            client.send(format!(
                "POST /x HTTP/1.1\r\nHost: a\r\n{length}\r\nExpect: {expected}\r\n\r\n"
            ));
            assert_eq!(client.wire.head().unwrap().start, "HTTP/1.1 100 Continue");
            client.send(body);
            assert_eq!(client.answer().text(), "hello", "{}", site.name);
        }
    }
    for seen in upstream.requests() {
        assert_eq!(seen.header("expect"), None);
    }
}

/// The next answer that is final, where one that is not may come before it.
fn final_answer(client: &mut Client) -> crate::harness::Message {
    let answer = client.answer();
    if answer.status() == 100 {
        return client.answer();
    }
    answer
}

#[test]
fn a_client_that_does_not_wait_to_be_asked_is_served() {
    let upstream = echo();
    for site in all(&upstream) {
        let mut client = site.connect();
        for _ in 0..3 {
            client.send(
                "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n\
                 hello",
            );
            let answer = final_answer(&mut client);
            assert_eq!(answer.text(), "hello", "{}", site.name);
        }
    }
}

#[test]
fn nobody_is_asked_for_a_body_in_vain() {
    let upstream = echo();
    for site in all(&upstream) {
        // There is none, it has come, or the client is too old to know the question.
        for request in [
            "GET /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
            "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n",
            "POST /x HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
        ] {
            let mut client = site.connect();
            client.send(request);
            let status = client.answer().status();
            assert_eq!(status, 200, "{}: {request:?}", site.name);
        }
    }
}

/// An endpoint that counts the connections that have ended.
fn counting() -> (Upstream, Arc<AtomicUsize>) {
    let ended = Arc::new(AtomicUsize::new(0));
    let count = ended.clone();
    let upstream = Upstream::with(move |peer| {
        while peer.request().is_some() {
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
        count.fetch_add(1, Ordering::SeqCst);
    });
    (upstream, ended)
}

#[test]
fn half_a_body_is_no_request() {
    let (upstream, ended) = counting();
    for site in all(&upstream) {
        let began = Instant::now();
        for half in [
            "Content-Length: 10\r\n\r\nhello",
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
        ] {
            let request = format!("POST /x HTTP/1.1\r\nHost: a\r\n{half}");
            let mut client = site.connect();
            client.send(&request);
            client.finish();
            let answer = to_the_end(&mut client);
            let text = String::from_utf8_lossy(&answer);
            let refused = text.starts_with("HTTP/1.1 4") || text.starts_with("HTTP/1.1 5");
            assert!(refused || text.is_empty(), "{} {half:?}: {text}", site.name);
            // The same from a client that is gone at once.
            site.connect().send(&request);
        }
        until("every connection of a broken request has ended", || {
            ended.load(Ordering::SeqCst) == upstream.connections()
        });
        assert!(upstream.requests().is_empty(), "{}", site.name);
        assert!(began.elapsed() < SOON, "{}: waited for more", site.name);
    }
}
