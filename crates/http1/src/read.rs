//! Reads heads.

use std::mem::MaybeUninit;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode, Uri, Version, request, response};
use httparse::{ParserConfig, Status};

use crate::framing::Told;
use crate::names::Spelling;
use crate::write::Reason;

/// Headers that a head, or a trailer section, may have.
pub const HEADERS_MAX: usize = 256;

/// A head that was read, and how many bytes it had.
#[derive(Debug)]
pub struct Received<T> {
    /// The head. Unusual spellings of its names stand in its extensions as [`Spelling`], an
    /// unusual reason phrase as [`Reason`].
    pub head: T,
    /// What it says of its body and its connection.
    pub told: Told,
    /// Its bytes, its last line included.
    pub bytes: usize,
}

impl<T> Received<T> {
    /// The same on the heap, for whoever hands it on many times.
    #[must_use]
    pub fn boxed(self) -> Received<Box<T>> {
        let Self { head, told, bytes } = self;
        Received {
            head: Box::new(head),
            told,
            bytes,
        }
    }
}

/// A head that breaks the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadHead {
    /// Its first line.
    Line,
    /// Its version is neither 1.0 nor 1.1.
    Version,
    /// Its target is no URI.
    Target,
    /// A header.
    Header,
    /// More than [`HEADERS_MAX`] headers.
    TooMany,
}

impl std::fmt::Display for BadHead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Line => "malformed first line",
            Self::Version => "unsupported HTTP version",
            Self::Target => "invalid URI for request",
            Self::Header => "malformed header",
            Self::TooMany => "too many headers",
        })
    }
}

impl std::error::Error for BadHead {}

impl From<httparse::Error> for BadHead {
    fn from(error: httparse::Error) -> Self {
        match error {
            httparse::Error::HeaderName | httparse::Error::HeaderValue => Self::Header,
            httparse::Error::TooManyHeaders => Self::TooMany,
            httparse::Error::Version => Self::Version,
            httparse::Error::NewLine | httparse::Error::Status | httparse::Error::Token => {
                Self::Line
            }
        }
    }
}

/// Reads the head of a request; `None` while more of it must come. Empty lines before it are
/// passed over (RFC 9112, 2.2). `spelled` asks for the spelling of its names.
///
/// # Errors
/// See [`BadHead`].
pub fn read_request(
    input: &[u8],
    spelled: bool,
) -> Result<Option<Received<request::Parts>>, BadHead> {
    let mut room = [const { MaybeUninit::uninit() }; HEADERS_MAX];
    let mut parsed = httparse::Request::new(&mut []);
    let status = parsed.parse_with_uninit_headers(input, &mut room)?;
    let (Status::Complete(bytes), Some(method), Some(target), Some(minor)) =
        (status, parsed.method, parsed.path, parsed.version)
    else {
        return Ok(None);
    };
    let kept = Bytes::copy_from_slice(&input[..bytes]);
    let (mut head, ()) = Request::new(()).into_parts();
    head.method = Method::from_bytes(method.as_bytes()).map_err(|_| BadHead::Line)?;
    head.uri = Uri::from_maybe_shared(part(&kept, input, target.as_bytes()))
        .map_err(|_| BadHead::Target)?;
    head.version = version(minor);
    let source = Source { kept, input };
    let told = source.headers(parsed.headers, ROOM_IN_REQUESTS, &mut head.headers)?;
    if spelled && let Some(spelling) = spelling(parsed.headers) {
        head.extensions.insert(spelling);
    }
    Ok(Some(Received { head, told, bytes }))
}

/// Reads the head of an answer; `None` while more of it must come. `spelled` asks for the spelling
/// of its names and for its reason phrase.
///
/// # Errors
/// See [`BadHead`].
pub fn read_response(
    input: &[u8],
    spelled: bool,
) -> Result<Option<Received<response::Parts>>, BadHead> {
    let mut room = [const { MaybeUninit::uninit() }; HEADERS_MAX];
    let mut parsed = httparse::Response::new(&mut []);
    let status = ParserConfig::default().parse_response_with_uninit_headers(
        &mut parsed,
        input,
        &mut room,
    )?;
    let (Status::Complete(bytes), Some(code), Some(minor)) = (status, parsed.code, parsed.version)
    else {
        return Ok(None);
    };
    let kept = Bytes::copy_from_slice(&input[..bytes]);
    let (mut head, ()) = Response::new(()).into_parts();
    head.status = StatusCode::from_u16(code).map_err(|_| BadHead::Line)?;
    head.version = version(minor);
    if spelled
        && let Some(phrase) = parsed.reason
        && Some(phrase) != head.status.canonical_reason()
    {
        let phrase = part(&kept, input, phrase.as_bytes());
        head.extensions.insert(Reason::received(phrase));
    }
    let source = Source { kept, input };
    let told = source.headers(parsed.headers, ROOM_IN_RESPONSES, &mut head.headers)?;
    if spelled && let Some(spelling) = spelling(parsed.headers) {
        head.extensions.insert(spelling);
    }
    Ok(Some(Received { head, told, bytes }))
}

/// Headers that usually join those of a request on its way, and those of an answer.
const ROOM_IN_REQUESTS: usize = 0;
const ROOM_IN_RESPONSES: usize = 6;

fn version(minor: u8) -> Version {
    match minor {
        0 => Version::HTTP_10,
        _ => Version::HTTP_11,
    }
}

/// The bytes of a head that was parsed, and its own copy of them, which its values share.
struct Source<'a> {
    kept: Bytes,
    input: &'a [u8],
}

impl Source<'_> {
    fn headers(
        &self,
        lines: &[httparse::Header<'_>],
        room: usize,
        headers: &mut HeaderMap,
    ) -> Result<Told, BadHead> {
        headers.reserve(lines.len() + room);
        let mut told = Told::default();
        for line in lines {
            let name = HeaderName::from_bytes(line.name.as_bytes()).map_err(|_| BadHead::Header)?;
            told.note(&name, line.value);
            let value = part(&self.kept, self.input, line.value);
            let value = HeaderValue::from_maybe_shared(value).map_err(|_| BadHead::Header)?;
            headers.append(name, value);
        }
        Ok(told)
    }
}

fn spelling(lines: &[httparse::Header<'_>]) -> Option<Spelling> {
    Spelling::of(lines.iter().map(|line| line.name.as_bytes()))
}

/// The part of the copy that corresponds to a part of the input. What the parser has put in place
/// of something that is not there is no such part.
fn part(kept: &Bytes, input: &[u8], part: &[u8]) -> Bytes {
    let at = part.as_ptr().addr().checked_sub(input.as_ptr().addr());
    match at.filter(|at| at.saturating_add(part.len()) <= kept.len()) {
        Some(at) => kept.slice(at..at + part.len()),
        None => Bytes::copy_from_slice(part),
    }
}
