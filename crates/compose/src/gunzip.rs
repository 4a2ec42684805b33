//! Gzip, within a bound.

use std::io::Read;

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;

use crate::DecodeError;

/// First guess at how much larger a body is than its compressed form.
const RATIO_GUESS: usize = 4;
/// A compressed body that claims little gets at most this much memory in advance.
const CAPACITY_MAX: usize = 256 * 1024;

/// Decompresses `body`, which may have several members.
///
/// # Errors
/// [`DecodeError::TooLarge`] beyond `bytes_max` bytes of output; Go's texts when `body` is no gzip
/// (`gzip: invalid header`), ends early (`unexpected EOF`) or fails its checksum.
pub fn gunzip(body: &[u8], bytes_max: usize) -> Result<Bytes, DecodeError> {
    if body.is_empty() {
        return Err(DecodeError::Empty);
    }
    if !body.starts_with(&[0x1f, 0x8b, 8]) && body.len() >= 3 {
        return Err(DecodeError::Gzip("gzip: invalid header".into()));
    }
    let capacity = body
        .len()
        .saturating_mul(RATIO_GUESS)
        .min(CAPACITY_MAX)
        .min(bytes_max);
    let mut plain = Vec::with_capacity(capacity);
    let limit = (bytes_max as u64).saturating_add(1);
    MultiGzDecoder::new(body)
        .take(limit)
        .read_to_end(&mut plain)
        .map_err(reason)?;
    if plain.len() > bytes_max {
        return Err(DecodeError::TooLarge { bytes_max });
    }
    Ok(plain.into())
}

fn reason(error: std::io::Error) -> DecodeError {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => DecodeError::Truncated,
        _ if error.to_string().contains("checksum") => {
            DecodeError::Gzip("gzip: invalid checksum".into())
        }
        _ => DecodeError::Gzip("flate: corrupt input".into()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn zipped(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gives_back_what_was_packed() {
        let mut body = zipped(b"first ");
        body.extend(zipped(b"second"));
        assert_eq!(
            gunzip(&body, 12).unwrap(),
            Bytes::from_static(b"first second")
        );
    }

    #[test]
    fn stops_at_the_bound() {
        let bomb = zipped(&vec![0; 10 << 20]);
        assert_eq!(
            gunzip(&bomb, 1000),
            Err(DecodeError::TooLarge { bytes_max: 1000 })
        );
        assert_eq!(
            gunzip(&zipped(b"abc"), 2),
            Err(DecodeError::TooLarge { bytes_max: 2 })
        );
        assert_eq!(gunzip(&zipped(b"abc"), 3).unwrap().len(), 3);
    }

    #[test]
    fn damage_has_gos_words() {
        let of = |body: &[u8]| gunzip(body, 1000).unwrap_err().to_string();
        assert_eq!(of(b""), "EOF");
        assert_eq!(of(b"plain text"), "gzip: invalid header");
        let mut body = zipped(b"some plain text");
        assert_eq!(of(&body[..body.len() - 3]), "unexpected EOF");
        let checksum = body.len() - 8;
        body[checksum] ^= 1;
        assert_eq!(of(&body), "gzip: invalid checksum");
    }
}
