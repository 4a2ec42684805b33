//! Chunks (RFC 9112, 7.1), read however they are cut.

use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::body::{BadBody, Piece};
use crate::read::HEADERS_MAX;

/// Bytes of extensions that one body may have: they are passed over, and cost time.
const EXTENSION_BYTES_MAX: usize = 16 * 1024;

/// Bytes of a trailer section.
const TRAILER_BYTES_MAX: usize = 16 * 1024;

/// Reads chunks. Each line must end with both characters: a reader that is content with one of
/// them disagrees with the next one about where a chunk begins.
#[derive(Debug)]
pub(crate) struct Chunks {
    state: State,
    extension_bytes: usize,
}

#[derive(Debug)]
enum State {
    /// In the digits of a size.
    Size { value: u64, digits: bool },
    /// Blanks behind the digits.
    Blank { value: u64 },
    /// In an extension.
    Extension { value: u64 },
    /// Before the line feed of a size's line.
    SizeEnd { value: u64 },
    /// In the data of a chunk.
    Data { left: u64 },
    /// Before the carriage return behind it.
    DataReturn,
    /// Before the line feed behind it.
    DataEnd,
    /// In the trailer section, of which this was read.
    Trailers(Vec<u8>),
    /// Behind all.
    Done,
}

impl Chunks {
    pub(crate) fn new() -> Self {
        Self {
            state: State::Size {
                value: 0,
                digits: false,
            },
            extension_bytes: 0,
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Reads on, up to the next piece. Returns the bytes that are done with.
    ///
    /// # Errors
    /// These are no chunks, or more beside them than is allowed.
    pub(crate) fn read<'a>(&mut self, input: &'a [u8]) -> Result<(usize, Piece<'a>), BadBody> {
        let mut at = 0;
        while let Some(byte) = input.get(at) {
            match &mut self.state {
                State::Data { left } => {
                    let rest = &input[at..];
                    let count = usize::try_from(*left).map_or(rest.len(), |it| it.min(rest.len()));
                    *left -= count as u64;
                    if *left == 0 {
                        self.state = State::DataReturn;
                    }
                    return Ok((at + count, Piece::Data(&rest[..count])));
                }
                State::Trailers(held) => {
                    if let Some(trailers) = trailer_byte(held, *byte)? {
                        self.state = State::Done;
                        return Ok((at + 1, trailers));
                    }
                }
                State::Done => return Ok((at, Piece::End)),
                _ => self.line_byte(*byte)?,
            }
            at += 1;
        }
        let piece = if self.is_done() {
            Piece::End
        } else {
            Piece::More
        };
        Ok((at, piece))
    }

    /// A byte of what stands around the data.
    fn line_byte(&mut self, byte: u8) -> Result<(), BadBody> {
        self.state = match (&self.state, byte) {
            (&State::Size { value, digits }, byte) if byte.is_ascii_hexdigit() => {
                if value == 0 && digits {
                    // Zeros that say nothing have a limit, too.
                    self.extend()?;
                }
                State::Size {
                    value: grown(value, byte)?,
                    digits: true,
                }
            }
            (
                &State::Size {
                    value,
                    digits: true,
                }
                | &State::Blank { value },
                b' ' | b'\t',
            ) => {
                self.extend()?;
                State::Blank { value }
            }
            (
                &State::Size {
                    value,
                    digits: true,
                }
                | &State::Blank { value },
                b';',
            ) => State::Extension { value },
            (
                &State::Size {
                    value,
                    digits: true,
                }
                | &State::Blank { value }
                | &State::Extension { value },
                b'\r',
            ) => State::SizeEnd { value },
            (&State::Extension { value }, byte) if byte != b'\n' => {
                self.extend()?;
                State::Extension { value }
            }
            (State::SizeEnd { value: 0 }, b'\n') => State::Trailers(Vec::new()),
            (&State::SizeEnd { value }, b'\n') => State::Data { left: value },
            (State::DataReturn, b'\r') => State::DataEnd,
            (State::DataEnd, b'\n') => State::Size {
                value: 0,
                digits: false,
            },
            _ => return Err(BadBody::Chunk),
        };
        Ok(())
    }

    fn extend(&mut self) -> Result<(), BadBody> {
        self.extension_bytes += 1;
        if self.extension_bytes > EXTENSION_BYTES_MAX {
            return Err(BadBody::TooLarge);
        }
        Ok(())
    }
}

fn grown(value: u64, digit: u8) -> Result<u64, BadBody> {
    let digit = char::from(digit).to_digit(16).ok_or(BadBody::Chunk)?;
    let shifted = value.checked_mul(16).ok_or(BadBody::Chunk)?;
    Ok(shifted + u64::from(digit))
}

/// Takes up a byte of the trailer section; at its end, gives what it was.
fn trailer_byte(held: &mut Vec<u8>, byte: u8) -> Result<Option<Piece<'static>>, BadBody> {
    if held.len() >= TRAILER_BYTES_MAX {
        return Err(BadBody::TooLarge);
    }
    if byte == b'\n' && held.last() != Some(&b'\r') {
        return Err(BadBody::Trailers);
    }
    held.push(byte);
    if held == b"\r\n" {
        return Ok(Some(Piece::End));
    }
    if !held.ends_with(b"\r\n\r\n") {
        return Ok(None);
    }
    let mut room = [httparse::EMPTY_HEADER; HEADERS_MAX];
    match httparse::parse_headers(held, &mut room) {
        Ok(httparse::Status::Complete((_, lines))) => Ok(Some(Piece::Trailers(fields(lines)?))),
        _ => Err(BadBody::Trailers),
    }
}

fn fields(lines: &[httparse::Header<'_>]) -> Result<HeaderMap, BadBody> {
    let mut map = HeaderMap::new();
    for line in lines {
        let name = HeaderName::from_bytes(line.name.as_bytes());
        let value = HeaderValue::from_bytes(line.value);
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(BadBody::Trailers);
        };
        map.append(name, value);
    }
    Ok(map)
}
