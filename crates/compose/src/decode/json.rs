//! JSON in, as Go's `json.Decoder` with `UseNumber` reads it.
//!
//! One value is read and whatever follows it is ignored. Numbers keep their text. Bytes that are
//! not UTF-8 and surrogates without a partner become U+FFFD. Strings without escapes are slices of
//! the body: parsing allocates for lists, maps and escaped strings only.

use bytes::Bytes;

use super::DecodeError;
use super::string;
use crate::limits::JSON_DEPTH_MAX;
use crate::{Json, Object, Text};

/// Reads the first JSON value of `body`.
///
/// # Errors
/// The text of Go's decoder: `EOF` for a body without a value, `unexpected EOF` for a value without
/// an end, `invalid character ...` with its place; nesting is bounded by
/// [`JSON_DEPTH_MAX`](crate::limits::JSON_DEPTH_MAX).
pub fn parse(body: Bytes) -> Result<Json, DecodeError> {
    let text = match Text::try_from(body.clone()) {
        Ok(text) => text,
        Err(_) => Text::from(string::repair(&body)),
    };
    let mut parser = Parser {
        source: &text,
        bytes: text.as_str().as_bytes(),
        at: 0,
        depth: 0,
    };
    parser.skip_space();
    if parser.at == parser.bytes.len() {
        return Err(DecodeError::Empty);
    }
    parser.value()
}

struct Parser<'a> {
    source: &'a Text,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    /// Reads the value that begins at the cursor; space before it is already skipped.
    fn value(&mut self) -> Result<Json, DecodeError> {
        match self.peek()? {
            b'{' => self.nested(Self::object),
            b'[' => self.nested(Self::array),
            b'"' => self.string().map(Json::String),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.literal("true", Json::Bool(true)),
            b'f' => self.literal("false", Json::Bool(false)),
            b'n' => self.literal("null", Json::Null),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    fn nested(
        &mut self,
        inside: impl FnOnce(&mut Self) -> Result<Json, DecodeError>,
    ) -> Result<Json, DecodeError> {
        if self.depth == JSON_DEPTH_MAX {
            return Err(self.unexpected("exceeded max depth"));
        }
        self.depth += 1;
        self.at += 1;
        self.skip_space();
        let value = inside(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Json, DecodeError> {
        let mut entries = Vec::new();
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(Json::Object(Object::new()));
        }
        loop {
            if self.peek()? != b'"' {
                return Err(self.unexpected("looking for beginning of object key string"));
            }
            let key = self.string()?;
            self.skip_space();
            if self.peek()? != b':' {
                return Err(self.unexpected("after object key"));
            }
            self.at += 1;
            self.skip_space();
            entries.push((key, self.value()?));
            if self.ends(b'}', "after object key:value pair")? {
                return Ok(Json::Object(Object::from_entries(entries)));
            }
        }
    }

    fn array(&mut self) -> Result<Json, DecodeError> {
        let mut items = Vec::new();
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value()?);
            if self.ends(b']', "after array element")? {
                return Ok(Json::Array(items));
            }
        }
    }

    /// Steps over a comma (then `false`) or over the closing byte (then `true`).
    fn ends(&mut self, close: u8, place: &'static str) -> Result<bool, DecodeError> {
        self.skip_space();
        let byte = self.peek()?;
        if byte != b',' && byte != close {
            return Err(self.unexpected(place));
        }
        self.at += 1;
        if byte == close {
            return Ok(true);
        }
        self.skip_space();
        Ok(false)
    }

    fn string(&mut self) -> Result<Text, DecodeError> {
        let (text, end) = string::read(self.source, self.at + 1)?;
        self.at = end;
        Ok(text)
    }

    fn number(&mut self) -> Result<Json, DecodeError> {
        let start = self.at;
        if self.bytes[self.at] == b'-' {
            self.at += 1;
        }
        match self.peek()? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.skip_digits(),
            _ => return Err(self.unexpected("in numeric literal")),
        }
        if self.at_byte(b'.') {
            self.at += 1;
            self.expect_digit("after decimal point in numeric literal")?;
        }
        if self.at_byte(b'e') || self.at_byte(b'E') {
            self.at += 1;
            if matches!(self.peek()?, b'+' | b'-') {
                self.at += 1;
            }
            self.expect_digit("in exponent of numeric literal")?;
        }
        let text = &self.source.as_str()[start..self.at];
        Ok(Json::Number(self.source.slice(text)))
    }

    fn expect_digit(&mut self, place: &'static str) -> Result<(), DecodeError> {
        if !self.peek()?.is_ascii_digit() {
            return Err(self.unexpected(place));
        }
        self.skip_digits();
        Ok(())
    }

    fn skip_digits(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
    }

    fn literal(&mut self, name: &'static str, value: Json) -> Result<Json, DecodeError> {
        for expected in name.bytes() {
            let found = self.peek()?;
            if found != expected {
                let expected = char::from(expected);
                let place = format!("in literal {name} (expecting '{expected}')");
                return Err(DecodeError::Syntax {
                    found,
                    place: place.into(),
                });
            }
            self.at += 1;
        }
        Ok(value)
    }

    #[inline]
    fn skip_space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    #[inline]
    fn peek(&self) -> Result<u8, DecodeError> {
        self.bytes
            .get(self.at)
            .copied()
            .ok_or(DecodeError::Truncated)
    }

    fn at_byte(&self, byte: u8) -> bool {
        self.bytes.get(self.at) == Some(&byte)
    }

    fn unexpected(&self, place: &'static str) -> DecodeError {
        match self.bytes.get(self.at) {
            Some(&found) => DecodeError::Syntax {
                found,
                place: place.into(),
            },
            None => DecodeError::Truncated,
        }
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
