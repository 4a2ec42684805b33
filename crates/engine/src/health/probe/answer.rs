//! What is read of an answer in HTTP/1, piece by piece: its first line, and where the connection is
//! to be kept, everything up to its end.
//!
//! Nothing but the status is of use. The rest is read so that the next probe finds the connection
//! clean; where that would take too long, or leaves a doubt, the connection is not used again.

use haleway_health::What;
use haleway_http1::{BodyReader, Framing, Piece, Received, Told, read_response};
use http::{Method, StatusCode, response};

use super::status_line::status;

/// Bytes of a first line that are read; a longer one is none.
const LINE_BYTES_MAX: usize = 8 * 1024;

/// Bytes of a head, its first line included, that are read so that its connection can be kept.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Bytes behind heads that are read so that a connection can be kept.
const BODY_BYTES_MAX: u64 = 64 * 1024;

/// Answers that only announce the one that counts.
const INTERIM_MAX: u32 = 16;

/// An answer so far.
#[derive(Debug)]
pub(super) struct Answer {
    /// It is read up to its end.
    whole: bool,
    has_begun: bool,
    status: Option<u16>,
    /// A head of which more is to come.
    held: Vec<u8>,
    /// Once its head was read.
    body: Option<BodyReader>,
    body_bytes: u64,
    interim: u32,
}

/// What an answer came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) what: What,
    /// It was read up to its end, and the connection can be used again.
    pub(super) is_clean: bool,
}

impl Answer {
    /// Nothing so far. `whole` reads it up to its end.
    pub(super) fn new(whole: bool) -> Self {
        Self {
            whole,
            has_begun: false,
            status: None,
            held: Vec::new(),
            body: None,
            body_bytes: 0,
            interim: 0,
        }
    }

    /// Any byte of it has come.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// What is known if no more comes: its status, if the first line was whole.
    pub(super) fn known(&self) -> Option<What> {
        self.status.map(What::Status)
    }

    /// Takes what came next. `None` where more is to come; after anything else it is over.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Option<Heard> {
        self.has_begun |= !bytes.is_empty();
        if self.body.is_some() {
            return self.read_body(bytes);
        }
        if self.held.is_empty() {
            return self.read_head(bytes);
        }
        let mut held = std::mem::take(&mut self.held);
        held.extend_from_slice(bytes);
        self.read_head(&held)
    }

    fn over(&self, is_clean: bool) -> Option<Heard> {
        let what = self.known().unwrap_or(What::Garbage);
        Some(Heard { what, is_clean })
    }

    fn read_head(&mut self, mut bytes: &[u8]) -> Option<Heard> {
        loop {
            let Some(end) = memchr::memchr(b'\n', bytes) else {
                return self.hold(bytes, LINE_BYTES_MAX);
            };
            let known = status(&bytes[..end]);
            if !self.whole || known.is_none() {
                self.status = known;
                return self.over(false);
            }
            let Received {
                head,
                told,
                bytes: count,
            } = match read_response(bytes, false) {
                Ok(Some(received)) => received,
                Ok(None) => {
                    self.status = known.filter(|status| !is_interim(*status));
                    return self.hold(bytes, HEAD_BYTES_MAX);
                }
                Err(_) => {
                    self.status = known;
                    return self.over(false);
                }
            };
            bytes = &bytes[count..];
            self.interim += 1;
            if !is_interim(head.status.as_u16()) || self.interim > INTERIM_MAX {
                self.status = known;
                return self.begin_body(framing(&head, &told), bytes);
            }
        }
    }

    /// Waits for more, up to a limit.
    fn hold(&mut self, bytes: &[u8], bytes_max: usize) -> Option<Heard> {
        if bytes.len() > bytes_max {
            return self.over(false);
        }
        self.held = bytes.to_vec();
        None
    }

    fn begin_body(&mut self, framing: Option<Framing>, bytes: &[u8]) -> Option<Heard> {
        match framing {
            None | Some(Framing::UntilClose) => return self.over(false),
            Some(Framing::Length(length)) if length > BODY_BYTES_MAX => return self.over(false),
            Some(framing) => self.body = Some(BodyReader::new(framing)),
        }
        self.read_body(bytes)
    }

    fn read_body(&mut self, mut bytes: &[u8]) -> Option<Heard> {
        let body = self.body.as_mut()?;
        loop {
            let Ok((count, piece)) = body.read(bytes) else {
                return self.over(false);
            };
            bytes = &bytes[count..];
            self.body_bytes += count as u64;
            match piece {
                // Bytes that nobody asked for spoil the connection.
                Piece::End | Piece::Trailers(_) => return self.over(bytes.is_empty()),
                _ if self.body_bytes > BODY_BYTES_MAX => return self.over(false),
                Piece::Data(_) => {}
                Piece::More => return None,
            }
        }
    }
}

/// Another answer follows this one.
fn is_interim(status: u16) -> bool {
    (100..200).contains(&status) && status != StatusCode::SWITCHING_PROTOCOLS.as_u16()
}

/// What follows a head; `None` where that leaves a doubt, or the connection ends with it.
fn framing(head: &response::Parts, told: &Told) -> Option<Framing> {
    if head.status == StatusCode::SWITCHING_PROTOCOLS || !told.stays(head.version) {
        return None;
    }
    let framing = told.response_body(&Method::GET, (head.version, head.status));
    framing.ok()
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
