//! Base64 as nginx reads it: up to the first `=`, with whatever stands behind, and without asking
//! how many `=` there are.

/// Decodes the usual alphabet.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    decode_by(text, |byte| match byte {
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    })
}

/// Decodes the usual alphabet and that of URLs, even mixed.
pub(crate) fn decode_any(text: &[u8]) -> Option<Vec<u8>> {
    decode_by(text, |byte| match byte {
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    })
}

fn decode_by(text: &[u8], sign: fn(u8) -> Option<u8>) -> Option<Vec<u8>> {
    let end = text.iter().position(|byte| *byte == b'=');
    let text = &text[..end.unwrap_or(text.len())];
    if text.len() % 4 == 1 {
        return None;
    }
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.chunks(4) {
        let mut bits = 0_u32;
        for byte in chunk {
            let six = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                other => sign(*other)?,
            };
            bits = bits << 6 | u32::from(six);
        }
        bits <<= 6 * (4 - chunk.len());
        let [_, bytes @ ..] = bits.to_be_bytes();
        decoded.extend_from_slice(&bytes[..chunk.len() - 1]);
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_not_needed_and_ends_the_text() {
        for (text, decoded) in [
            ("Ym9iOmtvbmc=", Some("bob:kong")),
            ("Ym9iOmtvbmc", Some("bob:kong")),
            ("Ym9i", Some("bob")),
            ("Ym9i====!", Some("bob")),
            ("Ym8=", Some("bo")),
            ("Yg==", Some("b")),
            ("", Some("")),
            ("Y", None),
            ("Ym9iY", None),
            ("Ym9 i", None),
            ("Ym9i-_", None),
        ] {
            let expected = decoded.map(|text| text.as_bytes().to_vec());
            assert_eq!(decode(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn both_alphabets_may_stand_in_one_text() {
        assert_eq!(decode_any(b"-_+/").unwrap(), [0xfb, 0xff, 0xbf]);
        assert_eq!(decode(b"-_+/"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_decoded_or_refused(text: Vec<u8>) {
            let shortest = text.len() / 4 * 3;
            if let Some(decoded) = decode(&text) {
                assert!(decoded.len() <= shortest + 2);
                assert_eq!(decode_any(&text), Some(decoded));
            }
        }
    }
}
