//! Looks into a TLS handshake without taking part in it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes};
use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Time for a handshake.
pub(super) const TIME_MAX: Duration = Duration::from_secs(10);

/// Bytes of a first message; larger ones are refused.
const BYTES_MAX: usize = 64 * 1024;

/// Bytes that are read at once.
const PIECE: usize = 4096;

/// The first message of a client.
pub(super) struct Hello {
    pub(super) server_name: Option<String>,
    /// What was read, to be read again.
    pub(super) bytes: Bytes,
}

/// Reads the first message of a client; `None` where it is none, or does not come.
pub(super) async fn read(mut tcp: TcpStream) -> Option<(TcpStream, Hello)> {
    let reading = async {
        let mut acceptor = Acceptor::default();
        let mut bytes = Vec::new();
        loop {
            let mut piece = [0; PIECE];
            let count = tcp.read(&mut piece).await.ok().filter(|count| *count > 0)?;
            let piece = piece.get(..count)?;
            bytes.extend_from_slice(piece);
            if bytes.len() > BYTES_MAX {
                return None;
            }
            let mut left = piece;
            while !left.is_empty() {
                acceptor.read_tls(&mut left).ok()?;
            }
            if let Some(accepted) = acceptor.accept().ok()? {
                let name = accepted.client_hello().server_name().map(str::to_owned);
                return Some((name, bytes));
            }
        }
    };
    let (server_name, bytes) = tokio::time::timeout(TIME_MAX, reading).await.ok()??;
    let bytes = Bytes::from(bytes);
    Some((tcp, Hello { server_name, bytes }))
}

/// A connection whose first bytes were read and are read again.
pub(super) struct Ahead {
    bytes: Bytes,
    tcp: TcpStream,
}

impl Ahead {
    pub(super) fn new(bytes: Bytes, tcp: TcpStream) -> Self {
        Self { bytes, tcp }
    }
}

impl AsyncRead for Ahead {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.bytes.is_empty() {
            return Pin::new(&mut self.tcp).poll_read(cx, buffer);
        }
        let count = self.bytes.len().min(buffer.remaining());
        buffer.put_slice(&self.bytes[..count]);
        self.bytes.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Ahead {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
