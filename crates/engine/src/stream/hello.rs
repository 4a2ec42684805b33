//! Looks into a TLS handshake without taking part in it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use super::client_hello::{ClientHello, Progress};

/// Time for a handshake.
pub(super) const TIME_MAX: Duration = Duration::from_secs(10);

/// Bytes that are read at once.
const PIECE: usize = 4096;

/// The first message of a client.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hello {
    /// Lower case, without a dot at its end.
    pub(super) server_name: Option<String>,
    /// What was read, to be read again.
    pub(super) bytes: Bytes,
}

/// Reads the first message of a client. What is behind it may have been read, too.
///
/// # Errors
/// It is none, or does not come; in words.
pub(super) async fn read<S>(stream: &mut S) -> Result<Hello, &'static str>
where
    S: AsyncRead + Unpin,
{
    let reading = async {
        let mut hello = ClientHello::default();
        loop {
            let mut piece = [0; PIECE];
            let count = match stream.read(&mut piece).await {
                Ok(0) | Err(_) => return Err("the client ended before its handshake was whole"),
                Ok(count) => count,
            };
            match hello.take(piece.get(..count).unwrap_or_default()) {
                Progress::Partial => {}
                Progress::Whole(server_name) => {
                    let bytes = Bytes::from(hello.into_bytes());
                    return Ok(Hello { server_name, bytes });
                }
                Progress::Foreign => return Err("this is no TLS handshake"),
                Progress::TooLarge => return Err("the handshake is too large"),
            }
        }
    };
    let late = Err("the handshake took too long");
    tokio::time::timeout(TIME_MAX, reading)
        .await
        .unwrap_or(late)
}

/// A connection whose first bytes were read and are read again.
pub(super) struct Ahead<S> {
    bytes: Bytes,
    stream: S,
}

impl<S> Ahead<S> {
    pub(super) fn new(bytes: Bytes, stream: S) -> Self {
        Self { bytes, stream }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Ahead<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.bytes.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        }
        let count = self.bytes.len().min(buffer.remaining());
        buffer.put_slice(&self.bytes[..count]);
        self.bytes.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Ahead<S> {
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
