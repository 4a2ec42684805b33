//! `telemetry/logging`: the process log (krakend-gologging).

use haleway_blueprint::{Level, LogFormat, Logging};
use haleway_document::{Diagnostic, Node, nearest};

use crate::code;
use crate::context::Context;
use crate::key::{Key, enterprise, key};
use crate::reader::{Reader, Strictness};

/// Its keys.
pub(crate) static KEYS: &[Key] = &[
    key("level"),
    key("prefix"),
    key("stdout"),
    key("syslog"),
    key("syslog_facility"),
    key("format"),
    key("custom_format"),
    enterprise("access_log_format"),
    enterprise("backend"),
];

const LEVELS: &[(&str, Level)] = &[
    ("DEBUG", Level::Debug),
    ("INFO", Level::Info),
    ("WARNING", Level::Warning),
    ("ERROR", Level::Error),
    ("CRITICAL", Level::Critical),
];

const FORMATS: &[&str] = &["default", "logstash", "custom"];

const FACILITIES: &[&str] = &[
    "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];

/// The log of a service, whether it speaks of it or not.
pub(crate) fn read(context: &Context<'_>, node: Option<&Node>) -> Logging {
    let mut logging = Logging {
        level: if context.options.debug {
            Level::Debug
        } else {
            Level::Info
        },
        prefix: String::new(),
        stdout: false,
        syslog_facility: None,
        format: LogFormat::Text,
    };
    let place = "telemetry/logging";
    let reader = node.and_then(|node| Reader::new(context, node, KEYS, place, Strictness::Ignores));
    let Some(reader) = reader else { return logging };
    let names: Vec<&str> = LEVELS.iter().map(|(name, _)| *name).collect();
    let level = one_of(context, &reader, "level", &names, "INFO");
    if let Some((_, level)) = LEVELS.iter().find(|(name, _)| Some(*name) == level) {
        logging.level = if context.options.debug {
            Level::Debug
        } else {
            *level
        };
    }
    logging.prefix = reader.text("prefix").map(|it| it.value).unwrap_or_default();
    logging.stdout = reader.flag("stdout");
    let facility =
        one_of(context, &reader, "syslog_facility", FACILITIES, "local3").unwrap_or("local3");
    logging.syslog_facility = reader.flag("syslog").then(|| facility.to_owned());
    let pattern = reader.text("custom_format").map(|it| it.value);
    logging.format = match (
        one_of(context, &reader, "format", FORMATS, "default"),
        pattern,
    ) {
        (Some("logstash"), _) => LogFormat::Logstash,
        (Some("custom"), Some(pattern)) => LogFormat::Pattern(pattern),
        _ => LogFormat::Text,
    };
    reader.finish();
    logging
}

/// One of several words, in any case; another one is reported and `default` serves.
fn one_of<'w>(
    context: &Context<'_>,
    reader: &Reader<'_>,
    key: &str,
    words: &[&'w str],
    default: &'w str,
) -> Option<&'w str> {
    let written = reader.text(key)?;
    let found = words
        .iter()
        .copied()
        .find(|word| word.eq_ignore_ascii_case(&written.value));
    if found.is_some() || written.value.is_empty() {
        return found;
    }
    let message = reader.says(&format!(
        "`{key}` is `{}`, which is unknown, so `{default}` serves",
        written.value
    ));
    let hint = nearest(&written.value, words.iter().copied());
    let label = hint.map_or_else(String::new, |hint| format!("did you mean `{hint}`?"));
    let finding = Diagnostic::warning(code::UNKNOWN_VALUE, message)
        .at(written.span, label)
        .help(format!("write one of: {}", words.join(", ")));
    context.report(finding);
    Some(default)
}
