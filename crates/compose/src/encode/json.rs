//! JSON out, byte for byte as Go's `json.Marshal` writes a decoded value.
//!
//! Keys sorted, no white space, no final newline, numbers as they came. `<`, `>` and `&` are
//! escaped so that the text is safe inside HTML, U+2028 and U+2029 so that it is safe in scripts.

use crate::{Json, Object, Text};

/// Appends `value` to `out`.
pub fn encode(value: &Json, out: &mut Vec<u8>) {
    match value {
        Json::Null => out.extend_from_slice(b"null"),
        Json::Bool(true) => out.extend_from_slice(b"true"),
        Json::Bool(false) => out.extend_from_slice(b"false"),
        Json::Number(text) => out.extend_from_slice(text.as_str().as_bytes()),
        Json::String(text) => encode_string(text.as_str(), out),
        Json::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                encode(item, out);
            }
            out.push(b']');
        }
        Json::Object(object) => encode_entries(object.iter(), out),
        Json::Record(entries) => {
            encode_entries(entries.iter().map(|(key, value)| (key, value)), out);
        }
    }
}

/// Appends `object` to `out`.
pub(super) fn encode_object(object: &Object, out: &mut Vec<u8>) {
    encode_entries(object.iter(), out);
}

fn encode_entries<'a>(entries: impl Iterator<Item = (&'a Text, &'a Json)>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (index, (key, value)) in entries.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        encode_string(key.as_str(), out);
        out.push(b':');
        encode(value, out);
    }
    out.push(b'}');
}

fn encode_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut written = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if !NEEDS_CARE[byte as usize] {
            at += 1;
            continue;
        }
        let Some((escape, length)) = escape(&bytes[at..]) else {
            at += 1;
            continue;
        };
        out.extend_from_slice(&bytes[written..at]);
        match escape {
            Escape::Short(letter) => out.extend_from_slice(&[b'\\', letter]),
            Escape::Hex(digits) => {
                out.extend_from_slice(b"\\u");
                out.extend_from_slice(&digits);
            }
        }
        at += length;
        written = at;
    }
    out.extend_from_slice(&bytes[written..]);
    out.push(b'"');
}

/// Bytes that end a run of plain text. 0xe2 begins U+2028 and U+2029, among many others.
const NEEDS_CARE: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = true;
        byte += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table[b'<' as usize] = true;
    table[b'>' as usize] = true;
    table[b'&' as usize] = true;
    table[0xe2] = true;
    table
};

enum Escape {
    Short(u8),
    Hex([u8; 4]),
}

/// How the character at the start of `rest` is escaped, and how many bytes it has.
fn escape(rest: &[u8]) -> Option<(Escape, usize)> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    Some(match rest {
        [byte @ (b'"' | b'\\'), ..] => (Escape::Short(*byte), 1),
        [0x08, ..] => (Escape::Short(b'b'), 1),
        [0x0c, ..] => (Escape::Short(b'f'), 1),
        [b'\n', ..] => (Escape::Short(b'n'), 1),
        [b'\r', ..] => (Escape::Short(b'r'), 1),
        [b'\t', ..] => (Escape::Short(b't'), 1),
        [0xe2, 0x80, 0xa8, ..] => (Escape::Hex(*b"2028"), 3),
        [0xe2, 0x80, 0xa9, ..] => (Escape::Hex(*b"2029"), 3),
        [0xe2, ..] => return None,
        [byte, ..] => {
            let (high, low) = (DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]);
            (Escape::Hex([b'0', b'0', high, low]), 1)
        }
        [] => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(value: &Json) -> String {
        let mut out = Vec::new();
        encode(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn strings_as_go_marshals_them() {
        let table = [
            ("plain", r#""plain""#),
            (
                "<a href=\"x\">&</a>",
                r#""\u003ca href=\"x\"\u003e\u0026\u003c/a\u003e""#,
            ),
            ("\u{8}\u{c}\n\r\t", r#""\b\f\n\r\t""#),
            (
                "\u{0}\u{1}\u{b}\u{1f}\u{7f}",
                "\"\\u0000\\u0001\\u000b\\u001f\u{7f}\"",
            ),
            (
                "\u{2028}\u{2029}\u{2030}\u{20ac}",
                "\"\\u2028\\u2029\u{2030}\u{20ac}\"",
            ),
            ("back\\slash", r#""back\\slash""#),
            ("\u{fffd}é😀", "\"\u{fffd}é😀\""),
            ("", r#""""#),
        ];
        for (text, expected) in table {
            assert_eq!(encoded(&Json::String(text.into())), expected);
        }
    }

    #[test]
    fn keys_are_sorted_bytewise_and_escaped() {
        let object: Object = [("b", 1), ("B", 2), ("é", 3), ("a<", 4), ("", 5)]
            .map(|(key, value)| (key.into(), Json::from(value)))
            .into_iter()
            .collect();
        assert_eq!(
            encoded(&object.into()),
            r#"{"":5,"B":2,"a\u003c":4,"b":1,"é":3}"#
        );
    }

    #[test]
    fn numbers_keep_their_text() {
        for number in ["0", "-0", "1.0", "1e+2", "12345678901234567890", "-1.5E-7"] {
            assert_eq!(encoded(&Json::Number(number.into())), number);
        }
    }

    #[test]
    fn nested_values() {
        let inner: Object = [("n".into(), Json::Null), ("t".into(), true.into())]
            .into_iter()
            .collect();
        let value = Json::Array(vec![
            inner.into(),
            Json::Array(vec![]),
            Object::new().into(),
        ]);
        assert_eq!(encoded(&value), r#"[{"n":null,"t":true},[],{}]"#);
    }
}
