//! One request and its answer on a kept connection.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Idle;
use crate::bench::pools::CLIENT_PATH;

const HEAD_BYTES_MAX: usize = 16 * 1024;
const HEADERS_MAX: usize = 64;

/// What matters of the head of an answer.
struct Head {
    status: u16,
    endpoint: Option<String>,
    /// Where the body begins in what was read.
    bytes: usize,
    body_bytes: Option<usize>,
    keeps: bool,
}

/// Asks on an idle connection or on a new one; the connection is idle again where the answer
/// allows it.
pub(super) async fn ask(idle: &Idle, address: SocketAddr) -> io::Result<(u16, Option<String>)> {
    let mut stream = match kept(idle) {
        Some(stream) => stream,
        None => fresh(address).await?,
    };
    let request = format!("GET {CLIENT_PATH} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut buffer = Vec::new();
    let head = loop {
        more(&mut stream, &mut buffer).await?;
        if let Some(head) = parse(&buffer)? {
            break head;
        }
    };
    let end = head.body_bytes.map(|body| head.bytes + body);
    while end.is_some_and(|end| buffer.len() < end) {
        more(&mut stream, &mut buffer).await?;
    }
    if head.keeps && end == Some(buffer.len()) {
        idle.borrow_mut().push(stream);
    }
    Ok((head.status, head.endpoint))
}

/// An idle connection that the other side has not closed meanwhile.
fn kept(idle: &Idle) -> Option<TcpStream> {
    loop {
        let stream = idle.borrow_mut().pop()?;
        let waits = stream.try_read(&mut [0]);
        if waits.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
            return Some(stream);
        }
    }
}

async fn fresh(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<()> {
    if stream.read_buf(buffer).await? == 0 {
        let message = "closed before the end of the answer";
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
    }
    Ok(())
}

/// The head, when all of it is there.
fn parse(read: &[u8]) -> io::Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(read).map_err(io::Error::other)?;
    let httparse::Status::Complete(bytes) = parsed else {
        let long = read.len() > HEAD_BYTES_MAX;
        return if long {
            Err(io::Error::other("the head does not end"))
        } else {
            Ok(None)
        };
    };
    let header = |name: &str| {
        let found = response
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| String::from_utf8_lossy(header.value).trim().to_owned())
    };
    let closes = header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    Ok(Some(Head {
        status: response.code.unwrap_or_default(),
        endpoint: header("x-endpoint"),
        bytes,
        body_bytes: header("content-length").and_then(|value| value.parse().ok()),
        keeps: !closes && response.version == Some(1),
    }))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn waits_for_the_whole_head() {
        assert!(parse(b"HTTP/1.1 200 OK\r\nContent-").unwrap().is_none());
        let text = b"HTTP/1.1 503 No\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc";
        let head = parse(text).unwrap().unwrap();
        assert_eq!((head.status, head.body_bytes), (503, Some(3)));
        assert!(!head.keeps && head.endpoint.is_none());
        assert_eq!(head.bytes, text.len() - 3);
    }

    #[test]
    fn refuses_what_is_no_answer() {
        assert!(parse(b"garbage\r\n\r\n").is_err());
    }
}
