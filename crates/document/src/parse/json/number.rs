//! Numbers, and what people write in their stead.

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

/// Go refuses what a 64-bit float cannot hold.
fn fits(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// The number grammar of RFC 8259.
pub(super) fn is_json(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let (whole, rest) = digits(text);
    if whole.is_empty() || (whole.len() > 1 && whole[0] == b'0') {
        return false;
    }
    let rest = match rest.strip_prefix(b".") {
        Some(rest) => match digits(rest) {
            ([], _) => return false,
            (_, rest) => rest,
        },
        None => rest,
    };
    match rest {
        [] => true,
        [b'e' | b'E', rest @ ..] => {
            let (exponent, rest) = digits(
                rest.strip_prefix(b"+")
                    .or(rest.strip_prefix(b"-"))
                    .unwrap_or(rest),
            );
            !exponent.is_empty() && rest.is_empty()
        }
        _ => false,
    }
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(
        text.iter()
            .position(|b| !b.is_ascii_digit())
            .unwrap_or(text.len()),
    )
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
    let (message, repaired) = if let Some(number) = radix(&lower) {
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
    let repaired = format!("{sign}{}", with_points(&repaired));
    if !is_json(repaired.as_bytes()) || !fits(&repaired) {
        return no_number(text);
    }
    let help = format!("write `{repaired}`");
    Complaint {
        message,
        help,
        instead: Value::Number(repaired),
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

/// `.5` to `0.5`, `1.` to `1.0`, `007` to `7`.
fn with_points(text: &str) -> String {
    let (mantissa, exponent) = match text.find('e') {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let point = match (mantissa.contains('.'), fraction) {
        (false, _) => String::new(),
        (true, "") => ".0".to_owned(),
        (true, fraction) => format!(".{fraction}"),
    };
    format!("{whole}{point}{exponent}")
}
