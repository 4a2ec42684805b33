//! Bodies of `multipart/form-data` (RFC 7578).

use std::ops::Range;

/// How the parts of a body are told from one another.
#[derive(Debug)]
pub(crate) struct Multipart {
    /// `--` and the boundary.
    delimiter: Vec<u8>,
}

/// One part.
struct Part {
    /// From its delimiter to the next one.
    whole: Range<usize>,
    /// Its content.
    content: Range<usize>,
    /// The name in its `Content-Disposition`.
    name: Option<Vec<u8>>,
}

impl Multipart {
    /// Takes the boundary out of a `Content-Type`.
    pub(crate) fn of(content_type: &[u8]) -> Option<Self> {
        let boundary = parameter(content_type, b"boundary")?;
        (!boundary.is_empty()).then(|| Self {
            delimiter: [b"--", boundary].concat(),
        })
    }

    /// The content of the last part of a name.
    pub(crate) fn find<'a>(&self, body: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
        let parts = self.parts(body);
        let part = parts.filter(|part| part.is(name)).last()?;
        body.get(part.content)
    }

    /// The body without the parts of a name; `None` where there is none.
    pub(crate) fn without(&self, body: &[u8], name: &[u8]) -> Option<Vec<u8>> {
        let mut kept = Vec::with_capacity(body.len());
        let mut end = 0;
        for part in self.parts(body).filter(|part| part.is(name)) {
            kept.extend_from_slice(body.get(end..part.whole.start)?);
            end = part.whole.end;
        }
        if end == 0 {
            return None;
        }
        kept.extend_from_slice(body.get(end..)?);
        Some(kept)
    }

    fn parts(&self, body: &[u8]) -> impl Iterator<Item = Part> {
        let mut start = find(body, &self.delimiter);
        std::iter::from_fn(move || {
            let at = start?;
            let inner = at + self.delimiter.len();
            let length = find(body.get(inner..)?, &self.delimiter)?;
            start = Some(inner + length);
            Some(Part::of(body, at, inner..inner + length))
        })
    }
}

impl Part {
    fn of(body: &[u8], at: usize, inner: Range<usize>) -> Self {
        let text = &body[inner.clone()];
        let (head, content) = match find(text, b"\r\n\r\n") {
            Some(end) => (&text[..end], inner.start + end + 4),
            None => (text, inner.end),
        };
        let closing = if text.ends_with(b"\r\n") { 2 } else { 0 };
        let content_end = inner.end.saturating_sub(closing).max(content);
        Self {
            whole: at..inner.end,
            content: content..content_end,
            name: name_in(head),
        }
    }

    fn is(&self, name: &[u8]) -> bool {
        self.name.as_deref() == Some(name)
    }
}

fn name_in(head: &[u8]) -> Option<Vec<u8>> {
    const FIELD: &[u8] = b"content-disposition:";
    let mut lines = head.split(|byte| *byte == b'\n');
    let line = lines.find(|line| {
        let start = line.get(..FIELD.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(FIELD))
    })?;
    parameter(line, b"name").map(<[u8]>::to_vec)
}

/// The value of a parameter behind a `;`, without quotes.
fn parameter<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut parameters = text.split(|byte| *byte == b';').skip(1);
    parameters.find_map(|parameter| {
        let parameter = parameter.trim_ascii();
        let (its_name, value) = parameter.split_at_checked(name.len())?;
        let value = value.trim_ascii_start().strip_prefix(b"=")?.trim_ascii();
        let inner = value.strip_prefix(b"\"").map(|value| {
            let end = value.iter().position(|byte| *byte == b'"');
            &value[..end.unwrap_or(value.len())]
        });
        its_name
            .eq_ignore_ascii_case(name)
            .then_some(inner.unwrap_or(value))
    })
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &[u8] = b"multipart/form-data; boundary=\"x y\"";
    const BODY: &str = "--x y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\
        --x y\r\ncontent-disposition: form-data; name=b\r\nX: y\r\n\r\n2\r\n3\r\n--x y--\r\n";

    #[test]
    fn parts_are_found_by_name() {
        let multipart = Multipart::of(TYPE).unwrap();
        let find = |name: &str| multipart.find(BODY.as_bytes(), name.as_bytes());
        assert_eq!(find("a"), Some(&b"1"[..]));
        assert_eq!(find("b"), Some(&b"2\r\n3"[..]));
        assert_eq!(find("c"), None);
        assert!(Multipart::of(b"multipart/form-data").is_none());
        assert!(Multipart::of(b"multipart/form-data; boundary=").is_none());
    }

    #[test]
    fn a_part_is_taken_out() {
        let multipart = Multipart::of(TYPE).unwrap();
        let without = |name: &str| multipart.without(BODY.as_bytes(), name.as_bytes());
        let left = String::from_utf8(without("a").unwrap()).unwrap();
        assert!(left.starts_with("--x y\r\ncontent-disposition: form-data; name=b"));
        assert!(left.ends_with("2\r\n3\r\n--x y--\r\n"));
        assert_eq!(without("c"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_body_panics(body in "(--b|\r\n\r\n|\r\n|name=\"?a|content-disposition:|;| |.)*") {
            let multipart = Multipart::of(b"x; boundary=b").unwrap();
            let found = multipart.find(body.as_bytes(), b"a").is_some();
            let without = multipart.without(body.as_bytes(), b"a");
            assert_eq!(found, without.is_some());
            if let Some(without) = without {
                assert!(without.len() < body.len());
            }
        }
    }
}
