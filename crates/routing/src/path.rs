//! The ways of a path: from the request line to what routes are compared with, and from there to
//! the upstream. The rules are those of Kong 3 (`kong/tools/uri.lua`, `kong/router/utils.lua`).

use std::borrow::Cow;

/// Characters that separate parts of a URI. An escaped one stays escaped, since it means something
/// else; all others mean the same with and without escape.
const RESERVED: &[u8] = b"!*'();:@&=+$,/?%#[]";

/// Characters that are sent as they are, besides letters and digits.
const SENT_PLAIN: &[u8] = b"!#$&'()*+,/:;=?@[]-_.~%";

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// A path as routes are compared with it: escapes of characters that separate nothing are
/// undone, `.` and `..` are followed, slashes in a row are one. `raw` is the path of the request
/// line, without query.
///
/// Bytes that are no UTF-8 after that stay escaped; the original finds no route for such a path.
#[must_use]
pub fn normalise_path(raw: &str) -> Cow<'_, str> {
    let decoded = match raw.contains('%') {
        true => Cow::Owned(decode(raw)),
        false => Cow::Borrowed(raw),
    };
    if matches!(&*decoded, "" | "/") || !(decoded.contains('.') || decoded.contains("//")) {
        return decoded;
    }
    Cow::Owned(follow_dots(&decoded))
}

fn decode(raw: &str) -> String {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut left = raw.as_bytes();
    while let Some((&byte, next)) = left.split_first() {
        match (byte, escaped(next)) {
            (b'%', Some(value)) => {
                match RESERVED.contains(&value) {
                    true => push_escaped(&mut decoded, value),
                    false => decoded.push(value),
                }
                left = &next[2..];
            }
            _ => {
                decoded.push(byte);
                left = next;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|error| escape_broken(error.as_bytes()))
}

/// The byte that two hexadecimal digits name.
fn escaped(digits: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

fn push_escaped(text: &mut Vec<u8>, byte: u8) {
    let digit = |value: u8| HEX[usize::from(value)];
    text.extend([b'%', digit(byte >> 4), digit(byte & 15)]);
}

/// Escapes what is no UTF-8.
fn escape_broken(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        text.extend(chunk.valid().as_bytes());
        for byte in chunk.invalid() {
            push_escaped(&mut text, *byte);
        }
    }
    String::from_utf8(text).expect("valid chunks and ASCII only")
}

/// Follows `.` and `..` and merges slashes: RFC 3986, 5.2.4. Text before the first slash is a
/// segment like any other.
fn follow_dots(path: &str) -> String {
    let mut followed = String::with_capacity(path.len());
    let mut left = path;
    while !left.is_empty() {
        let next = match left {
            "/." => "/",
            "/.." => {
                drop_segment(&mut followed);
                "/"
            }
            "." | ".." => "",
            _ => {
                if let Some(next) = left.strip_prefix("../").or(left.strip_prefix("./")) {
                    next
                } else if left.starts_with("/./") {
                    &left[2..]
                } else if left.starts_with("/../") {
                    drop_segment(&mut followed);
                    &left[3..]
                } else if left.starts_with("//") {
                    &left[1..]
                } else {
                    let end = left.char_indices().skip(1).find(|&(_, c)| c == '/');
                    let (segment, next) = left.split_at(end.map_or(left.len(), |(at, _)| at));
                    followed.push_str(segment);
                    next
                }
            }
        };
        left = next;
    }
    followed
}

fn drop_segment(path: &mut String) {
    path.truncate(path.rfind('/').unwrap_or(0));
}

/// The path for the upstream (Kong's `path_handling` v0).
///
/// `base` is the path of the service, `path` the normalised one of the request; `matched` says how
/// many bytes of it the route takes away, `None` that it takes none: also right where it would but
/// its match does not look at the path. The result is still to be escaped ([`escape_path`]).
#[must_use]
pub fn join_upstream_path(base: &str, path: &str, matched: Option<usize>) -> String {
    let open = base.strip_suffix('/');
    let Some(matched) = matched else {
        return match open {
            Some(open) => [open, "/", after_first(path)].concat(),
            None if path == "/" => base.to_owned(),
            None => [base, path].concat(),
        };
    };
    let rest = without_dots(&path[path.floor_char_boundary(matched)..]);
    let slash = path.ends_with('/');
    match (open, rest) {
        (Some(""), "") => "/".to_owned(),
        (Some(_), "") if slash => base.to_owned(),
        (Some(open), "") => open.to_owned(),
        (Some(open), rest) if rest.starts_with('/') => [open, rest].concat(),
        (Some(_), rest) => [base, rest].concat(),
        (None, "") if slash && path.len() > 1 => [base, "/"].concat(),
        (None, "") => base.to_owned(),
        (None, rest) if rest.starts_with('/') => [base, rest].concat(),
        (None, rest) => [base, "/", rest].concat(),
    }
}

/// A path without its first slash; what begins with something else loses that instead.
fn after_first(path: &str) -> &str {
    let mut characters = path.chars();
    characters.next();
    characters.as_str()
}

/// What is left of a path may begin with dots that were the end of a segment.
fn without_dots(rest: &str) -> &str {
    match rest {
        "." | ".." => "",
        rest => {
            let cut = rest.strip_prefix("./").or(rest.strip_prefix("../"));
            cut.unwrap_or(rest)
        }
    }
}

/// A path as it is sent: whatever is neither a letter, a digit, `-._~`, a separator nor `%` is
/// escaped, byte by byte.
#[must_use]
pub fn escape_path(path: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || SENT_PLAIN.contains(&byte);
    if path.bytes().all(plain) {
        return Cow::Borrowed(path);
    }
    let mut escaped = Vec::with_capacity(path.len() + 16);
    for byte in path.bytes() {
        match plain(byte) {
            true => escaped.push(byte),
            false => push_escaped(&mut escaped, byte),
        }
    }
    Cow::Owned(String::from_utf8(escaped).expect("ASCII only"))
}
