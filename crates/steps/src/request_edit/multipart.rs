//! A form in parts (RFC 7578), to be changed and written anew.

use super::fields::Fields;

/// Parts that are looked at; a form of more stays as it is.
const PARTS_MAX: usize = 1_000;

/// A form in parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Multipart<'a> {
    /// The line between parts, with its dashes.
    delimiter: Vec<u8>,
    parts: Vec<Part<'a>>,
}

#[derive(Debug, PartialEq, Eq)]
struct Part<'a> {
    /// Empty where the part has no name.
    name: Vec<u8>,
    content: Content<'a>,
}

#[derive(Debug, PartialEq, Eq)]
enum Content<'a> {
    /// As it came: headers, an empty line, the value.
    Received { whole: &'a [u8], value: &'a [u8] },
    /// A value that was put in its place.
    Set(Vec<u8>),
}

impl<'a> Multipart<'a> {
    /// Reads a form; an empty body is a form without parts.
    pub(super) fn parse(body: &'a [u8], content_type: &[u8]) -> Option<Self> {
        let mut delimiter = b"--".to_vec();
        delimiter.extend_from_slice(boundary(content_type)?);
        let mut parts = Vec::new();
        // The text before the first line and behind the last one means nothing.
        let mut rest = find(body, &delimiter).map_or(&b""[..], |at| &body[at + delimiter.len()..]);
        while !rest.is_empty() && !rest.starts_with(b"--") {
            if parts.len() == PARTS_MAX {
                return None;
            }
            let begin = rest.strip_prefix(b"\r\n").or(rest.strip_prefix(b"\n"))?;
            let end = find(begin, &delimiter)?;
            let whole = &begin[..end];
            let whole = whole.strip_suffix(b"\n").unwrap_or(whole);
            parts.push(Part::parse(whole.strip_suffix(b"\r").unwrap_or(whole)));
            rest = &begin[end + delimiter.len()..];
        }
        Some(Self { delimiter, parts })
    }

    pub(super) fn written(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for part in &self.parts {
            out.extend_from_slice(&self.delimiter);
            out.extend_from_slice(b"\r\n");
            match &part.content {
                Content::Received { whole, .. } => out.extend_from_slice(whole),
                Content::Set(value) => {
                    out.extend_from_slice(b"Content-Disposition: form-data; name=\"");
                    out.extend_from_slice(&part.name);
                    out.extend_from_slice(b"\"\r\n\r\n");
                    out.extend_from_slice(value);
                }
            }
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(&self.delimiter);
        out.extend_from_slice(b"--\r\n");
        out
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.parts
            .iter()
            .position(|part| part.name == name.as_bytes())
    }
}

impl<'a> Part<'a> {
    fn parse(whole: &'a [u8]) -> Self {
        let (headers, value) = match (find(whole, b"\r\n\r\n"), find(whole, b"\n\n")) {
            (Some(at), _) => (&whole[..at], &whole[at + 4..]),
            (None, Some(at)) => (&whole[..at], &whole[at + 2..]),
            (None, None) => (whole, &b""[..]),
        };
        Self {
            name: name(headers).unwrap_or_default().to_vec(),
            content: Content::Received { whole, value },
        }
    }

    fn value(&self) -> &[u8] {
        match &self.content {
            Content::Received { value, .. } => value,
            Content::Set(value) => value,
        }
    }
}

impl Fields for Multipart<'_> {
    fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn remove(&mut self, name: &str) {
        self.parts.retain(|part| part.name != name.as_bytes());
    }

    fn rename(&mut self, from: &str, to: &str) -> bool {
        let Some(at) = self.find(from) else {
            return false;
        };
        let value = self.parts[at].value().to_vec();
        self.set(to, value);
        self.remove(from);
        true
    }

    fn set(&mut self, name: &str, value: Vec<u8>) {
        // A quote or a line's end would let a value write headers.
        let fits = |byte: &u8| !matches!(byte, b'"' | b'\r' | b'\n');
        let part = Part {
            name: name.bytes().filter(fits).collect(),
            content: Content::Set(value),
        };
        match self.find(name) {
            Some(at) => self.parts[at] = part,
            None => self.parts.push(part),
        }
    }

    fn append(&mut self, _: &str, _: Vec<u8>) {}
}

/// The boundary that a content type names.
fn boundary(content_type: &[u8]) -> Option<&[u8]> {
    let at = find_any_case(content_type, b"boundary=")?;
    let rest = &content_type[at + b"boundary=".len()..];
    let boundary = match rest.strip_prefix(b"\"") {
        Some(quoted) => quoted.split(|byte| *byte == b'"').next()?,
        None => rest.split(|byte| *byte == b';').next()?.trim_ascii(),
    };
    (!boundary.is_empty()).then_some(boundary)
}

/// The name that the headers of a part give it.
fn name(headers: &[u8]) -> Option<&[u8]> {
    let mut lines = headers.split(|byte| *byte == b'\n');
    let line = lines.find(|line| find_any_case(line, b"content-disposition:") == Some(0))?;
    line.split(|byte| *byte == b';').find_map(|parameter| {
        let value = parameter.trim_ascii().strip_prefix(b"name=")?;
        let quoted = value
            .strip_prefix(b"\"")
            .and_then(|it| it.strip_suffix(b"\""));
        Some(quoted.unwrap_or(value))
    })
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, what)
}

fn find_any_case(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len())
        .position(|part| part.eq_ignore_ascii_case(what))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORM: &str = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--b\r\n\
        content-disposition: form-data; name=\"f\"; filename=\"x.bin\"\r\nContent-Type: x/y\r\n\r\n\
        \r\n\x00\x01\r\n\r\n--b--\r\n";

    #[test]
    fn what_is_not_changed_is_written_as_it_came() {
        let form = Multipart::parse(FORM.as_bytes(), b"multipart/form-data; boundary=b").unwrap();
        assert!(form.has("a") && form.has("f") && !form.has("b"));
        assert_eq!(String::from_utf8_lossy(&form.written()), FORM);
    }

    #[test]
    fn parts_are_changed() {
        let content_type = b"multipart/form-data; boundary=\"b\"; charset=utf-8";
        let mut form = Multipart::parse(FORM.as_bytes(), content_type).unwrap();
        form.remove("f");
        assert!(form.rename("a", "n"));
        form.set("s", b"two".to_vec());
        form.set("n\"\r\nX: y", b"".to_vec());
        let part = |name: &str, value: &str| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let expected = part("n", "one") + &part("s", "two") + &part("nX: y", "") + "--b--\r\n";
        assert_eq!(String::from_utf8_lossy(&form.written()), expected);
    }

    #[test]
    fn a_form_needs_a_boundary_and_whole_lines() {
        assert!(Multipart::parse(FORM.as_bytes(), b"multipart/form-data").is_none());
        assert!(Multipart::parse(b"--b\r\nno end", b"x; boundary=b").is_none());
        assert!(Multipart::parse(b"--bxyz", b"x; boundary=b").is_none());
        let empty = Multipart::parse(b"", b"x; boundary=b").unwrap();
        assert_eq!(empty.written(), b"--b--\r\n");
        let many = FORM[..FORM.len() - 7].repeat(600);
        assert!(Multipart::parse(many.as_bytes(), b"x; boundary=b").is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(
            body in prop::collection::vec(prop_oneof![
                Just(b"--b".to_vec()), Just(b"\r\n".to_vec()), Just(b"name=\"a\"".to_vec()),
                prop::collection::vec(any::<u8>(), 0..6),
            ], 0..40),
            content_type in prop::collection::vec(any::<u8>(), 0..10),
        ) {
            let body = body.concat();
            let content_type = [b"boundary=b;".to_vec(), content_type].concat();
            if let Some(mut form) = Multipart::parse(&body, &content_type) {
                form.rename("a", "b");
                form.set("c", body.clone());
                let written = form.written();
                prop_assert!(written.ends_with(b"--b--\r\n"));
            }
        }
    }
}
