//! From events to lines in the form and at the place that are asked for now.

use std::sync::{Arc, PoisonError, RwLock};

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::go_time;
use super::krakend;
use super::line::Line;
use super::pattern::Pattern;
use super::queue::{Queue, Sink};
use super::syslog::Syslog;

/// Where lines go and how they look.
pub(super) struct Target {
    pub(super) form: Form,
    pub(super) destinations: Vec<Destination>,
}

pub(super) enum Destination {
    Queue(Sink),
    Syslog(Arc<Syslog>),
}

/// How a line looks.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// `2026-11-20T09:08:07.065Z  INFO the message name=value`.
    People { colour: bool },
    /// One JSON object.
    Json,
    /// `PREFIX 2026/11/20 - 09:08:07.065 ▶ INFO the message`.
    Krakend { prefix: String, colour: bool },
    /// KrakenD's JSON for logstash.
    Logstash,
    /// A pattern of the user.
    Pattern {
        prefix: String,
        pattern: Pattern,
        colour: bool,
    },
}

/// The layer that turns events into lines.
pub(super) struct Lines {
    target: Arc<RwLock<Target>>,
    queue: Queue,
}

impl Lines {
    pub(super) fn new(target: Arc<RwLock<Target>>, queue: Queue) -> Self {
        Self { target, queue }
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let line = Line::of(event);
        // Written only by a reload, which holds it for an instant.
        let target = self.target.read().unwrap_or_else(PoisonError::into_inner);
        let mut text = target.form.written(&line);
        text.push('\n');
        for destination in &target.destinations {
            match destination {
                Destination::Queue(sink) => self.queue.send(*sink, text.clone()),
                Destination::Syslog(syslog) => syslog.send(line.level, &text),
            }
        }
    }
}

impl Form {
    fn written(&self, line: &Line) -> String {
        match self {
            Self::People { colour } => for_people(line, *colour),
            Self::Json => as_json(line),
            Self::Krakend { prefix, colour } => krakend::text(prefix, *colour, line),
            Self::Logstash => krakend::logstash(line),
            Self::Pattern {
                prefix,
                pattern,
                colour,
            } => {
                format!("{prefix}{}", pattern.written(line, *colour))
            }
        }
    }
}

/// A line that is no event, as JSON.
pub(super) fn json_line(level: Level, message: &str) -> String {
    as_json(&Line::own(level, message))
}

fn for_people(line: &Line, colour: bool) -> String {
    let at = go_time::written("2006-01-02T15:04:05.000Z07:00", &line.at);
    let (begin, end) = match (colour, line.level) {
        (false, _) => ("", ""),
        (true, Level::ERROR) => ("\x1b[31m", "\x1b[0m"),
        (true, Level::WARN) => ("\x1b[33m", "\x1b[0m"),
        (true, _) => ("\x1b[2m", "\x1b[0m"),
    };
    format!(
        "{at} {begin}{:>5}{end} {}",
        line.level.as_str(),
        line.text()
    )
}

fn as_json(line: &Line) -> String {
    let mut object = serde_json::Map::new();
    object.insert("timestamp".into(), line.at.timestamp().to_string().into());
    object.insert("level".into(), line.level.as_str().to_lowercase().into());
    object.insert("target".into(), line.target.into());
    object.insert("message".into(), line.message.clone().into());
    for (name, value) in &line.fields {
        // What the line says of itself is not overwritten.
        object.entry(*name).or_insert_with(|| value.clone().into());
    }
    serde_json::Value::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::line::sample;
    use super::*;

    #[test]
    fn people_read_time_weight_message_and_fields() {
        let mut line = sample(Level::WARN, "slow");
        line.fields.push(("ms", "12".into()));
        let form = Form::People { colour: false };
        assert_eq!(
            form.written(&line),
            "2026-11-20T09:08:07.065Z  WARN slow ms=12"
        );
        let colour = Form::People { colour: true }.written(&line);
        assert!(colour.contains("\x1b[33m WARN\x1b[0m slow"), "{colour}");
    }

    #[test]
    fn json_is_one_line_and_keeps_its_own_fields() {
        let mut line = sample(Level::ERROR, "two\nlines \"quoted\"");
        line.fields.push(("level", "forged".into()));
        line.fields.push(("code", "7".into()));
        let written = Form::Json.written(&line);
        assert!(!written.contains('\n'));
        let object: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(object["level"], "error");
        assert_eq!(object["message"], "two\nlines \"quoted\"");
        assert_eq!(object["code"], "7");
        assert_eq!(object["timestamp"], "2026-11-20T09:08:07.0654321Z");
    }
}
