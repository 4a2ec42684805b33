//! One text form for everything that a trace or a snapshot holds: words with a space between them.
//!
//! A number is its decimals, a text stands behind `'` with what is not plain written as `%XX`, an
//! absent value is `-`, a present one `+` and the value, a list its length and its items, a variant
//! its word and its fields. Reading never panics and never reserves memory for a length that it has
//! not seen the items of.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

/// A text that is no trace or snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// What was expected.
    pub expected: &'static str,
    /// Which word of the line it was, from 0.
    pub word: usize,
}

impl fmt::Display for Malformed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "word {}: expected {}", self.word, self.expected)
    }
}

impl core::error::Error for Malformed {}

/// Something with a text form.
pub(crate) trait Wire: Sized {
    /// Appends its words.
    fn put(&self, out: &mut String);
    /// Reads its words.
    fn take(words: &mut Words<'_>) -> Result<Self, Malformed>;
}

/// The text form of a value.
pub(crate) fn encode<T: Wire>(value: &T) -> String {
    let mut out = String::new();
    value.put(&mut out);
    out
}

/// The value of a text form; the text holds nothing else.
pub(crate) fn decode<T: Wire>(text: &str) -> Result<T, Malformed> {
    let mut words = Words::new(text);
    let value = T::take(&mut words)?;
    match words.rest.next() {
        None => Ok(value),
        Some(_) => Err(words.wrong("the end of the line")),
    }
}

/// Appends one word.
pub(crate) fn word(out: &mut String, word: &str) {
    if !out.is_empty() {
        out.push(' ');
    }
    out.push_str(word);
}

/// The words of a line, read from the left.
pub(crate) struct Words<'a> {
    rest: core::str::SplitAsciiWhitespace<'a>,
    read: usize,
}

impl<'a> Words<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            rest: text.split_ascii_whitespace(),
            read: 0,
        }
    }

    pub(crate) fn next(&mut self, expected: &'static str) -> Result<&'a str, Malformed> {
        let word = self.rest.next().ok_or_else(|| self.wrong(expected))?;
        self.read += 1;
        Ok(word)
    }

    pub(crate) fn wrong(&self, expected: &'static str) -> Malformed {
        Malformed {
            expected,
            word: self.read,
        }
    }
}

macro_rules! wire_number {
    ($($kind:ty),*) => { $(
        impl Wire for $kind {
            fn put(&self, out: &mut String) {
                if !out.is_empty() {
                    out.push(' ');
                }
                // Writing to a String cannot fail.
                let _ = write!(out, "{self}");
            }
            fn take(words: &mut Words<'_>) -> Result<Self, Malformed> {
                let word = words.next("a number")?;
                word.parse().map_err(|_| words.wrong("a number"))
            }
        }
    )* };
}

wire_number!(u8, u16, u32, u64);

impl Wire for bool {
    fn put(&self, out: &mut String) {
        word(out, if *self { "yes" } else { "no" });
    }

    fn take(words: &mut Words<'_>) -> Result<Self, Malformed> {
        match words.next("yes or no")? {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err(words.wrong("yes or no")),
        }
    }
}

impl Wire for String {
    fn put(&self, out: &mut String) {
        word(out, "'");
        for byte in self.bytes() {
            if byte.is_ascii_graphic() && byte != b'%' {
                out.push(char::from(byte));
            } else {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }

    fn take(words: &mut Words<'_>) -> Result<Self, Malformed> {
        let text = words.next("a text")?.strip_prefix('\'');
        text.and_then(unescape)
            .ok_or_else(|| words.wrong("a text behind '"))
    }
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut String) {
        match self {
            None => word(out, "-"),
            Some(value) => {
                word(out, "+");
                value.put(out);
            }
        }
    }

    fn take(words: &mut Words<'_>) -> Result<Self, Malformed> {
        match words.next("- or +")? {
            "-" => Ok(None),
            "+" => T::take(words).map(Some),
            _ => Err(words.wrong("- or +")),
        }
    }
}

impl<T: Wire> Wire for Box<T> {
    fn put(&self, out: &mut String) {
        (**self).put(out);
    }

    fn take(words: &mut Words<'_>) -> Result<Self, Malformed> {
        T::take(words).map(Self::new)
    }
}

impl<T: Wire> Wire for Arc<T> {
    fn put(&self, out: &mut String) {
        (**self).put(out);
    }

    fn take(words: &mut Words<'_>) -> Result<Self, Malformed> {
        T::take(words).map(Self::new)
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, out: &mut String) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(words: &mut Words<'_>) -> Result<Self, Malformed> {
        Ok((A::take(words)?, B::take(words)?))
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut String) {
        put_all(self.len(), self.iter(), out);
    }

    fn take(words: &mut Words<'_>) -> Result<Self, Malformed> {
        let length = u64::take(words)?;
        (0..length).map(|_| T::take(words)).collect()
    }
}

impl<T: Wire> Wire for VecDeque<T> {
    fn put(&self, out: &mut String) {
        put_all(self.len(), self.iter(), out);
    }

    fn take(words: &mut Words<'_>) -> Result<Self, Malformed> {
        Vec::take(words).map(Self::from)
    }
}

impl<K: Wire + Ord, V: Wire> Wire for BTreeMap<K, V> {
    fn put(&self, out: &mut String) {
        u64::try_from(self.len()).unwrap_or(u64::MAX).put(out);
        for (key, value) in self {
            key.put(out);
            value.put(out);
        }
    }

    fn take(words: &mut Words<'_>) -> Result<Self, Malformed> {
        let length = u64::take(words)?;
        (0..length).map(|_| <(K, V)>::take(words)).collect()
    }
}

fn put_all<'a, T: Wire + 'a>(length: usize, items: impl Iterator<Item = &'a T>, out: &mut String) {
    u64::try_from(length).unwrap_or(u64::MAX).put(out);
    for item in items {
        item.put(out);
    }
}

/// Gives a struct its text form: its fields in the order given.
macro_rules! wire_struct {
    ($name:ident { $($field:tt),* $(,)? }) => {
        impl $crate::wire::Wire for $name {
            fn put(&self, out: &mut alloc::string::String) {
                $( self.$field.put(out); )*
            }
            fn take(
                words: &mut $crate::wire::Words<'_>,
            ) -> Result<Self, $crate::wire::Malformed> {
                Ok(Self { $( $field: $crate::wire::Wire::take(words)? ),* })
            }
        }
    };
}

/// Gives an enum its text form: the variant's word, then its fields.
macro_rules! wire_enum {
    ($name:ident { $( $variant:ident $( ( $($part:ident),* ) )? $( { $($field:ident),* } )?
        = $tag:literal ),* $(,)? }) => {
        impl $crate::wire::Wire for $name {
            fn put(&self, out: &mut alloc::string::String) {
                match self { $(
                    Self::$variant $( ( $($part),* ) )? $( { $($field),* } )? => {
                        $crate::wire::word(out, $tag);
                        $( $( $part.put(out); )* )?
                        $( $( $field.put(out); )* )?
                    }
                )* }
            }
            fn take(
                words: &mut $crate::wire::Words<'_>,
            ) -> Result<Self, $crate::wire::Malformed> {
                match words.next(stringify!($name))? {
                    $( $tag => {
                        $( $( let $part = $crate::wire::Wire::take(words)?; )* )?
                        $( $( let $field = $crate::wire::Wire::take(words)?; )* )?
                        Ok(Self::$variant $( ( $($part),* ) )? $( { $($field),* } )?)
                    } )*
                    _ => Err(words.wrong(stringify!($name))),
                }
            }
        }
    };
}
