//! A connection that knows when it was last heard.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

/// A connection that knows when bytes last went either way.
pub(super) struct Paced<S> {
    stream: S,
    last: Rc<Cell<Instant>>,
}

impl<S> Paced<S> {
    pub(super) fn new(stream: S) -> Self {
        let last = Rc::new(Cell::new(Instant::now()));
        Self { stream, last }
    }

    /// Ends when no bytes went either way for so long.
    pub(super) fn silence(&self, limit: Duration) -> impl Future<Output = ()> + use<S> {
        let last = self.last.clone();
        async move {
            loop {
                let ends = last.get() + limit;
                if ends <= Instant::now() {
                    return;
                }
                tokio::time::sleep_until(ends).await;
            }
        }
    }

    fn heard<T>(&self, polled: &Poll<T>) {
        if polled.is_ready() {
            self.last.set(Instant::now());
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.heard(&polled);
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.heard(&polled);
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
