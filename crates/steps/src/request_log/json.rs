//! Writes JSON into a buffer.

use std::io::Write as _;

use http::{HeaderMap, HeaderName};

use super::secrets::{HIDDEN, Secrets};
use crate::arguments;

/// Writes JSON values.
pub(super) struct JsonWriter<'a> {
    out: &'a mut Vec<u8>,
}

/// Writes the fields of an object.
pub(super) struct Fields<'a, 'w> {
    json: &'a mut JsonWriter<'w>,
    first: bool,
}

/// The values of an argument; `None` for a name alone.
struct Named {
    name: Vec<u8>,
    values: Vec<Option<Vec<u8>>>,
}

impl<'w> JsonWriter<'w> {
    pub(super) fn new(out: &'w mut Vec<u8>) -> Self {
        Self { out }
    }

    /// An object.
    pub(super) fn object(&mut self, fields: impl FnOnce(&mut Fields<'_, 'w>)) {
        self.out.push(b'{');
        fields(&mut Fields {
            json: self,
            first: true,
        });
        self.out.push(b'}');
    }

    /// A list.
    pub(super) fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.out.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            write(self, item);
        }
        self.out.push(b']');
    }

    /// Text that is JSON; line breaks between its tokens become blanks.
    pub(super) fn raw(&mut self, json: &str) {
        let blank = |byte: u8| {
            if matches!(byte, b'\n' | b'\r') {
                b' '
            } else {
                byte
            }
        };
        self.out.extend(json.bytes().map(blank));
    }

    /// A text. Bytes that are none become replacement characters.
    pub(super) fn string(&mut self, bytes: &[u8]) {
        self.out.push(b'"');
        for chunk in bytes.utf8_chunks() {
            for byte in chunk.valid().bytes() {
                self.byte(byte);
            }
            if !chunk.invalid().is_empty() {
                self.out.extend_from_slice("\u{fffd}".as_bytes());
            }
        }
        self.out.push(b'"');
    }

    fn byte(&mut self, byte: u8) {
        match byte {
            b'"' => self.out.extend_from_slice(b"\\\""),
            b'\\' => self.out.extend_from_slice(b"\\\\"),
            b'\n' => self.out.extend_from_slice(b"\\n"),
            b'\r' => self.out.extend_from_slice(b"\\r"),
            b'\t' => self.out.extend_from_slice(b"\\t"),
            0..0x20 | 0x7f => {
                write!(self.out, "\\u{byte:04x}").expect("a Vec takes everything");
            }
            _ => self.out.push(byte),
        }
    }

    /// Headers; a list where a name stands more than once.
    pub(super) fn headers(&mut self, headers: &HeaderMap, hides: impl Fn(&HeaderName) -> bool) {
        self.object(|fields| {
            for name in headers.keys() {
                let values: Vec<_> = headers.get_all(name).iter().collect();
                fields.field(name.as_str(), |json| match values.as_slice() {
                    _ if hides(name) => json.string(HIDDEN.as_bytes()),
                    [value] => json.string(value.as_bytes()),
                    values => json.list(values, |json, value| json.string(value.as_bytes())),
                });
            }
        });
    }

    /// The arguments of a query; a name alone is `true`.
    pub(super) fn arguments(&mut self, query: &str, secrets: &Secrets<'_>) {
        let mut list: Vec<Named> = Vec::new();
        for (name, value) in arguments::all(query.as_bytes()) {
            let value = value.map(Into::into);
            match list.iter_mut().find(|known| *known.name == *name) {
                Some(known) => known.values.push(value),
                None => list.push(Named {
                    name: name.into(),
                    values: vec![value],
                }),
            }
        }
        let write = |json: &mut Self, value: &Option<Vec<u8>>| match value {
            Some(value) => json.string(value),
            None => json.raw("true"),
        };
        self.object(|fields| {
            for Named { name, values } in &list {
                let shown = String::from_utf8_lossy(name);
                fields.field(&shown, |json| match values.as_slice() {
                    _ if secrets.hides_argument(name) => json.string(HIDDEN.as_bytes()),
                    [value] => write(json, value),
                    values => json.list(values, write),
                });
            }
        });
    }
}

impl<'w> Fields<'_, 'w> {
    /// A field.
    pub(super) fn field(&mut self, name: &str, value: impl FnOnce(&mut JsonWriter<'w>)) {
        if !std::mem::replace(&mut self.first, false) {
            self.json.out.push(b',');
        }
        self.json.string(name.as_bytes());
        self.json.out.push(b':');
        value(self.json);
    }

    /// A field that is a text.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.field(name, |json| json.string(value.as_bytes()));
    }

    /// A field that is a whole number.
    pub(super) fn number(&mut self, name: &str, value: u64) {
        self.field(name, |json| {
            write!(json.out, "{value}").expect("a Vec takes everything");
        });
    }
}
