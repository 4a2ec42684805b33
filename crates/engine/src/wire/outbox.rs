//! What goes out on an HTTP/1 connection.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::AsyncWrite;

/// What the socket has not taken yet. Nobody adds to it while it is not empty, so it holds no more
/// than what was once given to it.
#[derive(Default)]
pub(crate) struct Outbox {
    waiting: VecDeque<Bytes>,
    /// Something was taken since this was last reset.
    taken: bool,
    /// The stream may still hold some of what it took: TLS writes records of its own.
    unflushed: bool,
}

impl Outbox {
    /// All of it went out.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && !self.unflushed
    }

    /// Another message begins.
    pub(crate) fn begin(&mut self) {
        self.taken = false;
    }

    /// Whether anything of the message went out.
    pub(crate) fn has_begun(&self) -> bool {
        self.taken
    }

    /// Writes two pieces, one behind the other, and keeps what the socket does not take now.
    ///
    /// # Errors
    /// The socket's.
    pub(crate) fn send<S>(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut S,
        mut first: &[u8],
        mut second: Bytes,
    ) -> io::Result<()>
    where
        S: AsyncWrite + Unpin,
    {
        while self.waiting.is_empty() && !(first.is_empty() && second.is_empty()) {
            let mut stream = Pin::new(&mut *stream);
            let written = match (first.is_empty(), second.is_empty()) {
                (_, true) => stream.as_mut().poll_write(cx, first),
                (true, false) => stream.as_mut().poll_write(cx, &second),
                (false, false) => {
                    let slices = [IoSlice::new(first), IoSlice::new(&second)];
                    stream.as_mut().poll_write_vectored(cx, &slices)
                }
            };
            match written? {
                Poll::Ready(0) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(count) => {
                    (self.taken, self.unflushed) = (true, true);
                    let of_first = count.min(first.len());
                    first = &first[of_first..];
                    second.advance(count - of_first);
                }
                Poll::Pending => break,
            }
        }
        if !first.is_empty() {
            self.waiting.push_back(Bytes::copy_from_slice(first));
        }
        if !second.is_empty() {
            self.waiting.push_back(second);
        }
        Ok(())
    }

    /// Writes what is waiting, and sees that nothing stays behind in the stream.
    pub(crate) fn poll_flush<S>(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut S,
    ) -> Poll<io::Result<()>>
    where
        S: AsyncWrite + Unpin,
    {
        while let Some(next) = self.waiting.front_mut() {
            let count = ready!(Pin::new(&mut *stream).poll_write(cx, next))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.taken = true;
            next.advance(count);
            if next.is_empty() {
                self.waiting.pop_front();
            }
        }
        ready!(Pin::new(stream).poll_flush(cx))?;
        self.unflushed = false;
        Poll::Ready(Ok(()))
    }
}
