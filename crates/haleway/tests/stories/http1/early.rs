//! Endpoints that answer before they have read the request: their answer is worth more than what
//! is left of it.

use super::{Part, Site, krakend, stage, unbuffered};
use crate::harness::upstream::answer;
use crate::harness::{Client, Peer, Upstream};

/// More than all buffers on the way hold.
const LARGE: usize = 16 << 20;

const REFUSAL: &str = "HTTP/1.1 413 Too much\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig";

/// Says that nothing more will be said, and reads on.
fn ends(peer: &mut Peer) {
    peer.send(REFUSAL);
    let stream = &peer.wire.stream;
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    peer.hang();
}

/// Closes although there is more to read. The system tells that with a reset, which a network may
/// let overtake the answer; here both take the same way, and what has come before a reset can
/// still be read.
fn closes(peer: &mut Peer) {
    peer.send(REFUSAL);
}

/// An endpoint that refuses what is posted as soon as it sees its head.
fn refusing(refuse: Part) -> Upstream {
    Upstream::with(move |peer| {
        while let Some(head) = peer.head() {
            if head.asked().starts_with("POST") {
                return refuse(peer);
            }
            peer.send(answer(200, "text/plain", "sound"));
        }
    })
}

/// Sends a request whose body may be of no use to anybody.
fn post(client: &mut Client, chunked: bool) {
    let framing = match chunked {
        true => "Transfer-Encoding: chunked".to_owned(),
        false => format!("Content-Length: {LARGE}"),
    };
    let head = format!("POST /x HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n");
    let piece = "x".repeat(1 << 16);
    let piece = match chunked {
        true => format!("10000\r\n{piece}\r\n"),
        false => piece,
    };
    let mut takes = client.try_send(head).is_ok();
    for _ in 0..LARGE >> 16 {
        takes = takes && client.try_send(&piece).is_ok();
    }
    if takes && chunked {
        let _ = client.try_send("0\r\n\r\n");
    }
}

fn is_told(site: &Site) {
    for chunked in [false, true] {
        for _ in 0..5 {
            let mut client = site.connect();
            post(&mut client, chunked);
            let answer = client.answer();
            let told = (answer.status(), answer.text());
            assert_eq!(told, (413, "big"), "{} chunked: {chunked}", site.name);
        }
    }
    assert_eq!(site.connect().ask("GET", "/x").text(), "sound");
}

#[test]
fn a_client_is_told_what_an_endpoint_said_before_it_ended_the_connection() {
    let upstream = refusing(ends);
    is_told(&krakend(&upstream));
    is_told(&unbuffered(&upstream));
}

#[test]
fn a_client_is_told_what_an_endpoint_said_before_it_hung_up() {
    let upstream = refusing(closes);
    is_told(&krakend(&upstream));
    is_told(&unbuffered(&upstream));
}

/// Answers of an endpoint that has read nothing but the head.
const AHEAD: &[(&str, Part)] = &[
    ("a length", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("chunks", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    }),
    ("no body", |peer| {
        peer.send("HTTP/1.1 204 No Content\r\n\r\n")
    }),
];

#[test]
fn a_whole_request_is_answered_by_a_whole_answer_whichever_came_first() {
    let upstream = stage(AHEAD);
    for site in [krakend(&upstream), unbuffered(&upstream)] {
        let mut client = site.connect();
        for (place, (what, _)) in AHEAD.iter().enumerate() {
            client.send(format!(
                "POST /x HTTP/1.1\r\nHost: a\r\nX-Part: {place}\r\n\
                 Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
            ));
            client.send("0\r\n\r\n");
            let answer = client.answer();
            assert!(matches!(answer.status(), 200 | 204), "{} {what}", site.name);
            assert_eq!(client.ask("GET", "/x").status(), 200, "{}", site.name);
        }
    }
}
