//! How the process talks.

use serde::{Deserialize, Serialize};

/// Least weight that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Everything.
    Debug,
    /// Normal events.
    Info,
    /// Something is off.
    Warning,
    /// Something failed.
    Error,
    /// Only what stops the service.
    Critical,
}

/// How a line of the process log looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// `prefix 2006/01/02 - 15:04:05.000 ▶ DEBUG message`.
    Text,
    /// JSON in logstash's form.
    Logstash,
    /// A pattern with `%{level}`, `%{message}`, `%{time:...}` and `%{module}`.
    Pattern(String),
}

/// The process log, where the configuration speaks of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logging {
    /// Least weight that is written.
    pub level: Level,
    /// Text before each line.
    pub prefix: String,
    /// Lines go to standard output. Where neither this nor `syslog_facility` is set, the process
    /// log goes to standard error.
    pub stdout: bool,
    /// Lines go to syslog with this facility: `local3`.
    pub syslog_facility: Option<String>,
    /// How a line looks.
    pub format: LogFormat,
}

/// One line per request, on standard output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessLog {
    /// How a line looks.
    pub format: AccessLogFormat,
    /// Request paths that leave no line.
    pub skip_paths: Vec<String>,
}

/// How a line of the access log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessLogFormat {
    /// `[GIN] 2006/01/02 - 15:04:05 | 200 |     135.2µs |       127.0.0.1 | GET      "/path"`.
    Gin,
    /// The combined format of nginx and Apache.
    Combined,
    /// One JSON object.
    Json,
}
