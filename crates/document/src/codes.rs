//! The codes of this crate's findings.
//!
//! A code never changes its meaning and is never used again for another one. Each has a page
//! `docs/errors/CODE.md`.

/// A code and what it is about.
pub type Code = (&'static str, &'static str);

/// All codes of this crate with their titles, in ascending order.
pub const ALL: &[Code] = &[
    ("T0001", "the source is too large"),
    ("T0002", "the source is not UTF-8"),
    ("T0003", "the document is nested too deeply"),
    ("T0004", "the document holds too many values"),
    ("T0005", "more findings than are shown"),
    ("T0006", "the file begins with a byte order mark"),
    ("T0007", "the document is empty"),
    ("T0101", "a character that cannot stand here"),
    ("T0102", "a key stands twice"),
    ("T0103", "a string is not closed"),
    ("T0104", "a control character in a string"),
    ("T0105", "an invalid escape"),
    ("T0106", "a comma is missing"),
    ("T0107", "a colon is missing"),
    ("T0108", "a comma behind the last element"),
    ("T0109", "other marks than quotation marks"),
    ("T0110", "a word without quotation marks"),
    ("T0111", "an object or array is not closed"),
    ("T0112", "brackets that do not match"),
    ("T0113", "not a JSON number"),
    ("T0114", "text behind the end of the document"),
    ("T0115", "a comment in JSON"),
    ("T0116", "a value is missing"),
    ("T0117", "a quotation mark inside a string"),
    ("T0201", "invalid YAML"),
    ("T0202", "a YAML key is defined twice"),
    ("T0203", "YAML aliases repeat too much"),
    ("T0204", "a merge key without a mapping"),
    ("T0205", "a YAML number that is not finite"),
    ("T0206", "a YAML tag that does not fit its value"),
    ("T0207", "a YAML key that is no text"),
    ("T0208", "a YAML anchor that contains itself"),
    ("T0301", "invalid TOML"),
    ("T0302", "a TOML number out of range"),
];

/// The title of a code of this crate.
#[must_use]
pub fn title(code: &str) -> Option<&'static str> {
    ALL.binary_search_by_key(&code, |(known, _)| known)
        .ok()
        .map(|index| ALL[index].1)
}
