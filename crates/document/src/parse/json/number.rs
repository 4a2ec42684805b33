//! Numbers, and what people write in their stead.

use super::super::decimal::{fits, is_json, repaired};
use super::{Reader, quoted, word};
use crate::Value;

/// What is wrong with a number, and what was probably meant.
struct Complaint {
    message: String,
    help: String,
    instead: Value,
}

impl Reader<'_> {
    /// Everything that begins like a number.
    pub(super) fn number(&mut self) -> Value {
        let start = self.at;
        let rest = &self.text[start..];
        let text = &rest[..rest.find(|c| !continues(c)).unwrap_or(rest.len())];
        self.at += text.len();
        if is_json(text.as_bytes()) {
            if fits(text) {
                return Value::Number(text.to_owned());
            }
            let message = format!("the number {} is too large", quoted(text));
            self.error(
                "T0113",
                message,
                (start, self.at),
                "",
                "the largest is about `1.8e308`",
            );
            return Value::Number("0".to_owned());
        }
        let Complaint {
            message,
            help,
            instead,
        } = complaint(text);
        self.error("T0113", message, (start, self.at), "", &help);
        instead
    }
}

fn continues(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '+' | '-' | '.' | '_')
}

fn complaint(text: &str) -> Complaint {
    let shown = quoted(text);
    let unsigned = text.trim_start_matches(['+', '-']);
    let lower = unsigned.to_ascii_lowercase();
    if matches!(lower.as_str(), "infinity" | "inf" | "nan") {
        return Complaint {
            message: format!("JSON has no number {shown}"),
            help: "write a number that has digits, or `null`".to_owned(),
            instead: Value::Null,
        };
    }
    let (message, meant) = if let Some(number) = radix(&lower) {
        (
            format!("the number {shown} is not decimal, as JSON wants it"),
            number,
        )
    } else if text.starts_with('+') {
        (
            format!("the number {shown} begins with a plus sign"),
            unsigned.to_owned(),
        )
    } else if lower.starts_with('.') || lower.ends_with('.') || lower.contains(".e") {
        (
            format!("the number {shown} has a point without a digit on both sides"),
            lower,
        )
    } else if lower.contains('_') {
        (
            format!("the number {shown} contains an underscore"),
            lower.replace('_', ""),
        )
    } else if lower.starts_with('0') && is_json(lower.trim_start_matches('0').as_bytes()) {
        (format!("the number {shown} begins with a zero"), lower)
    } else {
        return no_number(text);
    };
    let sign = if text.starts_with('-') { "-" } else { "" };
    let Some(number) = repaired(&format!("{sign}{meant}")) else {
        return no_number(text);
    };
    let help = format!("write {}", quoted(&number));
    Complaint {
        message,
        help,
        instead: Value::Number(number),
    }
}

fn no_number(text: &str) -> Complaint {
    Complaint {
        message: format!("{} is not a number", quoted(text)),
        help: format!(
            "a text stands in quotation marks: {}",
            quoted(&word::in_quotes(text))
        ),
        instead: Value::String(text.to_owned()),
    }
}

fn radix(lower: &str) -> Option<String> {
    let (prefix, digits) = lower.split_at_checked(2)?;
    let radix = match prefix {
        "0x" => 16,
        "0o" => 8,
        "0b" => 2,
        _ => return None,
    };
    u64::from_str_radix(digits, radix)
        .ok()
        .map(|number| number.to_string())
}
