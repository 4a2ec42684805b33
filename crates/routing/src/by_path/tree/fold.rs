//! Text without letter case.

use std::borrow::Cow;

/// The text in lower case, character by character: two texts that differ in case only (Go's
/// `strings.EqualFold`) have the same fold.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    let unchanged = |byte: &u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    match text.as_bytes().iter().all(unchanged) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.chars().map(fold_char).collect()),
    }
}

/// What is behind `prefix`, compared without case.
pub(super) fn strip_prefix_folded<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let mut left = text.chars();
    for expected in prefix.chars() {
        if fold_char(left.next()?) != fold_char(expected) {
            return None;
        }
    }
    Some(left.as_str())
}

/// Upper case first: characters such as `ſ` and `ς` share it with others. A character whose other
/// case is several characters has none.
fn fold_char(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_lowercase();
    }
    let upper = single(character.to_uppercase()).unwrap_or(character);
    single(upper.to_lowercase()).unwrap_or(upper)
}

fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next();
    first.filter(|_| characters.next().is_none())
}
