//! Bytes of a client, made harmless: whatever a request holds, its line stays one line.

use std::io::Write as _;

/// Bytes of one field that are written; of a longer one the rest is left out, and `...` says so.
pub(super) const FIELD_BYTES_MAX: usize = 8 << 10;

const CUT: &[u8] = b"...";

/// Between double quotes, as Go's `strconv.Quote` writes it.
pub(super) fn go_quoted(bytes: &[u8], out: &mut Vec<u8>) {
    let (bytes, cut) = limited(bytes);
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            go_character(character, out);
        }
        for byte in chunk.invalid() {
            hex(b"\\x", u32::from(*byte), 2, out);
        }
    }
    out.extend_from_slice(cut);
    out.push(b'"');
}

fn go_character(character: char, out: &mut Vec<u8>) {
    let short = match character {
        '"' => b'"',
        '\\' => b'\\',
        '\x07' => b'a',
        '\x08' => b'b',
        '\x0c' => b'f',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        '\x0b' => b'v',
        ' '..='~' => return out.push(character as u8),
        '\0'..='\x7f' => return hex(b"\\x", u32::from(character), 2, out),
        _ if printable(character) => {
            let mut utf8 = [0; 4];
            return out.extend_from_slice(character.encode_utf8(&mut utf8).as_bytes());
        }
        ..='\u{ffff}' => return hex(b"\\u", u32::from(character), 4, out),
        _ => return hex(b"\\U", u32::from(character), 8, out),
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Whether a character shows. The letter before it keeps the standard library from escaping a
/// combining mark for standing first.
fn printable(character: char) -> bool {
    let mut text = [b'a'; 5];
    let bytes = 1 + character.encode_utf8(&mut text[1..]).len();
    let text = std::str::from_utf8(&text[..bytes]).unwrap_or_default();
    text.escape_debug().nth(1) == Some(character)
}

/// With `"`, `\`, control characters and everything beyond ASCII as `\xXX`, as nginx writes
/// variables; nothing is `-`.
pub(super) fn hex_escaped(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.is_empty() {
        return out.push(b'-');
    }
    let (bytes, cut) = limited(bytes);
    for &byte in bytes {
        match byte {
            b'"' | b'\\' | ..=0x1f | 0x7f.. => {
                let digits = b"0123456789ABCDEF";
                let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
                out.extend_from_slice(&[b'\\', b'x', digits[high], digits[low]]);
            }
            byte => out.push(byte),
        }
    }
    out.extend_from_slice(cut);
}

/// As a JSON string; what is not UTF-8 becomes U+FFFD.
pub(super) fn json_string(bytes: &[u8], out: &mut Vec<u8>) {
    let (bytes, cut) = limited(bytes);
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' => out.extend_from_slice(b"\\\""),
                '\\' => out.extend_from_slice(b"\\\\"),
                '\n' => out.extend_from_slice(b"\\n"),
                '\r' => out.extend_from_slice(b"\\r"),
                '\t' => out.extend_from_slice(b"\\t"),
                // The last two end a line for some readers of JSON.
                '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{2028}' | '\u{2029}' => {
                    hex(b"\\u", u32::from(character), 4, out);
                }
                character => {
                    let mut utf8 = [0; 4];
                    out.extend_from_slice(character.encode_utf8(&mut utf8).as_bytes());
                }
            }
        }
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    out.extend_from_slice(cut);
    out.push(b'"');
}

fn limited(bytes: &[u8]) -> (&[u8], &'static [u8]) {
    match bytes.split_at_checked(FIELD_BYTES_MAX) {
        Some((head, tail)) if !tail.is_empty() => (head, CUT),
        _ => (bytes, b""),
    }
}

fn hex(mark: &[u8], number: u32, digits: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(mark);
    write!(out, "{number:0digits$x}").expect("a Vec takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: fn(&[u8], &mut Vec<u8>), bytes: &[u8]) -> String {
        let mut out = Vec::new();
        write(bytes, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn quotes_are_gos() {
        // Go 1.26: strconv.Quote
        for (bytes, expected) in [
            (&b"/plain?a=b"[..], r#""/plain?a=b""#),
            (b"\"\\", r#""\"\\""#),
            (b"\x07\x08\x0c\n\r\t\x0b", r#""\a\b\f\n\r\t\v""#),
            (b"\x00\x1b[31m\x7f", r#""\x00\x1b[31m\x7f""#),
            ("äß→😀".as_bytes(), r#""äß→😀""#),
            ("e\u{301}".as_bytes(), "\"e\u{301}\""),
            (
                "\u{a0}\u{2028}\u{200b}\u{feff}".as_bytes(),
                r#""\u00a0\u2028\u200b\ufeff""#,
            ),
            ("\u{e0001}".as_bytes(), r#""\U000e0001""#),
            (b"caf\xe9\xff", r#""caf\xe9\xff""#),
            (b"", r#""""#),
        ] {
            assert_eq!(written(go_quoted, bytes), expected);
        }
    }

    #[test]
    fn hexadecimal_is_nginxs() {
        for (bytes, expected) in [
            (&b"Mozilla/5.0 (X11)"[..], "Mozilla/5.0 (X11)"),
            (b"a\"b\\c", r"a\x22b\x5Cc"),
            (b"a\r\nb\x7f\xff", r"a\x0D\x0Ab\x7F\xFF"),
            (b"", "-"),
        ] {
            assert_eq!(written(hex_escaped, bytes), expected);
        }
    }

    #[test]
    fn json_is_json() {
        for (bytes, expected) in [
            (&b"a\"b\\c\n\x00\x7f"[..], r#""a\"b\\c\n\u0000\u007f""#),
            ("ä\u{2028}".as_bytes(), r#""ä\u2028""#),
            (b"\xffx", "\"\u{fffd}x\""),
        ] {
            assert_eq!(written(json_string, bytes), expected);
        }
    }

    #[test]
    fn long_fields_are_cut() {
        let long = vec![b'x'; FIELD_BYTES_MAX + 1];
        for write in [go_quoted, hex_escaped, json_string] {
            let text = written(write, &long);
            assert_eq!(text.trim_matches('"'), "x".repeat(FIELD_BYTES_MAX) + "...");
            let text = written(write, &long[1..]);
            assert_eq!(text.trim_matches('"'), "x".repeat(FIELD_BYTES_MAX));
        }
    }
}
