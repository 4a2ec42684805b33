//! Words without quotation marks: `true`, `false`, `null`, and those that are mistakes.

use super::{Reader, quoted};
use crate::Value;

/// Whether a word can begin with this character.
pub(super) fn begins(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | '$' | '@')
}

fn continues(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '@' | '-' | '.' | '/')
}

/// The word that a text begins with; may be empty.
pub(super) fn leading(text: &str) -> &str {
    &text[..text.find(|c| !continues(c)).unwrap_or(text.len())]
}

impl Reader<'_> {
    /// A word where a value belongs.
    pub(super) fn word_value(&mut self) -> Value {
        let start = self.at;
        let word = leading(&self.text[start..]);
        self.at += word.len();
        match word {
            "true" => return Value::Bool(true),
            "false" => return Value::Bool(false),
            "null" => return Value::Null,
            _ => {}
        }
        let quote_behind = self.peek() == Some(b'"');
        self.at += usize::from(quote_behind);
        let place = (start, self.at);
        if let Some((value, text)) = meant(word) {
            let message = format!("{} is no JSON value", quoted(word));
            self.error("T0110", message, place, "", &format!("write `{text}`"));
            return value;
        }
        if matches!(
            word.to_ascii_lowercase().as_str(),
            "nan" | "inf" | "infinity"
        ) {
            let message = format!("JSON has no number {}", quoted(word));
            self.error(
                "T0113",
                message,
                place,
                "",
                "write a number that has digits, or `null`",
            );
            return Value::Null;
        }
        let message = if quote_behind {
            format!("the text {} has no opening quotation mark", quoted(word))
        } else {
            format!("the text {} has no quotation marks", quoted(word))
        };
        self.error(
            "T0110",
            message,
            place,
            "",
            &format!("write {}", quoted(&in_quotes(word))),
        );
        Value::String(word.to_owned())
    }

    /// A word where a key belongs.
    pub(super) fn word_key(&mut self) -> String {
        let start = self.at;
        let word = leading(&self.text[start..]);
        self.at += word.len();
        let quote_behind = self.peek() == Some(b'"');
        self.at += usize::from(quote_behind);
        let what = if quote_behind {
            "no opening quotation mark"
        } else {
            "no quotation marks"
        };
        let message = format!("the key {} has {what}", quoted(word));
        let help = format!("write {}", quoted(&in_quotes(word)));
        self.error("T0110", message, (start, self.at), "", &help);
        word.to_owned()
    }
}

pub(super) fn in_quotes(word: &str) -> String {
    format!("\"{word}\"")
}

/// What other languages' words for the three JSON words were meant to be.
fn meant(word: &str) -> Option<(Value, &'static str)> {
    match word.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "ture" | "treu" => Some((Value::Bool(true), "true")),
        "false" | "no" | "off" | "flase" | "fasle" => Some((Value::Bool(false), "false")),
        "null" | "none" | "nil" | "undefined" => Some((Value::Null, "null")),
        _ => None,
    }
}
