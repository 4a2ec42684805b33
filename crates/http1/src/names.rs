//! How header names are spelled. Names mean the same in any case (RFC 9110, 5.1), but some readers
//! care, so a name goes out as whoever wrote it has spelled it.
//!
//! Nearly all names begin each of their words with a capital and follow it by small letters, so
//! only those that do not are remembered.

use std::sync::Arc;

use http::HeaderName;

/// Writes a name with a capital at the beginning of each of its words: `x-request-id` becomes
/// `X-Request-Id`.
pub fn spell(name: &HeaderName, out: &mut Vec<u8>) {
    let from = out.len();
    out.extend_from_slice(name.as_str().as_bytes());
    let end = out.len();
    // Every answer has a dozen names, so they are spelled eight bytes at a time.
    out.extend_from_slice(&[0; 7]);
    let mut begins = FIRST;
    for eight in out[from..].as_chunks_mut::<8>().0 {
        let bytes = u64::from_le_bytes(*eight);
        let dashes = equal(bytes, b'-');
        let small = ((dashes << 8) | begins) & letters(bytes);
        // A letter and its capital differ in one bit.
        *eight = (bytes ^ (small >> 2)).to_le_bytes();
        begins = dashes >> 56;
    }
    out.truncate(end);
}

/// The highest bit of each of eight bytes, and of the first.
const HIGHEST: u64 = repeated(0x80);
const FIRST: u64 = 0x80;

const fn repeated(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The highest bit of each byte that equals another one; all must be below 128.
fn equal(bytes: u64, other: u8) -> u64 {
    // Only a zero does not reach the highest bit.
    !((bytes ^ repeated(other)) + repeated(0x7f)) & HIGHEST
}

/// The highest bit of each byte that is a small letter; all must be below 128.
fn letters(bytes: u64) -> u64 {
    between(bytes, b'a', b'z')
}

/// The same for capitals.
fn capitals(bytes: u64) -> u64 {
    between(bytes, b'A', b'Z')
}

fn between(bytes: u64, first: u8, last: u8) -> u64 {
    let from_first = bytes + repeated(0x80 - first);
    let behind_last = bytes + repeated(0x7f - last);
    from_first & !behind_last & HIGHEST
}

/// Whether a name is spelled as [`spell`] would.
fn is_usual(name: &[u8]) -> bool {
    let mut begins = FIRST;
    let mut unusual = 0;
    for piece in name.chunks(8) {
        let mut eight = [0; 8];
        eight[..piece.len()].copy_from_slice(piece);
        let bytes = u64::from_le_bytes(eight);
        let dashes = equal(bytes, b'-');
        let first = (dashes << 8) | begins;
        unusual |= (first & letters(bytes)) | (!first & capitals(bytes));
        begins = dashes >> 56;
    }
    unusual == 0
}

/// The unusual spellings of one message. It travels with a head as an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelling(Arc<[(HeaderName, Box<[u8]>)]>);

impl Spelling {
    /// Of names as they came; `None` where all of them are usual.
    pub(crate) fn of<'a>(names: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let unusual: Vec<_> = names
            .filter(|spelled| !is_usual(spelled))
            .filter_map(|spelled| Some((HeaderName::from_bytes(spelled).ok()?, spelled.into())))
            .collect();
        (!unusual.is_empty()).then(|| Self(unusual.into()))
    }

    /// How a name was spelled first, where that is unusual.
    #[must_use]
    pub fn find(&self, name: &HeaderName) -> Option<&[u8]> {
        let mut known = self.0.iter();
        known
            .find(|(known, _)| known == name)
            .map(|(_, spelled)| &**spelled)
    }
}

/// Names with a spelling of their own, known before any message.
#[derive(Clone, Debug)]
pub struct ListedNames {
    /// By their length, so that most names cost one look.
    names: [Vec<(HeaderName, Box<[u8]>)>; LENGTHS],
}

/// Longer names stand among the shorter ones: what is looked for is compared all the same.
const LENGTHS: usize = 32;

impl ListedNames {
    /// Names as they are to be spelled; what is no header name is left out, and of two spellings
    /// of one name the first counts.
    #[must_use]
    pub fn new<'a>(spelled: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names = [const { Vec::new() }; LENGTHS];
        for spelled in spelled {
            if let Ok(name) = HeaderName::from_bytes(spelled.as_bytes()) {
                let spelled = Box::from(spelled.as_bytes());
                names[name.as_str().len() % LENGTHS].push((name, spelled));
            }
        }
        Self { names }
    }

    /// The spelling of a name, where it has one of its own.
    #[must_use]
    pub fn find(&self, name: &HeaderName) -> Option<&[u8]> {
        let mut known = self.names[name.as_str().len() % LENGTHS].iter();
        known
            .find(|(known, _)| known == name)
            .map(|(_, spelled)| &**spelled)
    }
}

/// How the names of a message are written: as they were received, else as they are listed, else in
/// the usual way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Naming<'a> {
    /// Spellings of the message that is passed on.
    pub received: Option<&'a Spelling>,
    /// Spellings of names of our own.
    pub listed: Option<&'a ListedNames>,
}

impl Naming<'_> {
    /// Writes a name.
    pub(crate) fn write(self, name: &HeaderName, out: &mut Vec<u8>) {
        let received = self.received.and_then(|it| it.find(name));
        match received.or_else(|| self.listed.and_then(|it| it.find(name))) {
            Some(spelled) => out.extend_from_slice(spelled),
            None => spell(name, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(naming: Naming<'_>, name: &'static str) -> String {
        let mut out = Vec::new();
        naming.write(&HeaderName::from_static(name), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn words_begin_with_a_capital() {
        let table = [
            ("host", "Host"),
            ("x-request-id", "X-Request-Id"),
            ("x-b3-traceid", "X-B3-Traceid"),
            ("1-a--b_c", "1-A--B_c"),
            ("a234567-b", "A234567-B"),
            ("a2345678-b", "A2345678-B"),
            ("-a-z-`-|~", "-A-Z-`-|~"),
        ];
        for (name, spelled) in table {
            assert_eq!(written(Naming::default(), name), spelled);
            assert!(is_usual(spelled.as_bytes()));
        }
        for unusual in ["host", "ETag", "X-request-Id", "X-RateLimit"] {
            assert!(!is_usual(unusual.as_bytes()), "{unusual}");
        }
    }

    #[test]
    fn a_message_s_own_spelling_wins_over_a_listed_one() {
        let listed = ListedNames::new(["X-RateLimit", "x-RateLimit", "ETag", "no name"]);
        let listed = Some(&listed);
        let received = Spelling::of([&b"etag"[..]].into_iter());
        let naming = Naming {
            received: received.as_ref(),
            listed,
        };
        assert_eq!(written(naming, "etag"), "etag");
        assert_eq!(written(naming, "x-ratelimit"), "X-RateLimit");
        assert_eq!(written(naming, "x-ratelimix"), "X-Ratelimix");
        let received = None;
        assert_eq!(written(Naming { received, listed }, "etag"), "ETag");
        assert_eq!(Spelling::of([&b"Etag"[..]].into_iter()), None);
    }
}
