//! Bytes that come in pieces, and what is read of them.

use haleway_http1::{BadBody, BodyReader, Framing, Piece};
use http::HeaderMap;
use proptest::collection::vec;
use proptest::prelude::*;

/// Sizes of pieces, one behind the other and again from the first. Small ones cut in the middle of
/// everything, and the largest is longer than any input.
pub(crate) fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        2 => vec(1..6_usize, 1..8),
        2 => vec(prop_oneof![3 => 1..9_usize, 1 => 9..200_usize, 1 => Just(1 << 20)], 1..8),
        1 => Just(vec![1]),
    ]
}

/// The pieces of these sizes.
pub(crate) fn pieces<'a>(
    mut rest: &'a [u8],
    sizes: &'a [usize],
) -> impl Iterator<Item = &'a [u8]> + 'a {
    let mut sizes = sizes.iter().cycle();
    std::iter::from_fn(move || {
        let size = (*sizes.next()?).min(rest.len());
        let (piece, behind) = rest.split_at(size);
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    })
}

/// What was read of a body.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ReadBody {
    pub(crate) data: Vec<u8>,
    pub(crate) trailers: Option<HeaderMap>,
    /// Where it ended among all bytes, if it did.
    pub(crate) end: Option<usize>,
    pub(crate) bad: Option<BadBody>,
}

/// Reads one body from bytes of which some are held until they are done with.
pub(crate) struct Reading {
    reader: BodyReader,
    read: ReadBody,
    held: Vec<u8>,
    /// Bytes done with.
    done: usize,
}

impl Reading {
    pub(crate) fn new(framing: Framing) -> Self {
        Self {
            reader: BodyReader::new(framing),
            read: ReadBody::default(),
            held: Vec::new(),
            done: 0,
        }
    }

    /// Takes up a piece, and reads for as long as something comes of it.
    pub(crate) fn take_up(&mut self, piece: &[u8]) {
        self.held.extend_from_slice(piece);
        while self.read.bad.is_none() && self.read.end.is_none() && self.step() {}
    }

    /// Reads once. Whether to go on.
    fn step(&mut self) -> bool {
        let (done, piece) = match self.reader.read(&self.held) {
            Ok(read) => read,
            Err(bad) => {
                self.read.bad = Some(bad);
                return false;
            }
        };
        let goes_on = match piece {
            Piece::Data(data) => {
                assert!(!data.is_empty(), "a piece has some bytes");
                assert_eq!(data, &self.held[done - data.len()..done], "they stand last");
                self.read.data.extend_from_slice(data);
                true
            }
            Piece::Trailers(trailers) => {
                assert!(self.read.trailers.is_none(), "trailers come once");
                assert!(self.reader.is_done(), "they are the last piece");
                self.read.trailers = Some(trailers);
                true
            }
            Piece::End => {
                assert!(self.reader.is_done());
                self.read.end = Some(self.done + done);
                false
            }
            Piece::More => {
                assert_eq!(done, self.held.len(), "all of it was looked at");
                assert!(!self.reader.is_done());
                false
            }
        };
        self.held.drain(..done);
        self.done += done;
        goes_on
    }

    pub(crate) fn reader(&mut self) -> &mut BodyReader {
        &mut self.reader
    }

    pub(crate) fn finish(self) -> ReadBody {
        self.read
    }
}

/// Reads a body that comes in pieces.
pub(crate) fn read_body(framing: Framing, input: &[u8], sizes: &[usize]) -> ReadBody {
    let mut reading = Reading::new(framing);
    // A body without bytes is over before any come.
    reading.take_up(&[]);
    for piece in pieces(input, sizes) {
        reading.take_up(piece);
    }
    reading.finish()
}

/// Reads one that comes whole.
pub(crate) fn read_whole(framing: Framing, input: &[u8]) -> ReadBody {
    read_body(framing, input, &[input.len().max(1)])
}
