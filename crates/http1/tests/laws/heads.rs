//! Heads: no bytes panic their readers, and no cut changes what is read.

use haleway_http1::{BadHead, HEADERS_MAX, Received, Spelling, Told, read_request, read_response};
use http::{HeaderMap, request, response};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::messages::{headers, method, put_line, target};

/// What stands in heads, and what does not belong there.
const SCRAPS: &[&str] = &[
    "\r\n",
    "\n",
    "\r",
    "\r\n\r\n",
    "\n\n",
    " ",
    "\t",
    ":",
    "GET ",
    "/x",
    "*",
    "http://a/",
    " HTTP/1.1",
    " HTTP/1.0",
    "HTTP/1.1 200 OK",
    "HTTP/1.1 ",
    "HTTP/2",
    "200",
    "99",
    "A: b\r\n",
    "Host: a\r\n",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Connection: close\r\n",
    "Expect: 100-continue\r\n",
    "\0",
    "\x7f",
    "\u{e4}",
    "%",
    "[",
    "#",
];

fn lines() -> impl Strategy<Value = Vec<u8>> {
    let told = select(vec![
        ("Content-Length", "5"),
        ("content-length", "x"),
        ("Transfer-Encoding", "chunked"),
        ("transfer-encoding", "gzip"),
        ("Connection", "a, Close"),
        ("connection", "keep-alive"),
        ("EXPECT", "100-Continue"),
        ("Host", "a"),
    ]);
    (headers(), vec(told, 0..3)).prop_map(|(headers, told)| {
        let mut bytes = Vec::new();
        for (name, value) in told {
            put_line(&mut bytes, name, value.as_bytes());
        }
        for (name, value) in headers {
            put_line(&mut bytes, &name, &value);
        }
        bytes
    })
}

/// A head with this first line, edited here and there, and what stands behind it.
fn head(start: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<u8>> {
    let before = select(vec!["", "", "\r\n", "\r\n\r\n"]);
    let edit = (any::<Index>(), 0..3_usize, select(SCRAPS));
    let edits = prop_oneof![2 => Just(Vec::new()), 1 => vec(edit, 1..3)];
    let tail = vec(select(SCRAPS), 0..3);
    (before, start, lines(), tail, edits).prop_map(|(before, start, lines, tail, edits)| {
        let start = format!("{before}{start}\r\n");
        let tail = tail.concat();
        let mut bytes = [start.as_bytes(), &lines, b"\r\n", tail.as_bytes()].concat();
        for (at, removed, put) in edits {
            let at = at.index(bytes.len() + 1);
            let behind = (at + removed).min(bytes.len());
            bytes.splice(at..behind, put.bytes());
        }
        bytes
    })
}

fn scraps() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(select(SCRAPS), 0..12).prop_map(|texts| texts.concat().into_bytes()),
        vec(any::<u8>(), 0..60),
    ]
}

fn requests() -> impl Strategy<Value = Vec<u8>> {
    let version = select(vec!["HTTP/1.1", "HTTP/1.1", "HTTP/1.0"]);
    let start = (method(), target(), version);
    let start = start.prop_map(|(method, target, version)| format!("{method} {target} {version}"));
    prop_oneof![4 => head(start), 1 => scraps()]
}

fn responses() -> impl Strategy<Value = Vec<u8>> {
    let version = select(vec!["HTTP/1.1", "HTTP/1.1", "HTTP/1.0"]);
    let reason = "( [ -~\t]{0,12})?";
    let start = (version, 100..1000_u16, reason);
    let start = start.prop_map(|(version, status, reason)| format!("{version} {status}{reason}"));
    prop_oneof![4 => head(start), 1 => scraps()]
}

/// What a reader says of some bytes, in a form that can be compared.
#[derive(Debug, PartialEq)]
enum Said {
    Bad(BadHead),
    More,
    Head {
        first: String,
        headers: HeaderMap,
        spelling: Option<Spelling>,
        told: Told,
        bytes: usize,
    },
}

fn said<T>(
    read: Result<Option<Received<T>>, BadHead>,
    parts: impl Fn(T) -> (String, HeaderMap, Option<Spelling>),
) -> Said {
    match read {
        Err(bad) => Said::Bad(bad),
        Ok(None) => Said::More,
        Ok(Some(Received { head, told, bytes })) => {
            let (first, headers, spelling) = parts(head);
            Said::Head {
                first,
                headers,
                spelling,
                told,
                bytes,
            }
        }
    }
}

fn of_request(input: &[u8], spelled: bool) -> Said {
    said(read_request(input, spelled), |head: request::Parts| {
        let first = format!("{} {} {:?}", head.method, head.uri, head.version);
        (first, head.headers, head.extensions.get().cloned())
    })
}

fn of_response(input: &[u8], spelled: bool) -> Said {
    said(read_response(input, spelled), |head: response::Parts| {
        let first = format!("{} {:?}", head.status, head.version);
        (first, head.headers, head.extensions.get().cloned())
    })
}

/// What must hold of a reader and these bytes.
fn check(read: fn(&[u8], bool) -> Said, input: &[u8]) -> Result<(), TestCaseError> {
    let whole = read(input, true);
    for cut in 0..input.len() {
        match (read(&input[..cut], true), &whole) {
            // Its bytes are there, or it is bad already: more of them change nothing.
            (part @ (Said::Head { .. } | Said::Bad(_)), whole) => prop_assert_eq!(&part, whole),
            (Said::More, Said::Head { bytes, .. }) => prop_assert!(cut < *bytes, "{}", cut),
            (Said::More, _) => {}
        }
    }
    if let Said::Head {
        headers,
        told,
        bytes,
        ..
    } = &whole
    {
        prop_assert!(input[..*bytes].ends_with(b"\n"));
        prop_assert_eq!(*told, Told::by(headers));
        prop_assert!(headers.len() <= HEADERS_MAX);
    }
    // Spellings are asked for beside everything else.
    match (read(input, false), whole) {
        (
            Said::Head {
                spelling: Some(_), ..
            },
            _,
        ) => prop_assert!(false, "nobody asked for it"),
        (
            Said::Head {
                first,
                headers,
                told,
                bytes,
                ..
            },
            Said::Head { spelling, .. },
        ) => {
            let with = Said::Head {
                first,
                headers,
                spelling,
                told,
                bytes,
            };
            prop_assert_eq!(with, read(input, true));
        }
        (without, with) => prop_assert_eq!(without, with),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn heads_of_requests_are_read_however_they_are_cut(input in requests()) {
        check(of_request, &input)?;
    }

    #[test]
    fn heads_of_answers_are_read_however_they_are_cut(input in responses()) {
        check(of_response, &input)?;
    }
}

#[test]
fn a_head_has_no_more_headers_than_there_is_room_for() {
    let lines = |count: usize| "A: b\r\n".repeat(count);
    let request = |count| format!("GET / HTTP/1.1\r\n{}\r\n", lines(count));
    let response = |count| format!("HTTP/1.1 200 OK\r\n{}\r\n", lines(count));
    let most = read_request(request(HEADERS_MAX).as_bytes(), false);
    assert_eq!(most.unwrap().unwrap().head.headers.len(), HEADERS_MAX);
    let more = read_request(request(HEADERS_MAX + 1).as_bytes(), false);
    assert_eq!(more.unwrap_err(), BadHead::TooMany);
    let most = read_response(response(HEADERS_MAX).as_bytes(), false);
    assert_eq!(most.unwrap().unwrap().head.headers.len(), HEADERS_MAX);
    let more = read_response(response(HEADERS_MAX + 1).as_bytes(), false);
    assert_eq!(more.unwrap_err(), BadHead::TooMany);
}

#[test]
fn a_bad_head_says_what_is_bad_of_it() {
    let table = [
        ("G@T / HTTP/1.1\r\n\r\n", BadHead::Line),
        ("GET / HTTP/2.0\r\n\r\n", BadHead::Version),
        ("GET [ HTTP/1.1\r\n\r\n", BadHead::Target),
        ("GET / HTTP/1.1\r\nA b\r\n\r\n", BadHead::Header),
        ("GET / HTTP/1.1\r\nA: \0\r\n\r\n", BadHead::Header),
    ];
    for (input, bad) in table {
        let found = read_request(input.as_bytes(), false).unwrap_err();
        assert_eq!(found, bad, "{input:?}");
        assert!(!found.to_string().is_empty());
    }
    for status in ["099", "1000", "2x0", ""] {
        let input = format!("HTTP/1.1 {status} OK\r\n\r\n");
        let found = read_response(input.as_bytes(), false).unwrap_err();
        assert_eq!(found, BadHead::Line, "{input:?}");
    }
}
