//! `telemetry/logging`: the process log (krakend-gologging).

use haleway_blueprint::{Level, LogFormat, Logging};
use haleway_document::Node;

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
    let one_of = |key, words: &[&'static str], default| {
        reader.one_of(key, words, default, str::eq_ignore_ascii_case)
    };
    let level = one_of("level", &names, "INFO");
    if let Some((_, level)) = LEVELS.iter().find(|(name, _)| Some(*name) == level) {
        logging.level = if context.options.debug {
            Level::Debug
        } else {
            *level
        };
    }
    logging.prefix = reader.text("prefix").map(|it| it.value).unwrap_or_default();
    logging.stdout = reader.flag("stdout");
    let facility = one_of("syslog_facility", FACILITIES, "local3").unwrap_or("local3");
    logging.syslog_facility = reader.flag("syslog").then(|| facility.to_owned());
    let pattern = reader.text("custom_format").map(|it| it.value);
    logging.format = match (one_of("format", FORMATS, "default"), pattern) {
        (Some("logstash"), _) => LogFormat::Logstash,
        (Some("custom"), Some(pattern)) => LogFormat::Pattern(pattern),
        _ => LogFormat::Text,
    };
    reader.finish();
    logging
}
