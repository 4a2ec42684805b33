//! A client's connection, shared by the task that serves it and the body of its current request.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker, ready};

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
    /// The client was gone when its body was to be read.
    gone: bool,
    /// Who reads the body, and who waits for the client's end while that is done.
    reading: Option<Waker>,
    watching: Option<Waker>,
}

impl Bytewise {
    /// The next piece of the body, for which its client may wait to be asked.
    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        if std::mem::take(&mut self.expects) && self.inbox.is_empty() {
            let mut line = Vec::new();
            write_continue(&mut line);
            let sent = self.outbox.send(cx, &mut self.stream, &line, Bytes::new());
            sent.map_err(BodyFault::Io)?;
        }
        if !self.outbox.is_idle() {
            // Its failure is seen when the body does not come.
            drop(ready!(self.outbox.poll_flush(cx, &mut self.stream)));
        }
        self.inbox
            .poll_piece(cx, &mut self.stream, &mut self.reader)
    }

    /// The body of the current request is nobody's any more: who still waits for it learns that.
    fn leave_body(&mut self) {
        self.number += 1;
        if let Some(reading) = self.reading.take() {
            reading.wake();
        }
    }
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
            gone: false,
            reading: None,
            watching: None,
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
            // A body that outlives its connection must not hold it.
            wire: Rc::downgrade(&self.0),
            number: wire.number,
            left: Cell::new(wire.reader.left()),
        })
    }

    /// Waits until the client has ended the connection. As long as somebody reads a body, he sees
    /// that, and tells.
    pub(super) fn poll_gone(&self, cx: &mut Context<'_>) -> Poll<()> {
        let is_read = Rc::weak_count(&self.0) > 0;
        let wire = &mut *self.0.borrow_mut();
        if wire.gone {
            return Poll::Ready(());
        }
        if is_read && !wire.reader.is_done() {
            wire.watching = Some(cx.waker().clone());
            return Poll::Pending;
        }
        wire.inbox.poll_ended(cx, &mut wire.stream)
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
        let mut wire = self.0.borrow_mut();
        if !wire.reader.is_done() {
            wire.leave_body();
        }
        let unread = !wire.reader.is_done() || !wire.inbox.is_empty();
        match closes {
            true if unread => Next::Linger,
            true => Next::Close,
            false if wire.reader.is_done() => Next::Stay,
            false => Next::Skip,
        }
    }

    /// An answer begins, and the client is asked for nothing any more. Whether the connection must
    /// be closed behind it: more of the request's body is left than would be read for nothing, or
    /// the client was never asked for it.
    pub(super) fn begin_answer(&self) -> bool {
        let mut wire = self.0.borrow_mut();
        let unasked = std::mem::take(&mut wire.expects);
        let left = wire.reader.left();
        !wire.reader.is_done()
            && (unasked
                || wire.reader.is_broken()
                || left.is_some_and(|left| left > UNWANTED_BYTES_MAX))
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
        let mut cx = Context::from_waker(Waker::noop());
        let stream = &mut self.0.borrow_mut().stream;
        // Who is gone cannot be told.
        let _ = Pin::new(stream).poll_shutdown(&mut cx);
    }

    /// The socket, and what the client sent behind its last request.
    pub(super) fn into_parts(self) -> Option<(Stream, Bytes)> {
        let shared = Rc::clone(&self.0);
        drop(self);
        let wire = Rc::try_unwrap(shared).ok()?.into_inner();
        Some((wire.stream.stream, wire.inbox.into_bytes()))
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.0.borrow_mut().leave_body();
    }
}

/// The body of a request on an HTTP/1 connection. It reads the connection itself.
pub(in crate::listener) struct Http1Body {
    wire: Weak<RefCell<Bytewise>>,
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
        if self.is_done() {
            return Poll::Ready(None);
        }
        let cut_short = || Poll::Ready(Some(Err(BodyFault::Bad(BadBody::CutShort))));
        let Some(wire) = self.wire.upgrade() else {
            return cut_short();
        };
        let wire = &mut *wire.borrow_mut();
        if wire.number != self.number {
            return cut_short();
        }
        let polled = wire.poll_body(cx);
        self.left.set(wire.reader.left());
        match &polled {
            Poll::Pending => wire.reading = Some(cx.waker().clone()),
            Poll::Ready(Some(Err(BodyFault::Io(_) | BodyFault::Bad(BadBody::CutShort)))) => {
                wire.gone = true;
            }
            Poll::Ready(_) => {}
        }
        if wire.gone || wire.reader.is_done() {
            // From now on the connection's own task looks for the client's end.
            wire.watching.take().into_iter().for_each(Waker::wake);
        }
        polled
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
