//! The serving loop of the benchmark's servers.
//!
//! They share one core with the load generator, so the loop spends as little as it can: one
//! thread, one buffer per connection, no header looked at but by the service that wants to. It
//! serves HTTP/1.1 without request bodies, which is all that benchmarks and probes send.

use std::borrow::Cow;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// More than one request head of the benchmark; a longer one ends the connection.
const HEAD_BYTES_MAX: usize = 8 * 1024;
/// Ten thousand probes may begin in the same moment.
const BACKLOG: u32 = 4096;

/// What a server answers.
pub trait Service: Send + Sync + 'static {
    /// Hears of a new connection.
    fn connected(&self, _stream: &TcpStream) {}

    /// The answer to the request with this head (without the empty line).
    fn answer(&self, head: &[u8]) -> Answer<'_>;
}

/// A complete answer, head and body.
pub struct Answer<'a> {
    /// The bytes to send.
    pub bytes: Cow<'a, [u8]>,
    /// Whether the connection ends behind them.
    pub close: bool,
}

/// Serves `address` until accepting fails; on one thread.
///
/// # Errors
///
/// Whatever keeps it from listening or accepting.
pub fn run(address: SocketAddr, service: impl Service) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(async {
        let listener = listen(address)?;
        let service = Arc::new(service);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            service.connected(&stream);
            let service = Arc::clone(&service);
            // A connection that breaks concerns nobody but its client.
            tokio::spawn(async move { drop(converse(stream, &*service).await) });
        }
    })
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // A server that was killed comes back while its old connections still linger.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn converse(mut stream: TcpStream, service: &impl Service) -> io::Result<()> {
    let mut buffer = vec![0; HEAD_BYTES_MAX];
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).await?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        let mut consumed = 0;
        while let Some(end) = memmem::find(&buffer[consumed..filled], b"\r\n\r\n") {
            let answer = service.answer(&buffer[consumed..consumed + end]);
            stream.write_all(&answer.bytes).await?;
            if answer.close {
                return stream.shutdown().await;
            }
            consumed += end + 4;
        }
        buffer.copy_within(consumed..filled, 0);
        filled -= consumed;
    }
}

/// The path in the request line, without its query.
#[must_use]
pub fn target(head: &[u8]) -> &[u8] {
    let target = head.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    target
        .split(|byte| *byte == b'?')
        .next()
        .unwrap_or_default()
}

/// A JSON object of exactly `bytes` bytes, which hold at least the braces and one key.
#[must_use]
pub fn padded(bytes: usize) -> String {
    let (before, after) = (r#"{"message":""#, r#""}"#);
    let padding = bytes.saturating_sub(before.len() + after.len());
    format!("{before}{}{after}", "x".repeat(padding))
}

#[cfg(test)]
mod tests {
    use super::{padded, target};

    #[test]
    fn finds_the_path() {
        assert_eq!(target(b"GET /small?x=1 HTTP/1.1\r\nHost: a"), b"/small");
        assert_eq!(target(b""), b"");
    }

    #[test]
    fn pads_to_the_byte() {
        assert_eq!(padded(120).len(), 120);
    }
}
