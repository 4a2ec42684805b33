//! HTTP/1.1 messages as bytes: read one, look at it.

use std::io::{self, Read};
use std::net::TcpStream;

/// Bytes that a head may have.
const HEAD_MAX: usize = 4 << 20;

/// A request or an answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    /// The first line.
    pub(crate) start: String,
    /// As they came: order and spelling kept.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// The status of an answer.
    pub(crate) fn status(&self) -> u16 {
        let status = self.start.split(' ').nth(1).unwrap_or_default();
        status
            .parse()
            .unwrap_or_else(|_| panic!("no status in {:?}", self.start))
    }

    /// Method and target of a request.
    pub(crate) fn asked(&self) -> &str {
        self.start.trim_end_matches(" HTTP/1.1")
    }

    /// The one value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let values = self.values(name);
        assert!(values.len() < 2, "{name} stands more than once: {values:?}");
        values.first().copied()
    }

    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let same = |(other, _): &&(String, String)| other.eq_ignore_ascii_case(name);
        self.headers
            .iter()
            .filter(same)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    fn is_chunked(&self) -> bool {
        self.values("transfer-encoding").contains(&"chunked")
    }
}

/// A socket and what was read from it too early.
pub(crate) struct Wire<S = TcpStream> {
    pub(crate) stream: S,
    ahead: Vec<u8>,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(super::DEADLINE)).unwrap();
        stream.set_write_timeout(Some(super::DEADLINE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self::over(stream)
    }
}

impl<S: Read> Wire<S> {
    pub(crate) fn over(stream: S) -> Self {
        let ahead = Vec::new();
        Self { stream, ahead }
    }

    /// The next piece of what comes; empty at the end.
    pub(crate) fn some(&mut self) -> io::Result<Vec<u8>> {
        if !self.ahead.is_empty() {
            return Ok(std::mem::take(&mut self.ahead));
        }
        let mut piece = vec![0; 64 * 1024];
        let length = self.stream.read(&mut piece)?;
        piece.truncate(length);
        Ok(piece)
    }

    /// Exactly so many bytes.
    pub(crate) fn exactly(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut all = std::mem::take(&mut self.ahead);
        while all.len() < count {
            let piece = self.some()?;
            if piece.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            all.extend(piece);
        }
        self.ahead = all.split_off(count);
        Ok(all)
    }

    /// Everything to the end. A reset is an end, too.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        while let Ok(piece) = self.some() {
            if piece.is_empty() {
                break;
            }
            all.extend(piece);
        }
        all
    }

    /// The bytes up to a mark and the mark itself.
    pub(crate) fn up_to(&mut self, mark: &[u8]) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        loop {
            let piece = self.some()?;
            if piece.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let from = all.len().saturating_sub(mark.len());
            all.extend(piece);
            if let Some(at) = all[from..]
                .windows(mark.len())
                .position(|window| window == mark)
            {
                self.ahead = all.split_off(from + at + mark.len());
                return Ok(all);
            }
            assert!(all.len() < HEAD_MAX, "a head without an end");
        }
    }

    /// The head of the next message.
    pub(crate) fn head(&mut self) -> io::Result<Message> {
        let bytes = self.up_to(b"\r\n\r\n")?;
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = text.trim_end().split("\r\n");
        let start = lines.next().unwrap_or_default().to_owned();
        let header = |line: &str| {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            (name.to_owned(), value.trim().to_owned())
        };
        Ok(Message {
            start,
            headers: lines.map(header).collect(),
            body: Vec::new(),
        })
    }

    /// The body of a request.
    pub(crate) fn request_body(&mut self, head: &Message) -> io::Result<Vec<u8>> {
        match (head.is_chunked(), head.header("content-length")) {
            (true, _) => self.chunks(),
            (false, Some(length)) => self.exactly(length.parse().unwrap()),
            (false, None) => Ok(Vec::new()),
        }
    }

    /// The body of an answer.
    pub(crate) fn answer_body(&mut self, head: &Message) -> io::Result<Vec<u8>> {
        if matches!(head.status(), 100..200 | 204 | 304) {
            return Ok(Vec::new());
        }
        match (head.is_chunked(), head.header("content-length")) {
            (false, None) => Ok(self.rest()),
            _ => self.request_body(head),
        }
    }

    /// One chunk; empty at the end of the body.
    pub(crate) fn chunk(&mut self) -> io::Result<Vec<u8>> {
        let line = self.up_to(b"\r\n")?;
        let size = String::from_utf8_lossy(&line);
        let size = size.trim().split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size, 16).map_err(io::Error::other)?;
        let chunk = self.exactly(size)?;
        self.exactly(2)?;
        Ok(chunk)
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        loop {
            let chunk = self.chunk()?;
            if chunk.is_empty() {
                return Ok(all);
            }
            all.extend(chunk);
        }
    }
}
