//! An endpoint's stream that gives only so many bytes before the head of an answer is whole.
//!
//! A single head is bounded by its parser; but interim answers (1xx) are passed over, and without a
//! bound an endpoint could send them for ever and hold a core.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::stream::Stream;

/// Bytes that may still come.
pub(super) struct Allowance {
    left: Cell<usize>,
    head_bytes_max: usize,
}

impl Allowance {
    pub(super) fn new(head_bytes_max: usize) -> Rc<Self> {
        let left = Cell::new(head_bytes_max);
        Rc::new(Self {
            left,
            head_bytes_max,
        })
    }

    /// The head of an answer is expected.
    pub(super) fn limit(&self) {
        self.left.set(self.head_bytes_max);
    }

    /// It is here: what follows is bounded elsewhere.
    pub(super) fn lift(&self) {
        self.left.set(usize::MAX);
    }
}

/// A stream with its allowance.
pub(super) struct Metered {
    stream: Stream,
    allowance: Rc<Allowance>,
}

impl Metered {
    pub(super) fn new(stream: Stream, allowance: Rc<Allowance>) -> Self {
        Self { stream, allowance }
    }

    pub(super) fn into_stream(self) -> Stream {
        self.stream
    }
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let left = self.allowance.left.get();
        if left == 0 {
            return Poll::Ready(Err(io::ErrorKind::FileTooLarge.into()));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let read = buffer.filled().len() - before;
        if left != usize::MAX {
            self.allowance.left.set(left.saturating_sub(read));
        }
        polled
    }
}

impl AsyncWrite for Metered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
