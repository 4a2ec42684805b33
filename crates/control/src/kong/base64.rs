//! Base64 (RFC 4648, section 4) of short texts: the offsets of pages.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes as text.
pub(super) fn encoded(bytes: &[u8]) -> String {
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let bits = group
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for at in 0..4 {
            if at <= group.len() {
                let six = (bits >> (18 - 6 * at)) & 63;
                out.push(char::from(ALPHABET[six as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// Text as bytes; `None` where it is no base64.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    let bare = text.trim_end_matches('=');
    let padded = text.len() - bare.len() <= 2 && text.len().is_multiple_of(4);
    if bare.is_empty() || !padded {
        return None;
    }
    let mut out = Vec::with_capacity(bare.len());
    for group in bare.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for byte in group {
            let six = ALPHABET.iter().position(|known| known == byte)?;
            bits = bits << 6 | six as u32;
        }
        let bits = bits << (6 * (4 - group.len()));
        let bytes = bits.to_be_bytes();
        out.extend_from_slice(bytes.get(1..group.len())?);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        let cases = [
            ("1", "MQ=="),
            ("10", "MTA="),
            ("100", "MTAw"),
            ("1000", "MTAwMA=="),
        ];
        for (plain, text) in cases {
            assert_eq!(encoded(plain.as_bytes()), text);
            assert_eq!(decoded(text).as_deref(), Some(plain.as_bytes()));
        }
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        for text in ["", "x", "====", "|potato|", "MQ", "MQ=", "M===", "ä==="] {
            assert_eq!(decoded(text), None, "{text}");
        }
    }
}
