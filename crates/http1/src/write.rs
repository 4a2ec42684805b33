//! Writes heads.

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, HOST, HeaderName, TRANSFER_ENCODING};
use http::{HeaderValue, Method, StatusCode, Version, response};

use crate::framing::{Framing, is_without_body};
use crate::names::{Naming, Spelling};

/// A reason phrase that is not the usual one of its status. It travels with a head as an
/// extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(Bytes);

impl Reason {
    /// A phrase of our own; `None` where it holds what may not stand in a first line.
    #[must_use]
    pub fn new(phrase: &str) -> Option<Self> {
        let fits = |byte: u8| matches!(byte, b'\t' | b' '..=b'~' | 0x80..);
        let fits = phrase.bytes().all(fits);
        fits.then(|| Self(Bytes::copy_from_slice(phrase.as_bytes())))
    }

    /// One that was read, and so may stand there.
    pub(crate) fn received(phrase: Bytes) -> Self {
        Self(phrase)
    }
}

/// Writes the head of a request in version 1.1, header by header.
#[must_use = "a head has an end"]
pub struct RequestWriter<'a> {
    out: &'a mut Vec<u8>,
    naming: Naming<'a>,
}

impl<'a> RequestWriter<'a> {
    /// Begins with the first line and the `Host`.
    pub fn new(
        out: &'a mut Vec<u8>,
        (method, target, host): (&Method, &str, &HeaderValue),
        naming: Naming<'a>,
    ) -> Self {
        out.extend_from_slice(method.as_str().as_bytes());
        out.push(b' ');
        out.extend_from_slice(target.as_bytes());
        out.extend_from_slice(b" HTTP/1.1\r\n");
        line(out, naming, &HOST, host);
        Self { out, naming }
    }

    /// Writes a header, whose value must be one. `Host` stands there already, and how the body is
    /// framed is told at the end: these are passed over.
    pub fn header(&mut self, name: &HeaderName, value: &[u8]) {
        if *name != HOST && *name != CONTENT_LENGTH && *name != TRANSFER_ENCODING {
            put(self.out, self.naming, name, value);
        }
    }

    /// Ends the head.
    pub fn end(self, framing: Framing) {
        write_framing(self.out, self.naming, framing);
        self.out.extend_from_slice(b"\r\n");
    }
}

/// How the head of an answer is written.
#[derive(Clone, Copy, Debug)]
pub struct Writing<'a> {
    /// The version of its first line.
    pub version: Version,
    /// The spelling of names that are not the answer's own.
    pub naming: Naming<'a>,
    /// How its body ends. [`Framing::None`] leaves a `Content-Length` as it is, where the status
    /// may have one: it tells how long the body would have been.
    pub framing: Framing,
    /// What stands in place of the answer's own `Connection`.
    pub connection: Option<&'static str>,
    /// The `Date` where the answer has none.
    pub date: &'a HeaderValue,
}

/// Writes the head of an answer. Spelling and reason phrase are taken from its extensions.
pub fn write_response(out: &mut Vec<u8>, head: &response::Parts, writing: Writing<'_>) {
    let Writing {
        naming,
        framing,
        connection,
        ..
    } = writing;
    write_status(out, head, writing.version);
    let naming = Naming {
        received: head.extensions.get::<Spelling>().or(naming.received),
        ..naming
    };
    let bare = head.status.is_informational() || head.status == StatusCode::NO_CONTENT;
    let length_stands = framing == Framing::None && !bare;
    let mut dated = false;
    for (name, value) in &head.headers {
        let passed_over = (*name == CONTENT_LENGTH && !length_stands)
            || *name == TRANSFER_ENCODING
            || (*name == CONNECTION && connection.is_some());
        if !passed_over {
            dated |= *name == DATE;
            line(out, naming, name, value);
        }
    }
    if !is_without_body(head.status) {
        write_framing(out, naming, framing);
    }
    if let Some(text) = connection {
        put(out, naming, &CONNECTION, text.as_bytes());
    }
    if !dated && !head.status.is_informational() {
        line(out, naming, &DATE, writing.date);
    }
    out.extend_from_slice(b"\r\n");
}

fn write_status(out: &mut Vec<u8>, head: &response::Parts, version: Version) {
    let version: &[u8] = match version {
        Version::HTTP_10 => b"HTTP/1.0 ",
        _ => b"HTTP/1.1 ",
    };
    out.extend_from_slice(version);
    out.extend_from_slice(head.status.as_str().as_bytes());
    out.push(b' ');
    match head.extensions.get::<Reason>() {
        Some(Reason(phrase)) => out.extend_from_slice(phrase),
        None => {
            let usual = head.status.canonical_reason().unwrap_or_default();
            out.extend_from_slice(usual.as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n");
}

fn write_framing(out: &mut Vec<u8>, naming: Naming<'_>, framing: Framing) {
    match framing {
        Framing::None | Framing::UntilClose => {}
        Framing::Length(length) => {
            let mut digits = itoa::Buffer::new();
            let digits = digits.format(length).as_bytes();
            put(out, naming, &CONTENT_LENGTH, digits);
        }
        Framing::Chunked => put(out, naming, &TRANSFER_ENCODING, b"chunked"),
    }
}

fn line(out: &mut Vec<u8>, naming: Naming<'_>, name: &HeaderName, value: &HeaderValue) {
    put(out, naming, name, value.as_bytes());
}

fn put(out: &mut Vec<u8>, naming: Naming<'_>, name: &HeaderName, value: &[u8]) {
    out.reserve(name.as_str().len() + value.len() + 4);
    naming.write(name, out);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Asks a client to send the body that it announced.
pub fn write_continue(out: &mut Vec<u8>) {
    out.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
}
