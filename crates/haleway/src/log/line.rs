//! What was logged, before it takes a form.

use std::fmt;

use jiff::Zoned;
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

/// Characters of one message; what is longer is cut.
const MESSAGE_MAX: usize = 16 * 1024;

/// One event.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) at: Zoned,
    pub(super) level: Level,
    /// The module that speaks.
    pub(super) target: &'static str,
    pub(super) message: String,
    /// Names and values beside the message, in the order in which they were given.
    pub(super) fields: Vec<(&'static str, String)>,
}

impl Line {
    pub(super) fn of(event: &Event<'_>) -> Self {
        let metadata = event.metadata();
        let mut line = Self {
            at: Zoned::now(),
            level: *metadata.level(),
            target: metadata.target(),
            message: String::new(),
            fields: Vec::new(),
        };
        event.record(&mut line);
        line
    }

    /// A line of the program itself.
    pub(super) fn own(level: Level, message: &str) -> Self {
        Self {
            at: Zoned::now(),
            level,
            target: "haleway",
            message: message.to_owned(),
            fields: Vec::new(),
        }
    }

    /// The message with its fields as `name=value`, on one line: a line break inside would let a
    /// request forge lines.
    pub(super) fn text(&self) -> String {
        let mut text = self.message.clone();
        for (name, value) in &self.fields {
            text.push_str(&format!(" {name}={value}"));
        }
        one_line(&text)
    }

    fn take(&mut self, field: &Field, mut value: String) {
        if let Some((end, _)) = value.char_indices().nth(MESSAGE_MAX) {
            value.truncate(end);
        }
        if field.name() == "message" {
            self.message = value;
        } else {
            self.fields.push((field.name(), value));
        }
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field, format!("{value:?}"));
    }
}

fn one_line(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() && letter != '\t' {
            out.extend(letter.escape_default());
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
pub(super) fn sample(level: Level, message: &str) -> Line {
    let at = jiff::civil::date(2026, 11, 20).at(9, 8, 7, 65_432_100);
    Line {
        at: at.to_zoned(jiff::tz::TimeZone::UTC).unwrap(),
        level,
        target: "haleway_engine::listener",
        message: message.to_owned(),
        fields: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_inside_a_message_cannot_forge_a_line() {
        let mut line = sample(Level::INFO, "a\nb\x1b[31m");
        line.fields.push(("path", "/x".into()));
        assert_eq!(line.text(), "a\\nb\\u{1b}[31m path=/x");
    }
}
