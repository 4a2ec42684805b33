//! Bodies that nobody reads: the answer does not wait for them, and nothing in them is a request.

use super::{both, echo, next_unless_closed};
use crate::harness::Upstream;

/// A body that reads like a request.
const SLY: &str = "GET /x?sly=1 HTTP/1.1\r\nHost: a\r\n\r\n";

/// The head of a request that no route is for, and the body in this form.
fn unwanted(chunked: bool) -> (String, String) {
    let (framing, body) = match chunked {
        false => (format!("Content-Length: {}", SLY.len()), SLY.to_owned()),
        true => {
            let body = format!("{:x}\r\n{SLY}\r\n0\r\n\r\n", SLY.len());
            ("Transfer-Encoding: chunked".to_owned(), body)
        }
    };
    let head = format!("POST /none HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n");
    (head, body)
}

fn nobody_was_sly(upstream: &Upstream) {
    for request in upstream.requests() {
        assert!(!request.start.contains("sly"), "{request:?}");
    }
}

#[test]
fn a_small_body_that_came_along_costs_no_connection() {
    let upstream = echo();
    for site in both(&upstream) {
        let mut client = site.connect();
        for chunked in [false, true, false] {
            let (head, body) = unwanted(chunked);
            client.send(format!(
                "{head}{body}GET /x?n=1 HTTP/1.1\r\nHost: a\r\n\r\n"
            ));
            assert_eq!(client.answer().status(), 404, "{}", site.name);
            let next = client.answer();
            assert_eq!(next.header("x-asked"), Some("GET /x?n=1"), "{}", site.name);
        }
    }
    nobody_was_sly(&upstream);
}

#[test]
fn an_answer_does_not_wait_for_a_body_that_nobody_reads() {
    let upstream = echo();
    for site in both(&upstream) {
        for chunked in [false, true] {
            let (head, body) = unwanted(chunked);
            for expect in [false, true] {
                let head = match expect {
                    true => head.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n"),
                    false => head.clone(),
                };
                let (sent, rest) = body.split_at(if expect { 0 } else { 9 });
                let mut client = site.connect();
                client.send(format!("{head}{sent}"));
                assert_eq!(client.answer().status(), 404, "{}", site.name);
                // The connection ends, or goes on behind the body.
                if client.try_send(rest).is_ok()
                    && let Some(next) = next_unless_closed(&mut client)
                {
                    assert_eq!(next.header("x-asked"), Some("GET /x?next=1"));
                }
            }
        }
    }
    nobody_was_sly(&upstream);
}

#[test]
fn a_large_body_that_nobody_reads_does_not_hide_its_answer() {
    const LARGE: usize = 8 << 20;
    let upstream = echo();
    for site in both(&upstream) {
        let length = format!("Content-Length: {LARGE}\r\n");
        let chunked = format!("Transfer-Encoding: chunked\r\n\r\n{LARGE:x}");
        for framing in [length, chunked] {
            let mut client = site.connect();
            client.send(format!("POST /none HTTP/1.1\r\nHost: a\r\n{framing}\r\n"));
            // A gateway that wants no more of it may close.
            let all = SLY.repeat(LARGE / SLY.len() + 1);
            let _ = client.try_send(&all[..LARGE]);
            assert_eq!(client.answer().status(), 404, "{}", site.name);
            if let Some(next) = next_unless_closed(&mut client) {
                assert_eq!(next.header("x-asked"), Some("GET /x?next=1"));
            }
        }
    }
    nobody_was_sly(&upstream);
}

#[test]
fn an_endpoint_that_answers_early_leaves_nothing_behind() {
    let upstream = Upstream::with(|peer| {
        while let Some(head) = peer.head() {
            if !head.asked().starts_with("POST") {
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext");
                continue;
            }
            peer.send("HTTP/1.1 413 Too much\r\nContent-Length: 3\r\n\r\nbig");
            // What comes now is the rest of the body, or the end; a request only behind all of it.
            let Ok(body) = peer.wire.request_body(&head) else {
                return;
            };
            let whole = format!("start{}", "-".repeat(95));
            assert_eq!(String::from_utf8_lossy(&body), whole);
        }
    });
    for site in [super::krakend(&upstream), super::unbuffered(&upstream)] {
        let mut client = site.connect();
        client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nstart");
        let answer = client.answer();
        let told = (answer.status(), answer.text());
        assert_eq!(told, (413, "big"), "{}", site.name);
        // Here, too, the connection ends, or goes on behind the body.
        if client.try_send("-".repeat(95)).is_ok()
            && let Some(next) = next_unless_closed(&mut client)
        {
            assert_eq!(next.text(), "next", "{}", site.name);
        }
        let next = site.connect().ask("GET", "/x");
        assert_eq!(next.text(), "next", "{}", site.name);
    }
}
