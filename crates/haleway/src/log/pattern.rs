//! Patterns of the user for log lines: `%{time:2006/01/02} %{level} %{message}`.
//!
//! The verbs are go-logging's, as far as a gateway without Go can fill them: `level`, `message`,
//! `time`, `module`, `pid`, `program`, `id`, `color`. A verb with a precision (`%{level:.4s}`) is
//! cut. Anything else stands for itself.

use std::sync::atomic::{AtomicU64, Ordering};

use super::go_time;
use super::krakend::{MODULE, colour_of, level_name};
use super::line::Line;

/// go-logging's layout for a `%{time}` without one.
const TIME_LAYOUT: &str = "2006-01-02T15:04:05.999Z07:00";

/// A pattern, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Level(Option<usize>),
    Message,
    Time(String),
    Module,
    Pid,
    Program,
    Id,
    Colour,
    ColourEnd,
}

impl Pattern {
    /// Takes a pattern apart; every text is one.
    pub(super) fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("%{") {
            let Some(length) = rest[start..].find('}') else {
                break;
            };
            let inside = &rest[start + 2..start + length];
            parts.push(Part::Text(rest[..start].to_owned()));
            let whole = &rest[start..=start + length];
            parts.push(verb(inside).unwrap_or_else(|| Part::Text(whole.to_owned())));
            rest = &rest[start + length + 1..];
        }
        parts.push(Part::Text(rest.to_owned()));
        parts.retain(|part| *part != Part::Text(String::new()));
        Self(parts)
    }

    /// The line in this form.
    pub(super) fn written(&self, line: &Line, colour: bool) -> String {
        static LINES: AtomicU64 = AtomicU64::new(1);
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Level(None) => out.push_str(level_name(line.level)),
                Part::Level(Some(most)) => out.extend(level_name(line.level).chars().take(*most)),
                Part::Message => out.push_str(&line.text()),
                Part::Time(layout) => out.push_str(&go_time::written(layout, &line.at)),
                Part::Module => out.push_str(MODULE),
                Part::Pid => out.push_str(&std::process::id().to_string()),
                Part::Program => out.push_str("krakend"),
                Part::Id => out.push_str(&LINES.fetch_add(1, Ordering::Relaxed).to_string()),
                Part::Colour if colour => out.push_str(colour_of(line.level)),
                Part::ColourEnd if colour => out.push_str("\x1b[0m"),
                Part::Colour | Part::ColourEnd => {}
            }
        }
        out
    }
}

fn verb(inside: &str) -> Option<Part> {
    let (name, layout) = inside.split_once(':').unwrap_or((inside, ""));
    Some(match name {
        "level" => Part::Level(precision(layout)),
        "message" => Part::Message,
        "time" => Part::Time(
            if layout.is_empty() {
                TIME_LAYOUT
            } else {
                layout
            }
            .to_owned(),
        ),
        "module" => Part::Module,
        "pid" => Part::Pid,
        "program" => Part::Program,
        "id" => Part::Id,
        "color" if layout == "reset" => Part::ColourEnd,
        "color" => Part::Colour,
        _ => return None,
    })
}

/// `.6s` means at most six letters.
fn precision(layout: &str) -> Option<usize> {
    layout.strip_prefix('.')?.strip_suffix('s')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::line::sample;
    use super::*;
    use tracing::Level;

    fn written(pattern: &str) -> String {
        Pattern::parse(pattern).written(&sample(Level::WARN, "hello"), false)
    }

    #[test]
    fn verbs_are_filled_in() {
        assert_eq!(
            written("%{time:2006/01/02 15:04} [%{level:.4s}] %{module}: %{message}!"),
            "2026/11/20 09:08 [WARN] KRAKEND: hello!"
        );
        assert_eq!(written("%{color}%{level}%{color:reset}"), "WARNING");
    }

    #[test]
    fn what_is_no_verb_stands_for_itself() {
        assert_eq!(
            written("%{nothing} 100% %{message"),
            "%{nothing} 100% %{message"
        );
        assert_eq!(written(""), "");
    }
}
