//! Reads bodies, piece by piece.

use http::HeaderMap;

use crate::chunks::Chunks;
use crate::framing::Framing;

/// The next piece of a body.
#[derive(Debug, PartialEq)]
pub enum Piece<'a> {
    /// Some of its bytes, at least one.
    Data(&'a [u8]),
    /// What stands behind its last chunk. It is the last piece.
    Trailers(HeaderMap),
    /// It is over.
    End,
    /// Nothing yet: more must be read.
    More,
}

/// A body that breaks the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadBody {
    /// No chunk, or one whose size cannot be said in 64 bits.
    Chunk,
    /// Trailers that are no headers.
    Trailers,
    /// Too much beside the data: extensions or trailers.
    TooLarge,
    /// The connection ended before it.
    CutShort,
}

impl std::fmt::Display for BadBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Chunk => "malformed chunked encoding",
            Self::Trailers => "malformed trailers",
            Self::TooLarge => "chunk extensions or trailers are too large",
            Self::CutShort => "unexpected EOF",
        })
    }
}

impl std::error::Error for BadBody {}

/// Reads one body from the bytes behind its head.
#[derive(Debug)]
pub struct BodyReader(Reading);

#[derive(Debug)]
enum Reading {
    Length(u64),
    Chunked(Box<Chunks>),
    UntilClose,
    Done,
    /// It broke the rules. Nothing in it counts any more: read on from elsewhere, it might look
    /// like one that keeps them.
    Broken(BadBody),
}

impl BodyReader {
    /// The reader of a body that is framed so.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        Self(match framing {
            Framing::None | Framing::Length(0) => Reading::Done,
            Framing::Length(length) => Reading::Length(length),
            Framing::Chunked => Reading::Chunked(Box::new(Chunks::new())),
            Framing::UntilClose => Reading::UntilClose,
        })
    }

    /// Reads the next piece of what has come. The first figure is how many bytes are done with.
    ///
    /// # Errors
    /// See [`BadBody`]. A body that broke the rules once gives the same error from then on.
    pub fn read<'a>(&mut self, input: &'a [u8]) -> Result<(usize, Piece<'a>), BadBody> {
        match &mut self.0 {
            Reading::Done => Ok((0, Piece::End)),
            Reading::Broken(bad) => Err(*bad),
            _ if input.is_empty() => Ok((0, Piece::More)),
            Reading::Length(left) => {
                let count = usize::try_from(*left).map_or(input.len(), |it| it.min(input.len()));
                *left -= count as u64;
                if *left == 0 {
                    self.0 = Reading::Done;
                }
                Ok((count, Piece::Data(&input[..count])))
            }
            Reading::UntilClose => Ok((input.len(), Piece::Data(input))),
            Reading::Chunked(chunks) => {
                let read = chunks.read(input);
                match &read {
                    Ok(_) if chunks.is_done() => self.0 = Reading::Done,
                    Ok(_) => {}
                    Err(bad) => self.0 = Reading::Broken(*bad),
                }
                read
            }
        }
    }

    /// The connection has ended, and so has the body.
    ///
    /// # Errors
    /// There should have been more of it.
    pub fn finish(&mut self) -> Result<(), BadBody> {
        match self.0 {
            Reading::Done | Reading::UntilClose => {
                self.0 = Reading::Done;
                Ok(())
            }
            Reading::Length(_) | Reading::Chunked(_) => Err(BadBody::CutShort),
            Reading::Broken(bad) => Err(bad),
        }
    }

    /// Whether all of it was read.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.0, Reading::Done)
    }

    /// Whether it broke the rules.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        matches!(self.0, Reading::Broken(_))
    }

    /// How many bytes are still to come, where that is known.
    #[must_use]
    pub fn left(&self) -> Option<u64> {
        match self.0 {
            Reading::Done => Some(0),
            Reading::Length(left) => Some(left),
            Reading::Chunked(_) | Reading::UntilClose | Reading::Broken(_) => None,
        }
    }
}
