//! Strings of JSON: finding the end, unescaping, and repairing what is not UTF-8.

use super::DecodeError;
use crate::Text;

/// Reads the string whose first byte after the quote is at `start`; gives the text and the position
/// after the closing quote.
pub(super) fn read(source: &Text, start: usize) -> Result<(Text, usize), DecodeError> {
    let all = source.as_str();
    let stop = plain_end(all.as_bytes(), start);
    match all.as_bytes().get(stop) {
        Some(b'"') => Ok((source.slice(&all[start..stop]), stop + 1)),
        Some(b'\\') => unescape(all, start, stop),
        Some(&found) => Err(DecodeError::Syntax {
            found,
            place: "in string literal".into(),
        }),
        None => Err(DecodeError::Truncated),
    }
}

/// Makes UTF-8 of anything as Go does: each byte that belongs to no code point becomes one U+FFFD.
pub(super) fn repair(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for _ in chunk.invalid() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

/// The position of the first byte from `at` on that is a quote, a backslash or a control character,
/// or the length.
#[inline]
fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(word) = bytes.get(at..at + 8) {
        let word = u64::from_le_bytes(word.try_into().expect("the slice has 8 bytes"));
        let special = special_bytes(word);
        if special != 0 {
            return at + (special.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(&byte) = bytes.get(at) {
        if byte < 0x20 || byte == b'"' || byte == b'\\' {
            break;
        }
        at += 1;
    }
    at
}

/// Sets the high bit of each byte of `word` that is special. Bytes above the lowest special one may
/// be set wrongly (a borrow may run upward), therefore only the lowest counts.
#[inline]
fn special_bytes(word: u64) -> u64 {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = LOW << 7;
    let below = |word: u64, bound: u64| word.wrapping_sub(LOW * bound) & !word & HIGH;
    let quote = word ^ (LOW * b'"' as u64);
    let slash = word ^ (LOW * b'\\' as u64);
    below(word, 0x20) | below(quote, 1) | below(slash, 1)
}

/// The slow half of [`read`]: `stop` is at the first backslash.
fn unescape(all: &str, start: usize, mut stop: usize) -> Result<(Text, usize), DecodeError> {
    let bytes = all.as_bytes();
    let mut text = String::with_capacity(stop - start + 16);
    let mut plain = start;
    loop {
        text.push_str(&all[plain..stop]);
        match bytes.get(stop) {
            Some(b'"') => return Ok((text.into(), stop + 1)),
            Some(b'\\') => plain = escape(bytes, stop + 1, &mut text)?,
            Some(&found) => {
                return Err(DecodeError::Syntax {
                    found,
                    place: "in string literal".into(),
                });
            }
            None => return Err(DecodeError::Truncated),
        }
        stop = plain_end(bytes, plain);
    }
}

/// Reads what follows a backslash; gives the position after it.
fn escape(bytes: &[u8], at: usize, text: &mut String) -> Result<usize, DecodeError> {
    let &byte = bytes.get(at).ok_or(DecodeError::Truncated)?;
    let plain = match byte {
        b'"' | b'\\' | b'/' => char::from(byte),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(bytes, at + 1, text),
        found => {
            return Err(DecodeError::Syntax {
                found,
                place: "in string escape code".into(),
            });
        }
    };
    text.push(plain);
    Ok(at + 1)
}

/// Reads four hexadecimal digits, and the other half of a pair of surrogates when it follows.
fn unicode(bytes: &[u8], at: usize, text: &mut String) -> Result<usize, DecodeError> {
    let unit = hex4(bytes, at)?;
    if let Some(scalar) = char::from_u32(unit) {
        text.push(scalar);
        return Ok(at + 4);
    }
    let pair = (unit < 0xdc00 && bytes.get(at + 4..at + 6) == Some(b"\\u"))
        .then(|| hex4(bytes, at + 6))
        .and_then(Result::ok)
        .filter(|low| (0xdc00..0xe000).contains(low))
        .and_then(|low| char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)));
    text.push(pair.unwrap_or(char::REPLACEMENT_CHARACTER));
    Ok(if pair.is_some() { at + 10 } else { at + 4 })
}

fn hex4(bytes: &[u8], at: usize) -> Result<u32, DecodeError> {
    let mut unit = 0;
    for offset in 0..4 {
        let &found = bytes.get(at + offset).ok_or(DecodeError::Truncated)?;
        let Some(digit) = char::from(found).to_digit(16) else {
            let place = "in \\u hexadecimal character escape".into();
            return Err(DecodeError::Syntax { found, place });
        };
        unit = unit * 16 + digit;
    }
    Ok(unit)
}
