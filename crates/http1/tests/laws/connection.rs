//! Whole connections: messages one behind the other, cut anywhere.

use haleway_http1::{Framing, Received, read_request, read_response};
use http::{HeaderMap, Method};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::cutting::{ReadBody, Reading, pieces, sizes};
use crate::messages::{chunk, headers, last_chunk, method, put_line, target};

/// A message as it was read.
#[derive(Debug, PartialEq)]
struct Message {
    first: String,
    headers: HeaderMap,
    body: ReadBody,
}

/// What of a head is compared, and the body behind it.
type Head = (String, HeaderMap, Framing, usize);

fn request(input: &[u8]) -> Option<Head> {
    let Received { head, told, bytes } = read_request(input, true).unwrap()?;
    let framing = told.request_body(head.version).unwrap();
    let first = format!("{} {}", head.method, head.uri);
    Some((first, head.headers, framing, bytes))
}

fn response(input: &[u8]) -> Option<Head> {
    let Received { head, told, bytes } = read_response(input, true).unwrap()?;
    let line = (head.version, head.status);
    let framing = told.response_body(&Method::GET, line).unwrap();
    Some((head.status.to_string(), head.headers, framing, bytes))
}

/// Reads messages from a connection as a driver does: heads from what is held, bodies from there
/// on, and what is left belongs to the next one. Pieces come as they are asked for.
fn messages<'a>(
    read: fn(&[u8]) -> Option<Head>,
    mut pieces: impl Iterator<Item = &'a [u8]>,
) -> Vec<Message> {
    let (mut held, mut messages) = (Vec::new(), Vec::new());
    loop {
        let Some((first, headers, framing, bytes)) = read(&held) else {
            let Some(piece) = pieces.next() else {
                assert!(held.is_empty(), "half a head");
                return messages;
            };
            held.extend_from_slice(piece);
            continue;
        };
        held.drain(..bytes);
        let mut reading = Reading::new(framing);
        reading.take_up(&held);
        while !reading.reader().is_done() {
            let piece = pieces.next().expect("the rest of a body");
            held.extend_from_slice(piece);
            reading.take_up(piece);
        }
        let body = reading.finish();
        held.drain(..body.end.unwrap());
        messages.push(Message {
            first,
            headers,
            body,
        });
    }
}

/// Headers and a body that go together, and how much of it is data.
fn framed() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let length = vec(any::<u8>(), 0..50).prop_map(|body| {
        let line = format!("Content-Length: {}\r\n", body.len());
        (line.into_bytes(), body)
    });
    let chunks = (vec(chunk(), 0..4), last_chunk()).prop_map(|(chunks, last)| {
        let line = b"Transfer-Encoding: chunked\r\n".to_vec();
        (line, [chunks.concat(), last].concat())
    });
    (headers(), prop_oneof![length, chunks]).prop_map(|(headers, (mut lines, body))| {
        for (name, value) in headers {
            put_line(&mut lines, &name, &value);
        }
        (lines, body)
    })
}

fn requests() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let request = (method(), target(), framed()).prop_map(|(method, target, (lines, body))| {
        let start = format!("{method} {target} HTTP/1.1\r\n");
        [start.as_bytes(), &lines, b"\r\n", &body].concat()
    });
    vec(request, 1..4)
}

fn responses() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let status = (200..600_u16).prop_filter("has a body", |it| !matches!(it, 204 | 304));
    let response = (status, framed()).prop_map(|(status, (lines, body))| {
        let start = format!("HTTP/1.1 {status} Fine\r\n");
        [start.as_bytes(), &lines, b"\r\n", &body].concat()
    });
    vec(response, 1..4)
}

proptest! {
    #[test]
    fn requests_are_the_same_however_they_are_cut(requests in requests(), sizes in sizes()) {
        let all = requests.concat();
        let whole = messages(request, requests.iter().map(Vec::as_slice));
        prop_assert_eq!(whole.len(), requests.len());
        prop_assert_eq!(&messages(request, pieces(&all, &sizes)), &whole);
        prop_assert_eq!(&messages(request, pieces(&all, &[1])), &whole);
        prop_assert_eq!(&messages(request, pieces(&all, &[all.len()])), &whole);
    }

    #[test]
    fn answers_are_the_same_however_they_are_cut(responses in responses(), sizes in sizes()) {
        let all = responses.concat();
        let whole = messages(response, responses.iter().map(Vec::as_slice));
        prop_assert_eq!(whole.len(), responses.len());
        prop_assert_eq!(&messages(response, pieces(&all, &sizes)), &whole);
        prop_assert_eq!(&messages(response, pieces(&all, &[1])), &whole);
        prop_assert_eq!(&messages(response, pieces(&all, &[all.len()])), &whole);
    }
}
