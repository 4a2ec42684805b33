//! Tells HTTP/2 from HTTP/1.1 on a connection in clear text (RFC 9113, 3.3: prior knowledge).

use std::io;

use bytes::Bytes;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// What every HTTP/2 connection begins with, and no request of HTTP/1.1.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Reads the first bytes: whether they announce HTTP/2, and the bytes, which are to be read again.
///
/// # Errors
/// The connection is lost.
pub(super) async fn read(stream: &mut TcpStream) -> io::Result<(bool, Bytes)> {
    let mut first = [0; PREFACE.len()];
    let mut length = 0;
    while length < first.len() && first[..length] == PREFACE[..length] {
        match stream.read(&mut first[length..]).await? {
            0 => break,
            count => length += count,
        }
    }
    Ok((first == PREFACE, Bytes::copy_from_slice(&first[..length])))
}
