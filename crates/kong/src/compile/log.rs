//! The process log and the access log.

use haleway_blueprint::{AccessLog, AccessLogFormat, Level, LogFormat, Logging};
use haleway_document::Severity;

use super::Compilation;

/// The process log.
pub(super) fn logging(compilation: &Compilation<'_>) -> Logging {
    Logging {
        level: level(compilation),
        prefix: String::new(),
        stdout: false,
        syslog_facility: None,
        format: LogFormat::Text,
    }
}

fn level(compilation: &Compilation<'_>) -> Level {
    match compilation.settings.text("log_level") {
        "debug" => Level::Debug,
        "info" | "notice" => Level::Info,
        "warn" => Level::Warning,
        "error" => Level::Error,
        "crit" | "alert" | "emerg" => Level::Critical,
        other => {
            let message = format!(
                "has an invalid value: '{other}' (debug, info, notice, warn, error, crit, alert, emerg)"
            );
            compilation.settings.refuse("log_level", &message);
            Level::Info
        }
    }
}

/// The access log. Lines go to standard output where the command line or `/dev/stdout` ask for
/// them; no file is written.
pub(super) fn access_log(compilation: &Compilation<'_>) -> Option<AccessLog> {
    let name = "proxy_access_log";
    let written = compilation.settings.written(name);
    let path = written.map_or("off", |it| {
        it.text.split_whitespace().next().unwrap_or("off")
    });
    let asked = matches!(path, "/dev/stdout" | "/dev/stderr" | "/proc/self/fd/1");
    if !asked && path != "off" {
        let what = "names a file: requests are logged to standard output only, where it is /dev/stdout or --access-log asks for it";
        compilation.settings.report(Severity::Parity, name, what);
    }
    let format = match compilation.context.options.access_log {
        Some(format) => format,
        None if asked => AccessLogFormat::Combined,
        None => return None,
    };
    Some(AccessLog {
        format,
        skip_paths: Vec::new(),
    })
}
