//! Writes bodies, piece by piece.

use bytes::Bytes;

use crate::body::BadBody;
use crate::framing::Framing;

/// Data up to this size is copied next to what stands around it: one call of the system then does
/// for all of it.
const COPIED_BYTES_MAX: usize = 4096;

/// Frames one body behind its head.
#[derive(Debug)]
pub struct BodyWriter {
    chunked: bool,
    /// Bytes that are still owed, where their number was told.
    left: Option<u64>,
    /// The data of a chunk was given back, and what stands behind it is not written yet.
    owes_chunk_end: bool,
    done: bool,
}

impl BodyWriter {
    /// The writer of a body that is framed so.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        let left = match framing {
            Framing::None => Some(0),
            Framing::Length(length) => Some(length),
            Framing::Chunked | Framing::UntilClose => None,
        };
        Self {
            chunked: framing == Framing::Chunked,
            left,
            owes_chunk_end: false,
            done: left == Some(0),
        }
    }

    /// Writes a piece. A large one is given back: it goes out as it is behind what is written, and
    /// nothing is written between them. What goes beyond the length that was told is left out,
    /// since it would be read as the next message.
    pub fn write(&mut self, mut data: Bytes, out: &mut Vec<u8>) -> Option<Bytes> {
        if let Some(left) = &mut self.left {
            data.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= data.len() as u64;
            self.done = *left == 0;
        }
        if data.is_empty() {
            return None;
        }
        self.end_chunk(out);
        if self.chunked {
            chunk_start(out, data.len());
            self.owes_chunk_end = true;
        }
        if data.len() > COPIED_BYTES_MAX {
            return Some(data);
        }
        out.extend_from_slice(&data);
        self.end_chunk(out);
        None
    }

    /// The body has ended.
    ///
    /// # Errors
    /// Not all that was told has come.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<(), BadBody> {
        if self.left.is_some_and(|left| left > 0) {
            return Err(BadBody::CutShort);
        }
        self.end_chunk(out);
        if self.chunked {
            out.extend_from_slice(b"0\r\n\r\n");
        }
        self.done = true;
        Ok(())
    }

    /// Whether all of it is written.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Ends a chunk whose data is out.
    fn end_chunk(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.owes_chunk_end) {
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// What stands before the data of a chunk, which has some.
fn chunk_start(out: &mut Vec<u8>, bytes: usize) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digits = bytes.max(1).ilog2() / 4 + 1;
    for place in (0..digits).rev() {
        out.push(DIGITS[(bytes >> (place * 4)) & 15]);
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(framing: Framing, pieces: &[&'static [u8]]) -> Result<Vec<u8>, BadBody> {
        let mut writer = BodyWriter::new(framing);
        let mut out = Vec::new();
        for piece in pieces {
            if let Some(large) = writer.write(Bytes::from_static(piece), &mut out) {
                out.extend_from_slice(&large);
            }
        }
        if !writer.is_done() {
            writer.end(&mut out)?;
        }
        Ok(out)
    }

    #[test]
    fn a_body_is_framed_as_its_head_says() {
        let pieces: &[&'static [u8]] = &[b"hello", b"", b"you"];
        let table: [(_, Result<&[u8], _>); 5] = [
            (Framing::Length(8), Ok(b"helloyou")),
            (Framing::Length(6), Ok(b"helloy")),
            (Framing::Length(9), Err(BadBody::CutShort)),
            (Framing::UntilClose, Ok(b"helloyou")),
            (Framing::Chunked, Ok(b"5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n")),
        ];
        for (framing, wanted) in table {
            let found = written(framing, pieces);
            assert_eq!(found.as_deref().map_err(|bad| *bad), wanted, "{framing:?}");
        }
    }

    #[test]
    fn a_large_chunk_is_ended_when_the_next_begins() {
        static LARGE: [u8; 5000] = [b'x'; 5000];
        let out = written(Framing::Chunked, &[&LARGE, b"you"]).unwrap();
        assert!(out.starts_with(b"1388\r\nxxx"), "{:?}", &out[..10]);
        assert!(out.ends_with(b"xxx\r\n3\r\nyou\r\n0\r\n\r\n"));
    }
}
