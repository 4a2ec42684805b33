//! A field of a form with parts (RFC 7578): what `curl -F config=@kong.yml` sends.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// Parts that are looked at.
const PARTS_MAX: usize = 16;

/// Bytes of a part's head.
const HEAD_BYTES_MAX: usize = 4096;

/// The bytes of a field.
pub(super) fn field<'a>(headers: &HeaderMap, body: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let boundary = boundary(headers)?;
    let delimiter = format!("--{boundary}");
    let mut rest = behind(body, delimiter.as_bytes())?;
    let next = format!("\r\n{delimiter}");
    for _ in 0..PARTS_MAX {
        let part = rest.strip_prefix(b"\r\n")?;
        let end = find(part, next.as_bytes())?;
        let head = find(&part[..end.min(HEAD_BYTES_MAX)], b"\r\n\r\n")?;
        if is_named(&part[..head], name) {
            return part.get(head + 4..end);
        }
        rest = &part[end + next.len()..];
    }
    None
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let mut parameters = text.split(';').skip(1);
    let value = parameters.find_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then_some(value)
    })?;
    let value = value.trim_matches('"');
    (!value.is_empty()).then(|| value.to_owned())
}

fn is_named(head: &[u8], name: &str) -> bool {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    lines.any(|line| {
        let mut parts = line.split(';');
        let disposition = parts.next().unwrap_or_default().to_ascii_lowercase();
        disposition.starts_with("content-disposition:")
            && parts.any(|part| {
                part.trim() == format!("name=\"{name}\"") || part.trim() == format!("name={name}")
            })
    })
}

fn behind<'a>(bytes: &'a [u8], what: &[u8]) -> Option<&'a [u8]> {
    let at = find(bytes, what)?;
    bytes.get(at + what.len()..)
}

/// Where bytes stand in others.
fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    let first = *what.first()?;
    let mut from = 0;
    while let Some(at) = bytes.get(from..)?.iter().position(|byte| *byte == first) {
        let at = from + at;
        if bytes[at..].starts_with(what) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}
