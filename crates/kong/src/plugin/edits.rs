//! Entries `name:value` of the transformers.

use crate::schema::{Check, Field, shape};

/// A name, with or without something behind a colon.
pub(super) static NAME: Field = Field::string("");

/// The name of a header, with or without something behind a colon.
pub(super) static HEADER: Field = Field::string("").checks(&[Check::Text(header)]);

/// A name and a value.
pub(super) static PAIR: Field = Field::string("").checks(&[Check::Text(pair)]);

/// The name of a header and a value.
pub(super) static HEADER_PAIR: Field = Field::string("").checks(&[Check::Text(header_pair)]);

/// The names of two headers.
pub(super) static HEADER_NAMES: Field = Field::string("").checks(&[Check::Text(header_names)]);

/// Name and value of an entry: all colons between them go. No value where it is empty.
pub(super) fn parted(entry: &str) -> (&str, Option<&str>) {
    match entry.split_once(':') {
        Some((name, rest)) => {
            let value = rest.trim_start_matches(':');
            (name, (!value.is_empty()).then_some(value))
        }
        None => (entry, None),
    }
}

/// The name of a header.
fn header(entry: &str) -> Result<(), String> {
    let (name, _) = parted(entry);
    shape::header_name(name).map_err(|_| format!("'{name}' is not a valid header"))
}

/// A name and a value.
fn pair(entry: &str) -> Result<(), String> {
    match entry.split_once(':') {
        Some((name, _)) if !name.is_empty() => Ok(()),
        _ => Err(format!("invalid value: {entry}")),
    }
}

/// The name of a header and a value.
pub(super) fn header_pair(entry: &str) -> Result<(), String> {
    pair(entry)?;
    header(entry)
}

fn header_names(entry: &str) -> Result<(), String> {
    header_pair(entry)?;
    match parted(entry).1 {
        Some(value) if shape::header_name(value).is_err() => {
            Err(format!("'{value}' is not a valid header"))
        }
        Some(_) => Ok(()),
        None => Err(format!("key '{}' has no value", parted(entry).0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_have_names_and_values() {
        for (entry, expected) in [
            ("a", ("a", None)),
            ("a:", ("a", None)),
            ("a:b", ("a", Some("b"))),
            ("a::b:c", ("a", Some("b:c"))),
            ("a: b", ("a", Some(" b"))),
        ] {
            assert_eq!(parted(entry), expected, "{entry}");
        }
        assert!(pair("a").is_err() && pair(":b").is_err() && pair("a:").is_ok());
        assert!(header_pair("a b:c").is_err());
        assert!(header_names("a:b c").is_err() && header_names("a:").is_err());
        assert!(header_names("a:b").is_ok());
    }
}
