//! Rules about one value, with Kong's words for what breaks them.

use super::{Datum, Item};

/// A rule about one value. Nothing is checked where the value is null.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Check {
    /// A number within both bounds.
    Between(f64, f64),
    /// A number above this.
    GreaterThan(f64),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// None of these texts.
    NotOneOf(&'static [&'static str]),
    /// One of these whole numbers.
    OneOfIntegers(&'static [i64]),
    /// So many characters or elements at least.
    LenMin(usize),
    /// A text that begins so.
    StartsWith(&'static str),
    /// A text that the function accepts; otherwise `invalid value: ...`.
    Matches(fn(&str) -> bool),
    /// A UUID.
    Uuid,
    /// Elements of one of these sets only.
    Exclusive(&'static [&'static [&'static str]]),
    /// A rule about a text, with its own words.
    Text(fn(&str) -> Result<(), String>),
}

impl Check {
    /// Applies the rule.
    pub(super) fn apply(&self, item: &Item) -> Result<(), String> {
        match (self, &item.datum) {
            (_, Datum::Text(text)) => self.text(text),
            (_, Datum::Integer(value)) => self.number(*value as f64, Some(*value)),
            (_, Datum::Number(value)) => self.number(*value, None),
            (_, Datum::List(items)) => self.list(items),
            (Self::LenMin(min), Datum::Map(entries)) => length(entries.len(), *min),
            _ => Ok(()),
        }
    }

    fn text(&self, text: &str) -> Result<(), String> {
        match self {
            Self::OneOf(list) if !list.contains(&text) => {
                Err(format!("expected one of: {}", list.join(", ")))
            }
            Self::NotOneOf(list) if list.contains(&text) => {
                Err(format!("must not be one of: {}", list.join(", ")))
            }
            Self::LenMin(min) => length(text.len(), *min),
            Self::StartsWith(head) if !text.starts_with(head) => {
                Err(format!("should start with: {head}"))
            }
            Self::Matches(accepts) if !accepts(text) => Err(format!("invalid value: {text}")),
            Self::Uuid if !is_uuid(text) => Err("expected a valid UUID".to_owned()),
            Self::Text(rule) => rule(text),
            _ => Ok(()),
        }
    }

    fn number(&self, value: f64, whole: Option<i64>) -> Result<(), String> {
        match self {
            Self::Between(low, high) if value < *low || value > *high => {
                Err(format!("value should be between {low} and {high}"))
            }
            Self::GreaterThan(limit) if value <= *limit => {
                Err(format!("value must be greater than {limit}"))
            }
            Self::OneOfIntegers(list) if whole.is_none_or(|value| !list.contains(&value)) => {
                let list: Vec<String> = list.iter().map(i64::to_string).collect();
                Err(format!("expected one of: {}", list.join(", ")))
            }
            _ => Ok(()),
        }
    }

    fn list(&self, items: &[Item]) -> Result<(), String> {
        match self {
            Self::LenMin(min) => length(items.len(), *min),
            Self::Exclusive(sets) => exclusive(sets, items),
            _ => Ok(()),
        }
    }
}

fn length(len: usize, min: usize) -> Result<(), String> {
    if len < min {
        return Err(format!("length must be at least {min}"));
    }
    Ok(())
}

fn exclusive(sets: &[&[&str]], items: &[Item]) -> Result<(), String> {
    let used = sets.iter().filter(|set| {
        let mut texts = items.iter().filter_map(Item::as_text);
        texts.any(|text| set.contains(&text))
    });
    if used.count() <= 1 {
        return Ok(());
    }
    let shown: Vec<String> = sets
        .iter()
        .map(|set| format!("('{}')", set.join("', '")))
        .collect();
    Err(format!(
        "these sets are mutually exclusive: {}",
        shown.join(", ")
    ))
}

/// Whether a text is a UUID, in whichever case.
fn is_uuid(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
