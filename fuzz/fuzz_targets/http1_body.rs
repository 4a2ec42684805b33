//! Bodies: read without panic, and cut anywhere the same.
#![no_main]

use haleway_http1::{BadBody, BodyReader, Framing, Piece};
use http::HeaderMap;
use libfuzzer_sys::fuzz_target;

/// What was read.
#[derive(Debug, Default, PartialEq)]
struct Read {
    data: Vec<u8>,
    trailers: Option<HeaderMap>,
    /// Bytes up to its end, if it came.
    end: Option<usize>,
    bad: Option<BadBody>,
}

/// Reads a body that comes in pieces of this size, of which what is not done with is held.
fn read(framing: Framing, input: &[u8], size: usize) -> Read {
    let mut reader = BodyReader::new(framing);
    let (mut read, mut held, mut done) = (Read::default(), Vec::new(), 0);
    for piece in std::iter::once(&[][..]).chain(input.chunks(size)) {
        held.extend_from_slice(piece);
        loop {
            let (count, piece) = match reader.read(&held) {
                Ok(read) => read,
                Err(bad) => {
                    assert_eq!(reader.read(input), Err(bad), "bad for good");
                    read.bad = Some(bad);
                    return read;
                }
            };
            match piece {
                Piece::Data(data) => {
                    assert!(!data.is_empty());
                    assert_eq!(data, &held[count - data.len()..count]);
                    read.data.extend_from_slice(data);
                }
                Piece::Trailers(trailers) => read.trailers = Some(trailers),
                Piece::End => {
                    assert!(reader.is_done());
                    read.end = Some(done + count);
                    return read;
                }
                Piece::More => {
                    assert_eq!(count, held.len());
                    done += count;
                    held.clear();
                    break;
                }
            }
            done += count;
            held.drain(..count);
        }
    }
    read
}

fuzz_target!(|bytes: &[u8]| {
    let [size, length, input @ ..] = bytes else {
        return;
    };
    let size = usize::from(*size).max(1);
    let framing = match length {
        0..=249 => Framing::Chunked,
        250 => Framing::None,
        251 => Framing::UntilClose,
        _ => Framing::Length(u64::from(*length) * 3 - 750),
    };
    let whole = read(framing, input, input.len().max(1));
    assert_eq!(read(framing, input, size), whole);
    assert_eq!(read(framing, input, 1), whole);
});
