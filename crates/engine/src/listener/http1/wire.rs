//! A client's connection, shared by the task that serves it and the body of its current request.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use haleway_http1::{BadBody, BadHead, BodyReader, Framing, Received, write_continue};
use http_body::Frame;
use tokio::io::AsyncWrite;

use super::super::watched::Watched;
use super::Next;
use crate::upstream::Stream;
use crate::wire::{BodyFault, HeadFault, Inbox, Outbox};

/// Bytes of a request's body that are read although nobody wants them, so that the connection can
/// carry the next request. Go's server reads as many.
const UNWANTED_BYTES_MAX: u64 = 256 * 1024;

/// A client's connection.
pub(super) struct Wire(Rc<RefCell<Bytewise>>);

struct Bytewise {
    stream: Watched,
    inbox: Inbox,
    outbox: Outbox,
    /// The body of the current request.
    reader: BodyReader,
    /// Requests so far: a body that outlives its request finds the next one's number here.
    number: u64,
    /// The client waits to be asked for the body.
    expects: bool,
}

impl Wire {
    pub(super) fn new(mut stream: Watched) -> Self {
        let ahead = stream.take_ahead();
        Self(Rc::new(RefCell::new(Bytewise {
            stream,
            inbox: Inbox::of(ahead),
            outbox: Outbox::default(),
            reader: BodyReader::new(Framing::None),
            number: 0,
            expects: false,
        })))
    }

    /// Reads up to the end of a head.
    pub(super) fn poll_head<T>(
        &self,
        cx: &mut Context<'_>,
        bytes_max: usize,
        parse: impl Fn(&[u8]) -> Result<Option<Received<T>>, BadHead>,
    ) -> Poll<Result<Received<T>, HeadFault>> {
        let Bytewise { inbox, stream, .. } = &mut *self.0.borrow_mut();
        inbox.poll_head(cx, stream, bytes_max, parse)
    }

    /// Nothing is waiting that was sent ahead.
    pub(super) fn is_empty(&self) -> bool {
        self.0.borrow().inbox.is_empty()
    }

    /// A request begins, with this body behind its head.
    pub(super) fn begin_body(&self, framing: Framing, expects: bool) -> Option<Http1Body> {
        let mut wire = self.0.borrow_mut();
        wire.number += 1;
        wire.expects = expects;
        wire.reader = BodyReader::new(framing);
        (framing != Framing::None).then(|| Http1Body {
            wire: self.0.clone(),
            number: wire.number,
            left: Cell::new(wire.reader.left()),
        })
    }

    /// Waits until the client has ended the connection. As long as a body is coming, whoever reads
    /// it sees that.
    pub(super) fn poll_gone(&self, cx: &mut Context<'_>) -> Poll<()> {
        let Bytewise {
            inbox,
            stream,
            reader,
            ..
        } = &mut *self.0.borrow_mut();
        match reader.is_done() {
            true => inbox.poll_ended(cx, stream),
            false => Poll::Pending,
        }
    }

    /// Sends a part of an answer.
    pub(super) fn send(&self, cx: &mut Context<'_>, first: &[u8], second: Bytes) -> io::Result<()> {
        let Bytewise { outbox, stream, .. } = &mut *self.0.borrow_mut();
        outbox.send(cx, stream, first, second)
    }

    /// Waits until all that was given to be sent went out.
    pub(super) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Bytewise { outbox, stream, .. } = &mut *self.0.borrow_mut();
        outbox.poll_flush(cx, stream)
    }

    /// What becomes of the connection when an answer is out.
    pub(super) fn after_answer(&self, closes: bool) -> Next {
        let wire = self.0.borrow();
        let unread = !wire.reader.is_done() || !wire.inbox.is_empty();
        match closes {
            true if unread => Next::Linger,
            true => Next::Close,
            // The client did not send it, and may or may not do so now.
            false if wire.reader.is_done() => Next::Stay,
            false => Next::Skip,
        }
    }

    /// Whether the connection must be closed behind the current request: more of its body is
    /// left than would be read for nothing, or the client was never asked for it.
    pub(super) fn is_lost(&self) -> bool {
        let wire = self.0.borrow();
        let left = wire.reader.left();
        !wire.reader.is_done()
            && (wire.expects || left.is_some_and(|left| left > UNWANTED_BYTES_MAX))
    }

    /// Reads what is left of a body that nobody wants. Whether that was all of it.
    pub(super) async fn skip_body(&self) -> bool {
        let mut skipped = 0;
        std::future::poll_fn(|cx| {
            let Bytewise {
                inbox,
                stream,
                reader,
                ..
            } = &mut *self.0.borrow_mut();
            while let Some(Ok(frame)) = ready!(inbox.poll_piece(cx, stream, reader)) {
                skipped += frame.data_ref().map_or(0, Bytes::len) as u64;
                if skipped > UNWANTED_BYTES_MAX {
                    break;
                }
            }
            Poll::Ready(reader.is_done())
        })
        .await
    }

    /// Says that nothing more will be sent, and waits for the client to be done, too.
    pub(super) async fn linger(&self) {
        let shutting =
            |cx: &mut Context<'_>| Pin::new(&mut self.0.borrow_mut().stream).poll_shutdown(cx);
        if std::future::poll_fn(shutting).await.is_err() {
            return;
        }
        let mut left = UNWANTED_BYTES_MAX;
        std::future::poll_fn(|cx| {
            let Bytewise { inbox, stream, .. } = &mut *self.0.borrow_mut();
            inbox.poll_discard(cx, stream, &mut left)
        })
        .await;
    }

    /// Says that nothing more will be sent, as far as that can be said without waiting: TLS has a
    /// word for it, without which an answer that ends with its connection looks cut.
    pub(super) fn close(&self) {
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let stream = &mut self.0.borrow_mut().stream;
        // Who is gone cannot be told.
        let _ = Pin::new(stream).poll_shutdown(&mut cx);
    }

    /// The socket, and what the client sent behind its last request; `None` while the body of a
    /// request is still held by somebody.
    pub(super) fn into_parts(self) -> Option<(Stream, Bytes)> {
        let wire = Rc::try_unwrap(self.0).ok()?.into_inner();
        Some((wire.stream.stream, wire.inbox.into_bytes()))
    }
}

/// The body of a request on an HTTP/1 connection. It reads the connection itself.
pub(in crate::listener) struct Http1Body {
    wire: Rc<RefCell<Bytewise>>,
    number: u64,
    /// Bytes still to come, where that is known.
    left: Cell<Option<u64>>,
}

impl Http1Body {
    /// The next piece; `None` behind the end.
    pub(in crate::listener) fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let wire = &mut *self.wire.borrow_mut();
        if wire.number != self.number {
            return Poll::Ready(match self.left.get() {
                Some(0) => None,
                _ => Some(Err(BodyFault::Bad(BadBody::CutShort))),
            });
        }
        if std::mem::take(&mut wire.expects) && wire.inbox.is_empty() {
            let mut line = Vec::new();
            write_continue(&mut line);
            let sent = wire.outbox.send(cx, &mut wire.stream, &line, Bytes::new());
            sent.map_err(BodyFault::Io)?;
        }
        if !wire.outbox.is_empty() {
            // Its failure is seen when the body does not come.
            drop(ready!(wire.outbox.poll_flush(cx, &mut wire.stream)));
        }
        let piece = ready!(
            wire.inbox
                .poll_piece(cx, &mut wire.stream, &mut wire.reader)
        );
        self.left.set(wire.reader.left());
        Poll::Ready(piece)
    }

    /// All of it was read.
    pub(in crate::listener) fn is_done(&self) -> bool {
        self.left.get() == Some(0)
    }

    /// How many bytes are still to come, where that is known.
    pub(in crate::listener) fn left(&self) -> Option<u64> {
        self.left.get()
    }
}
