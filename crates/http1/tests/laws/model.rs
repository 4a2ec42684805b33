//! Chunks read the slow way: all bytes are there, and each line is looked at by itself.

use haleway_http1::read_response;
use http::HeaderMap;

/// What the bytes say.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Model {
    pub(crate) data: Vec<u8>,
    /// Where the body ends, and what stands behind its last chunk. `None` where it does not end:
    /// more must come, or it breaks the rules.
    pub(crate) end: Option<(usize, HeaderMap)>,
}

pub(crate) fn decode(input: &[u8]) -> Model {
    let mut model = Model::default();
    let mut at = 0;
    while let Some((size, behind)) = size_line(input, at) {
        at = behind;
        if size == 0 {
            model.end = section(&input[at..]).map(|(bytes, trailers)| (at + bytes, trailers));
            return model;
        }
        let rest = &input[at..];
        let count = usize::try_from(size).unwrap().min(rest.len());
        model.data.extend_from_slice(&rest[..count]);
        at += count;
        if !input[at..].starts_with(b"\r\n") {
            return model;
        }
        at += 2;
    }
    model
}

/// The size that a line says, and where the line ends.
fn size_line(input: &[u8], from: usize) -> Option<(u64, usize)> {
    let behind = from + input[from..].iter().position(|byte| *byte == b'\n')? + 1;
    let line = input[from..behind].strip_suffix(b"\r\n")?;
    if line.contains(&b'\r') {
        return None;
    }
    let said = line.split(|byte| *byte == b';').next()?;
    let digits = std::str::from_utf8(said)
        .ok()?
        .trim_end_matches([' ', '\t']);
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let size = u64::from_str_radix(digits, 16).ok()?;
    plain.then_some((size, behind))
}

/// A trailer section is what could be the headers of a head, each line with both of its last
/// characters. Its bytes, and what it says.
fn section(rest: &[u8]) -> Option<(usize, HeaderMap)> {
    if rest.starts_with(b"\r\n") {
        return Some((2, HeaderMap::new()));
    }
    let end = rest.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let lines = &rest[..end];
    let bare = (0..end).any(|at| lines[at] == b'\n' && (at == 0 || lines[at - 1] != b'\r'));
    let start = b"HTTP/1.1 200 OK\r\n";
    let head = read_response(&[start, lines].concat(), false).ok()??;
    (!bare).then_some((end, head.head.headers))
}
