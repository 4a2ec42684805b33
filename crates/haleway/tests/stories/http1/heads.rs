//! Heads of requests and answers on their way: names, values, methods, sizes.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

use super::{Site, both, echo, kong, krakend};
use crate::harness::{DEADLINE, Upstream};

/// Answers with these bytes, and tells the heads that it reads to the letter.
fn listening(answer: &'static [u8]) -> (Upstream, Receiver<Vec<u8>>) {
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let upstream = Upstream::with(move |peer| {
        while let Ok(head) = peer.wire.up_to(b"\r\n\r\n") {
            tell.lock().unwrap().send(head).unwrap();
            peer.send(answer);
        }
    });
    (upstream, told)
}

fn lines(head: &[u8]) -> Vec<&[u8]> {
    head.split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end)
        .filter(|line| !line.is_empty())
        .collect()
}

#[test]
fn values_pass_byte_by_byte() {
    let odd = b"X-Odd: a\tb \xff\xc3\xa4 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    let answer: &'static [u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\
        X-Odd: a\tb \xff\xc3\xa4 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\r\n\
        X-Pad: \t a b \t \r\nX-Empty:\r\nX-Two: 2\r\nX-Two: 1\r\n\r\n";
    let headers = answer.splitn(2, |byte| *byte == b'X').nth(1).unwrap();
    let (upstream, told) = listening(answer);
    for site in both(&upstream) {
        let mut client = site.connect();
        client.send([b"GET /x HTTP/1.1\r\nHost: a\r\nX", headers].concat());
        let answered = client.wire.up_to(b"\r\n\r\n").unwrap();
        let asked = told.recv_timeout(DEADLINE).unwrap();
        for head in [asked, answered] {
            let lines = lines(&head);
            let named = |name: &[u8]| -> Vec<&[u8]> {
                let same = |line: &&&[u8]| line.starts_with(name);
                lines.iter().filter(same).copied().collect()
            };
            let text = String::from_utf8_lossy(&head);
            assert_eq!(named(b"X-Odd"), [odd.as_slice()], "{} {text}", site.name);
            assert_eq!(named(b"X-Pad"), [b"X-Pad: a b"], "{} {text}", site.name);
            assert_eq!(named(b"X-Empty"), [b"X-Empty:"], "{} {text}", site.name);
            let two: [&[u8]; 2] = [b"X-Two: 2", b"X-Two: 1"];
            assert_eq!(named(b"X-Two"), two, "{} {text}", site.name);
        }
    }
}

/// As Go spells names: a capital after each hyphen.
fn titled(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_uppercase() + &rest.to_lowercase()
    });
    words.collect::<Vec<_>>().join("-")
}

#[test]
fn krakend_spells_every_name_with_capitals() {
    let upstream = Upstream::answering(
        "HTTP/1.1 200 Fine indeed\r\nx-oDD-naME: 1\r\nETAG: \"a\"\r\nwww-AUTHENTICATE: b\r\n\
         content-LENGTH: 0\r\n\r\n",
    );
    let site = krakend(&upstream);
    let mut client = site.connect();
    client.send("GET /x HTTP/1.1\r\nhOST: a\r\nx-oDD-naME: 1\r\nif-none-match: \"b\"\r\n\r\n");
    let answer = client.answer();
    assert_eq!(answer.start, "HTTP/1.1 200 OK");
    let seen = upstream.request();
    for (name, _) in answer.headers.iter().chain(&seen.headers) {
        assert_eq!(*name, titled(name));
    }
    for message in [&answer, &seen] {
        let odd = |(name, _): &(String, String)| name == "X-Odd-Name";
        assert!(message.headers.iter().any(odd), "{message:?}");
    }
}

#[test]
fn kong_passes_names_and_reasons_as_they_came() {
    let upstream = Upstream::answering(
        "HTTP/1.1 200 Fine indeed\r\nx-oDD-naME: 1\r\nETAG: \"a\"\r\nwww-AUTHENTICATE: b\r\n\
         Usual-Name: c\r\nContent-Length: 0\r\n\r\n",
    );
    let site = kong(&upstream);
    let mut client = site.connect();
    client.send(
        "GET /x HTTP/1.1\r\nHost: a\r\nx-oDD-naME: 1\r\nif-none-match: \"b\"\r\nDNT: 1\r\n\
         Usual-Name: c\r\n\r\n",
    );
    let answer = client.answer();
    assert_eq!(answer.start, "HTTP/1.1 200 Fine indeed");
    let has = |message: &crate::harness::Message, names: &[&str]| {
        for name in names {
            let same = |(other, _): &(String, String)| other == name;
            assert!(message.headers.iter().any(same), "no {name}: {message:?}");
        }
    };
    let names = ["x-oDD-naME", "ETAG", "www-AUTHENTICATE", "Usual-Name"];
    has(&answer, &names);
    let names = ["x-oDD-naME", "if-none-match", "DNT", "Usual-Name"];
    has(&upstream.request(), &names);
    has(
        &upstream.request(),
        &["X-Real-IP", "X-Forwarded-For", "Host"],
    );
}

#[test]
fn an_answer_has_one_date() {
    let date = "Date: Thu, 01 Jan 2015 00:00:00 GMT\r\n";
    for theirs in ["", date] {
        let upstream = Upstream::answering(format!(
            "HTTP/1.1 200 OK\r\n{theirs}Content-Length: 0\r\n\r\n"
        ));
        for site in both(&upstream) {
            let mut client = site.connect();
            let answer = client.ask("GET", "/x");
            let told = answer.header("date").unwrap();
            let passed = told == "Thu, 01 Jan 2015 00:00:00 GMT";
            assert_eq!(passed, !theirs.is_empty(), "{}: {told}", site.name);
            assert!(told.ends_with(" GMT"), "{}: {told}", site.name);
            let own = client.ask("GET", "/none");
            assert!(own.header("date").unwrap().ends_with(" GMT"));
        }
    }
}

#[test]
fn methods_that_nobody_has_heard_of_pass() {
    let upstream = echo();
    let site = kong(&upstream);
    let mut client = site.connect();
    for method in ["PATCH", "PROPFIND", "M-SEARCH", "X"] {
        client.send(format!(
            "{method} /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
        ));
        let answer = client.answer();
        let asked = format!("{method} /x");
        assert_eq!(answer.header("x-asked"), Some(asked.as_str()));
        assert_eq!(answer.text(), "hello");
    }
}

#[test]
fn targets_pass_to_the_letter() {
    let upstream = echo();
    let site = kong(&upstream);
    let mut client = site.connect();
    for target in [
        "/x?!$%&'()*+,-./:;=?@[\\]^_`{|}~",
        "/x?0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "/x?a=%20%2f%zz%&&&==;;?/?",
        "/x?\u{e4}\u{20ac}",
        "/x/!$&'()*+,-.:;=@[]_~",
        "/x/0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "/x/a%20b",
    ] {
        client.send(format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_eq!(client.answer().status(), 200, "{target}");
        let seen = upstream.requests().pop().unwrap();
        assert_eq!(seen.asked(), format!("GET {target}"));
    }
}

#[test]
fn a_large_head_arrives_in_many_pieces() {
    let upstream = Upstream::by(|request| {
        let large = request.header("x-large").unwrap_or_default();
        format!("HTTP/1.1 200 OK\r\nX-Large: {large}\r\nContent-Length: 0\r\n\r\n").into_bytes()
    });
    let site = krakend(&upstream);
    let mut client = site.connect();
    let large = "0123456789".repeat(10_000);
    for _ in 0..2 {
        let head = format!("GET /x HTTP/1.1\r\nHost: a\r\nX-Large: {large}\r\n\r\n");
        for piece in head.as_bytes().chunks(1000) {
            client.send(piece);
        }
        assert_eq!(client.answer().header("x-large"), Some(large.as_str()));
    }
}

fn with_headers(site: &Site, upstream: &Upstream, count: usize) -> u16 {
    let headers: String = (0..count).map(|n| format!("X-{n}: {n}\r\n")).collect();
    let before = upstream.requests().len();
    let mut client = site.connect();
    // The gateway may refuse it and close before all of it was sent.
    let _ = client.try_send(format!("GET /x HTTP/1.1\r\nHost: a\r\n{headers}\r\n"));
    let status = client.answer().status();
    let requests = upstream.requests();
    assert_eq!(requests.len() - before, usize::from(status == 200));
    if status == 200 {
        let all = |n: usize| {
            let value = requests[before].header(&format!("x-{n}"));
            value == Some(n.to_string().as_str())
        };
        assert!((0..count).all(all), "some of {count} headers are lost");
    }
    status
}

#[test]
fn many_headers_pass_all_together_or_not_at_all() {
    let upstream = echo();
    for site in both(&upstream) {
        assert_eq!(with_headers(&site, &upstream, 95), 200, "{}", site.name);
        for count in [150, 300, 1000] {
            let status = with_headers(&site, &upstream, count);
            assert!(matches!(status, 200 | 400 | 431), "{} {status}", site.name);
        }
    }
}
