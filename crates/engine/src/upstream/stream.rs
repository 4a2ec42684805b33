//! A TCP connection, plain or with TLS, on either side.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A TCP connection, plain or with TLS.
pub(crate) enum Stream {
    /// Plain.
    Plain(TcpStream),
    /// TLS, with us as the client.
    Client(Box<tokio_rustls::client::TlsStream<TcpStream>>),
    /// TLS, with us as the server.
    Server(Box<tokio_rustls::server::TlsStream<TcpStream>>),
}

macro_rules! each {
    ($self:expr, $stream:ident => $body:expr) => {
        match $self.get_mut() {
            Stream::Plain($stream) => $body,
            Stream::Client($stream) => $body,
            Stream::Server($stream) => $body,
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_read(cx, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        each!(self, stream => Pin::new(stream).poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut gathered = [0; GATHERED_BYTES_MAX];
        match gather(slices, &mut gathered) {
            Some(bytes) => self.poll_write(cx, bytes),
            None => each!(self, stream => Pin::new(stream).poll_write_vectored(cx, slices)),
        }
    }

    fn is_write_vectored(&self) -> bool {
        matches!(self, Stream::Plain(_))
    }
}

/// Bytes up to which pieces are gathered into one: copying them costs less than the system's call
/// for several, which looks at each piece anew.
const GATHERED_BYTES_MAX: usize = 1024;

/// The pieces as one, where there is only one or all of them are small.
fn gather<'a>(slices: &'a [io::IoSlice<'_>], room: &'a mut [u8]) -> Option<&'a [u8]> {
    if let [only] = slices {
        return Some(only);
    }
    let mut end = 0;
    for slice in slices {
        room.get_mut(end..end + slice.len())?.copy_from_slice(slice);
        end += slice.len();
    }
    Some(&room[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gathers_what_is_small() {
        let mut room = [0; 8];
        let slices = [
            io::IoSlice::new(b"abc"),
            io::IoSlice::new(b""),
            io::IoSlice::new(b"de"),
        ];
        assert_eq!(gather(&slices, &mut room), Some(&b"abcde"[..]));
        assert_eq!(gather(&[], &mut room), Some(&b""[..]));
    }

    #[test]
    fn leaves_what_is_large() {
        let mut room = [0; 4];
        let slices = [io::IoSlice::new(b"abc"), io::IoSlice::new(b"de")];
        assert_eq!(gather(&slices, &mut room), None);
        let only = [io::IoSlice::new(b"abcdefgh")];
        assert_eq!(
            gather(&only, &mut room),
            Some(&b"abcdefgh"[..]),
            "one piece is not copied"
        );
    }
}
