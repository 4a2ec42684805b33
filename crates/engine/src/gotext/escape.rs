//! Percent-encoding as Go's `net/url` does it (Go 1.26).

use std::borrow::Cow;

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// What `url.Parse(host + path)` followed by `EscapedPath` makes of a path into which decoded text
/// was put: one that is validly encoded stays as it is, anything else is decoded and encoded
/// again. Where Go refuses the path, because a `%` is not followed by two hexadecimal digits,
/// every byte is taken for what it stands for itself, and the `%` is encoded.
pub(crate) fn escape_path(path: &str) -> Cow<'_, str> {
    match unescape(path, Plus::Plain) {
        Some(_) if path.bytes().all(valid_in_encoded_path) => Cow::Borrowed(path),
        Some(decoded) => Cow::Owned(escape(&decoded, plain_in_path)),
        None => Cow::Owned(escape(path.as_bytes(), plain_in_path)),
    }
}

/// A decoded path, encoded.
pub(crate) fn escape_decoded_path(path: &str) -> Cow<'_, str> {
    match path.bytes().all(plain_in_path) || path == "*" {
        true => Cow::Borrowed(path),
        false => Cow::Owned(escape(path.as_bytes(), plain_in_path)),
    }
}

/// Decodes `%xx`; `None` where a `%` is not followed by two hexadecimal digits. The bytes need not
/// be UTF-8.
pub(crate) fn path_unescape(text: &str) -> Option<Cow<'_, [u8]>> {
    unescape(text, Plus::Plain)
}

/// Decodes `%xx` and `+`; `None` where a `%` is not followed by two hexadecimal digits. The bytes
/// need not be UTF-8.
pub(crate) fn query_unescape(text: &str) -> Option<Cow<'_, [u8]>> {
    unescape(text, Plus::Space)
}

/// Appends a key or value of a query: a space becomes `+`, letters, digits, `-`, `_`, `.` and `~`
/// stay, everything else is encoded.
pub(crate) fn query_escape(bytes: &[u8], out: &mut String) {
    for &byte in bytes {
        match byte {
            b' ' => out.push('+'),
            byte if unreserved(byte) => out.push(char::from(byte)),
            byte => push_encoded(byte, out),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Plus {
    Plain,
    Space,
}

fn unescape(text: &str, plus: Plus) -> Option<Cow<'_, [u8]>> {
    let bytes = text.as_bytes();
    let special = |byte: &u8| *byte == b'%' || (*byte == b'+' && plus == Plus::Space);
    let Some(first) = bytes.iter().position(special) else {
        return Some(Cow::Borrowed(bytes));
    };
    let mut decoded = Vec::with_capacity(bytes.len());
    decoded.extend_from_slice(&bytes[..first]);
    let mut left = &bytes[first..];
    while let Some((&byte, behind)) = left.split_first() {
        left = behind;
        decoded.push(match byte {
            b'%' => {
                let (digits, behind) = left.split_at_checked(2)?;
                left = behind;
                digit(digits[0])? << 4 | digit(digits[1])?
            }
            b'+' if plus == Plus::Space => b' ',
            byte => byte,
        });
    }
    Some(Cow::Owned(decoded))
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

fn escape(bytes: &[u8], plain: fn(u8) -> bool) -> String {
    let mut escaped = String::with_capacity(bytes.len() + 8);
    for &byte in bytes {
        match plain(byte) {
            true => escaped.push(char::from(byte)),
            false => push_encoded(byte, &mut escaped),
        }
    }
    escaped
}

fn push_encoded(byte: u8, out: &mut String) {
    out.push('%');
    out.push(char::from(HEX[usize::from(byte >> 4)]));
    out.push(char::from(HEX[usize::from(byte & 15)]));
}

fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

/// What Go leaves alone when it encodes a whole path.
fn plain_in_path(byte: u8) -> bool {
    unreserved(byte)
        || matches!(
            byte,
            b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'@'
        )
}

/// What Go accepts in a path that is said to be encoded.
fn valid_in_encoded_path(byte: u8) -> bool {
    plain_in_path(byte) || matches!(byte, b'!' | b'\'' | b'(' | b')' | b'*' | b'[' | b']' | b'%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_what_go_makes_of_them() {
        // Go 1.26: url.Parse("http://h" + path).EscapedPath()
        for (path, expected) in [
            ("/plain/path", "/plain/path"),
            ("/a b", "/a%20b"),
            ("/a%20b", "/a%20b"),
            ("/a%2Fb c", "/a/b%20c"),
            ("/a%2fb", "/a%2fb"),
            ("/ä", "/%C3%A4"),
            ("/x!'()*[]", "/x!'()*[]"),
            ("/x!'()*[] ", "/x%21%27%28%29%2A%5B%5D%20"),
            ("/\"<>^`{|}", "/%22%3C%3E%5E%60%7B%7C%7D"),
            ("/$&+,:;=@", "/$&+,:;=@"),
            ("", ""),
        ] {
            assert_eq!(escape_path(path), expected, "{path}");
        }
    }

    #[test]
    fn a_percent_that_encodes_nothing_is_encoded_itself() {
        for (path, expected) in [
            ("/100%", "/100%25"),
            ("/%zz/%20", "/%25zz/%2520"),
            ("/%2", "/%252"),
        ] {
            assert_eq!(escape_path(path), expected, "{path}");
        }
    }

    #[test]
    fn queries_are_decoded_with_plus_and_paths_without() {
        assert_eq!(query_unescape("a+b%2Bc").as_deref(), Some(&b"a b+c"[..]));
        assert_eq!(path_unescape("a+b%2Bc").as_deref(), Some(&b"a+b+c"[..]));
        assert_eq!(query_unescape("caf%E9").as_deref(), Some(&b"caf\xe9"[..]));
        assert_eq!(query_unescape("%"), None);
        assert_eq!(query_unescape("%4"), None);
        assert_eq!(query_unescape("%+1"), None);
    }
}
