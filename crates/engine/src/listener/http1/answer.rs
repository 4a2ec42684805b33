//! Writes one answer.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use haleway_http1::{
    CHUNK_END, Framing, ListedNames, Naming, Writing, chunk_start, last_chunk, write_response,
};
use http::header::{CONNECTION, CONTENT_LENGTH};
use http::{HeaderValue, Response, StatusCode, Version, response};
use http_body::Body as _;

use super::Asked;
use super::wire::Wire;
use crate::account::Account;
use crate::body::Body;
use crate::hop;
use crate::wire::Page;
use crate::worker::Worker;

/// Data up to this size is copied next to what stands before it: one call of the system then does
/// for both.
const COPIED_BYTES_MAX: usize = 4096;

/// A page of this size goes out before more is put on it.
const PAGE_BYTES_FULL: usize = 16 * 1024;

/// An answer on its way.
pub(super) struct Answering {
    /// The head, until it goes out.
    head: Option<Page>,
    body: Body,
    account: Account,
    framing: Framing,
    /// Bytes of the body that are still to be sent, where that was told.
    left: Option<u64>,
    /// The data of a chunk went out, but not what stands behind it.
    owes_chunk_end: bool,
    /// All of it was handed to the socket.
    done: bool,
    closes: bool,
    switches: bool,
}

/// What stands in a head and not in the answer.
pub(super) struct Manner<'a> {
    pub(super) asked: Asked,
    /// The connection is closed behind it.
    pub(super) closing: bool,
    pub(super) listed: Option<&'a ListedNames>,
}

impl Answering {
    pub(super) fn new(
        worker: &Rc<Worker>,
        manner: &Manner<'_>,
        answer: Response<Body>,
        account: Account,
    ) -> Self {
        let (mut head, body) = answer.into_parts();
        let framing = framing(&mut head, &body, manner.asked);
        let switches = head.status == StatusCode::SWITCHING_PROTOCOLS;
        let closes = !switches
            && (manner.closing
                || framing == Framing::UntilClose
                || !hop::stays(Version::HTTP_11, &head.headers));
        let mut page = Page::take();
        let writing = Writing {
            version: manner.asked.version,
            naming: Naming {
                received: None,
                listed: manner.listed,
            },
            framing,
            connection: connection(&head, manner.asked.version, closes, switches),
            date: &worker.date(),
        };
        write_response(&mut page, &head, writing);
        let left = match framing {
            Framing::None => Some(0),
            Framing::Length(length) => Some(length),
            Framing::Chunked | Framing::UntilClose => None,
        };
        Self {
            head: Some(page),
            body,
            account,
            framing,
            left,
            owes_chunk_end: false,
            done: left == Some(0),
            closes,
            switches,
        }
    }

    /// Whether the connection is closed behind it.
    pub(super) fn closes(&self) -> bool {
        self.closes
    }

    /// Whether the connection goes on in another protocol.
    pub(super) fn switches(&self) -> bool {
        self.switches
    }

    /// Sends it to its end.
    pub(super) fn poll_send(&mut self, cx: &mut Context<'_>, wire: &Wire) -> Poll<io::Result<()>> {
        loop {
            if self.head.is_none() {
                ready!(wire.poll_flush(cx))?;
                if self.done {
                    return Poll::Ready(Ok(()));
                }
            }
            let mut page = self.head.take().unwrap_or_else(Page::take);
            let gathered = self.gather(cx, &mut page);
            let (large, pending) = match gathered {
                Gathered::Page => (Bytes::new(), false),
                Gathered::Large(data) => (data, false),
                Gathered::Pending => (Bytes::new(), true),
                Gathered::Broken(error) => return Poll::Ready(Err(error)),
            };
            wire.send(cx, &page, large)?;
            if pending {
                ready!(wire.poll_flush(cx))?;
                return Poll::Pending;
            }
        }
    }

    /// Puts on the page what is at hand of the body.
    fn gather(&mut self, cx: &mut Context<'_>, page: &mut Vec<u8>) -> Gathered {
        if std::mem::take(&mut self.owes_chunk_end) {
            page.extend_from_slice(CHUNK_END);
        }
        while !self.done && page.len() < PAGE_BYTES_FULL {
            let data = match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Pending => return Gathered::Pending,
                Poll::Ready(None) => {
                    if let Err(error) = self.end(page) {
                        return Gathered::Broken(error);
                    }
                    continue;
                }
                Poll::Ready(Some(Err(error))) => return Gathered::Broken(io::Error::other(error)),
                // Trailers of an answer are between its endpoint and us.
                Poll::Ready(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
            };
            if let Some(data) = self.put(data, page) {
                return Gathered::Large(data);
            }
        }
        Gathered::Page
    }

    /// Puts a piece on the page, or gives it back to be sent behind the page.
    fn put(&mut self, mut data: Bytes, page: &mut Vec<u8>) -> Option<Bytes> {
        if let Some(left) = &mut self.left {
            // More than what was told would be read as the next answer.
            data.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= data.len() as u64;
            self.done = *left == 0;
        }
        if data.is_empty() {
            return None;
        }
        self.account.sent(data.len());
        let chunked = self.framing == Framing::Chunked;
        if chunked {
            chunk_start(page, data.len());
        }
        if data.len() > COPIED_BYTES_MAX {
            self.owes_chunk_end = chunked;
            return Some(data);
        }
        page.extend_from_slice(&data);
        if chunked {
            page.extend_from_slice(CHUNK_END);
        }
        None
    }

    /// The body has ended.
    fn end(&mut self, page: &mut Vec<u8>) -> io::Result<()> {
        if self.left.is_some_and(|left| left > 0) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if self.framing == Framing::Chunked {
            last_chunk(page);
        }
        self.done = true;
        Ok(())
    }
}

/// What was gathered.
enum Gathered {
    /// What is on the page.
    Page,
    /// A large piece that goes behind it.
    Large(Bytes),
    /// What is on the page, and nothing more for now.
    Pending,
    /// The body broke off.
    Broken(io::Error),
}

/// How the body is framed. The answer to `HEAD` tells the length that there would have been.
fn framing(head: &mut response::Parts, body: &Body, asked: Asked) -> Framing {
    let exact = body.size_hint().exact();
    let status = head.status;
    if status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
    {
        return Framing::None;
    }
    if asked.head_only {
        if let Some(length) = exact.filter(|length| *length > 0) {
            head.headers
                .insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        return Framing::None;
    }
    match exact {
        Some(length) => Framing::Length(length),
        None if asked.version == Version::HTTP_10 => Framing::UntilClose,
        None => Framing::Chunked,
    }
}

/// What is said of the connection in place of what the answer says.
fn connection(
    head: &response::Parts,
    version: Version,
    closes: bool,
    switches: bool,
) -> Option<&'static str> {
    match version {
        _ if switches => None,
        _ if closes => Some("close"),
        Version::HTTP_10 if !head.headers.contains_key(CONNECTION) => Some("keep-alive"),
        _ => None,
    }
}
