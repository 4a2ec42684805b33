//! Writes one answer.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use haleway_http1::{BodyWriter, Framing, ListedNames, Naming, Writing, write_response};
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

/// A page of this size goes out before more is put on it.
const PAGE_BYTES_FULL: usize = 16 * 1024;

/// An answer on its way.
pub(super) struct Answering {
    /// The head, until it goes out.
    head: Option<Page>,
    body: Body,
    account: Account,
    writer: BodyWriter,
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
        Self {
            head: Some(page),
            body,
            account,
            writer: BodyWriter::new(framing),
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
                if self.writer.is_done() {
                    return Poll::Ready(Ok(()));
                }
            }
            let mut page = self.head.take().unwrap_or_else(Page::take);
            let gathered = self.gather(cx, &mut page);
            let (large, pending) = match gathered {
                Gathered::Page => (Bytes::new(), false),
                Gathered::Large(data) => (data, false),
                Gathered::Pending => (Bytes::new(), true),
                Gathered::Broken(error) => {
                    // What came before shows that this is no connection that was never answered.
                    wire.send(cx, &page, Bytes::new())?;
                    drop(wire.poll_flush(cx));
                    return Poll::Ready(Err(error));
                }
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
        while !self.writer.is_done() && page.len() < PAGE_BYTES_FULL {
            let data = match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Pending => return Gathered::Pending,
                Poll::Ready(None) => match self.writer.end(page) {
                    Ok(()) => continue,
                    Err(bad) => return Gathered::Broken(io::Error::other(bad)),
                },
                Poll::Ready(Some(Err(error))) => return Gathered::Broken(io::Error::other(error)),
                // Trailers of an answer are between its endpoint and us.
                Poll::Ready(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
            };
            self.account.sent(data.len());
            if let Some(data) = self.writer.write(data, page) {
                return Gathered::Large(data);
            }
        }
        Gathered::Page
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
