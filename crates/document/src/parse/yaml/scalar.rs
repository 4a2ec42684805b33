//! What a scalar means, after `yaml.v3`'s `resolve.go` (version 3.0.1): YAML 1.2 with the integers
//! of YAML 1.1 (`0x10`, `0o10`, `010`, `0b10`, `1_000`), and without its `yes` and `on`. Dates stay
//! text.

use saphyr_parser::{ScalarStyle, Tag};

use super::super::decimal::repaired;
use crate::Value;

/// What a scalar turned out to be.
pub(super) enum Meaning {
    Value(Value),
    /// An infinity or not a number, which JSON cannot write.
    NotFinite,
    /// The tag promises a kind of value that the text is not.
    Contradiction(&'static str),
}

/// The meaning of a scalar; quoted and block scalars are text unless a tag says otherwise.
pub(super) fn meaning(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Meaning {
    let plain = plain(text);
    match tag.map(|tag| (tag.is_yaml_core_schema(), tag.suffix.as_str())) {
        None if style == ScalarStyle::Plain => plain,
        Some((true, "null")) => tagged(plain, "null", |value| *value == Value::Null),
        Some((true, "bool")) => tagged(plain, "a boolean", |v| matches!(v, Value::Bool(_))),
        Some((true, "int")) => tagged(plain, "an integer", is_integer),
        Some((true, "float")) => tagged(plain, "a number", |v| matches!(v, Value::Number(_))),
        _ => Meaning::Value(Value::String(text.to_owned())),
    }
}

fn tagged(plain: Meaning, kind: &'static str, fits: impl Fn(&Value) -> bool) -> Meaning {
    match plain {
        Meaning::Value(value) if !fits(&value) => Meaning::Contradiction(kind),
        other => other,
    }
}

fn is_integer(value: &Value) -> bool {
    matches!(value, Value::Number(text) if !text.contains(['.', 'e', 'E']))
}

fn plain(text: &str) -> Meaning {
    let value = match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Meaning::NotFinite,
        _ => match number(text) {
            Some(number) => Value::Number(number),
            None if is_infinity(text) => return Meaning::NotFinite,
            None => Value::String(text.to_owned()),
        },
    };
    Meaning::Value(value)
}

fn is_infinity(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF")
}

/// The text as a JSON number, if it is a number.
fn number(text: &str) -> Option<String> {
    if text.starts_with('.') {
        return repaired(text);
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-')) {
        return None;
    }
    let digits = text.replace('_', "");
    integer(&digits).or_else(|| repaired(&digits))
}

/// An integer as Go's `strconv.ParseInt` reads it with base 0.
fn integer(text: &str) -> Option<String> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &unsigned[2..]),
        [b'0', b'o' | b'O', ..] => (8, &unsigned[2..]),
        [b'0', b'b' | b'B', ..] => (2, &unsigned[2..]),
        [b'0', _, ..] => (8, &unsigned[1..]),
        _ => (10, unsigned),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    let fits = if negative {
        magnitude <= i64::MIN.unsigned_abs()
    } else {
        true
    };
    let sign = if negative && magnitude > 0 { "-" } else { "" };
    fits.then(|| format!("{sign}{magnitude}"))
}
