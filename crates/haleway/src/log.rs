//! How the process talks while it serves.
//!
//! Lines go to standard error in a form for people or as JSON, unless the configuration asks for
//! KrakenD's log: then they go where it says, in the form that it says. Whoever logs never waits:
//! lines pass through a bounded queue to a thread of their own, and what does not fit is counted
//! and dropped.

mod go_time;
mod krakend;
mod layer;
mod line;
mod pattern;
mod queue;
mod syslog;

use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use haleway_blueprint::{Level, LogFormat, Logging};
use haleway_document::{Diagnostic, Severity, Sources, render};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload::Handle;
use tracing_subscriber::{EnvFilter, Registry};

use self::layer::{Destination, Form, Lines, Target};
use self::queue::{Queue, Sink};
use self::syslog::Syslog;
use crate::cli::LogForm;
use crate::{findings, talk};

/// Longest wait for the last lines at the end of the process.
const FLUSH_MAX: Duration = Duration::from_millis(300);

/// The queue of the process, for the metrics.
static QUEUE: OnceLock<Queue> = OnceLock::new();

/// The process log.
#[derive(Clone)]
pub(crate) struct Log {
    target: Arc<RwLock<Target>>,
    filter: Option<Handle<EnvFilter, Registry>>,
    form: Option<LogForm>,
    debug: bool,
}

impl Log {
    /// Begins to log on standard error. `RUST_LOG` decides what is written; without it that is
    /// what weighs `info` or, with `debug`, everything of our own.
    pub(crate) fn start(form: Option<LogForm>, debug: bool) -> Self {
        let queue = QUEUE.get_or_init(Queue::start).clone();
        let target = Arc::new(RwLock::new(Target {
            form: default_form(form),
            destinations: vec![Destination::Queue(Sink::Stderr)],
        }));
        let from_environment = filter_from_environment();
        let decided = from_environment.is_some();
        let filter = from_environment.unwrap_or_else(|| filter_of(default_level(debug)));
        let (filter, handle) = tracing_subscriber::reload::Layer::new(filter);
        let subscriber = Registry::default()
            .with(filter)
            .with(Lines::new(target.clone(), queue));
        // A second start in one process keeps the first one's subscriber.
        let _ = tracing::subscriber::set_global_default(subscriber);
        Self {
            target,
            filter: (!decided).then_some(handle),
            form,
            debug,
        }
    }

    /// Takes over what a configuration says about the log.
    pub(crate) fn configure(&self, logging: &Logging) {
        let mut destinations = Vec::new();
        if logging.stdout {
            destinations.push(Destination::Queue(Sink::Stdout));
        }
        if let Some(facility) = &logging.syslog_facility {
            match Syslog::open(facility, &logging.prefix) {
                Ok(syslog) => destinations.push(Destination::Syslog(Arc::new(syslog))),
                Err(error) => {
                    tracing::warn!("there is no syslog ({error}); its lines are left out");
                }
            }
        }
        let configured = logging.stdout || logging.syslog_facility.is_some();
        if !configured {
            destinations.push(Destination::Queue(Sink::Stderr));
        }
        let form = match self.form {
            None if configured => configured_form(logging),
            form => default_form(form),
        };
        if let Some(filter) = &self.filter {
            // The handle outlives the process's only subscriber.
            let _ = filter.reload(filter_of(self.level(logging, configured)));
        }
        let mut target = self.target.write().unwrap_or_else(PoisonError::into_inner);
        *target = Target { form, destinations };
    }

    /// Says something on standard error, wherever the log goes: as it is, or as a line of JSON
    /// where that was asked for.
    pub(crate) fn say(&self, level: tracing::Level, text: &str) {
        match self.form {
            Some(LogForm::Json) => talk::say(&layer::json_line(level, text)),
            _ => talk::say(text),
        }
    }

    /// Says findings on standard error: with the place in the source for people, as lines of JSON
    /// for programs.
    pub(crate) fn say_findings(&self, sources: &Sources, findings: &[Diagnostic]) {
        if self.form != Some(LogForm::Json) {
            return findings::say(sources, findings);
        }
        for finding in findings {
            let level = match finding.severity {
                Severity::Error => tracing::Level::ERROR,
                Severity::Warning => tracing::Level::WARN,
                Severity::Parity | Severity::Note => tracing::Level::INFO,
            };
            self.say(level, &render::one_line(sources, finding));
        }
    }

    /// Waits, not for long, until what was logged is written.
    pub(crate) fn flush(&self) {
        if let Some(queue) = QUEUE.get() {
            queue.flush(FLUSH_MAX);
        }
    }

    /// KrakenD's default weight is DEBUG; where nothing asked for its log, ours serves.
    fn level(&self, logging: &Logging, configured: bool) -> Level {
        let own = default_level(self.debug);
        if configured {
            logging.level
        } else {
            own.max(logging.level)
        }
    }
}

/// The log's own metrics in Prometheus' text format.
pub(crate) fn write_metrics(out: &mut String) {
    let dropped = QUEUE.get().map_or(0, Queue::dropped);
    out.push_str("# HELP haleway_log_lines_dropped_total Log lines that found the queue full.\n");
    out.push_str("# TYPE haleway_log_lines_dropped_total counter\n");
    out.push_str(&format!("haleway_log_lines_dropped_total {dropped}\n"));
}

fn default_level(debug: bool) -> Level {
    if debug { Level::Debug } else { Level::Info }
}

fn default_form(form: Option<LogForm>) -> Form {
    match form {
        None | Some(LogForm::Text) => Form::People {
            colour: talk::colour(),
        },
        Some(LogForm::Json) => Form::Json,
    }
}

fn configured_form(logging: &Logging) -> Form {
    let prefix = logging.prefix.clone();
    let colour = talk::data_colour() && logging.syslog_facility.is_none();
    match &logging.format {
        LogFormat::Text => Form::Krakend { prefix, colour },
        LogFormat::Logstash => Form::Logstash,
        LogFormat::Pattern(pattern) => Form::Pattern {
            prefix,
            pattern: pattern::Pattern::parse(pattern),
            colour,
        },
    }
}

/// What `RUST_LOG` says. One that cannot be read is told and left out.
fn filter_from_environment() -> Option<EnvFilter> {
    let text = std::env::var(EnvFilter::DEFAULT_ENV)
        .ok()
        .filter(|text| !text.is_empty())?;
    EnvFilter::try_new(text)
        .inspect_err(|error| talk::say(&format!("warning: RUST_LOG is not followed: {error}")))
        .ok()
}

/// Our own crates at this weight, others from warnings up.
fn filter_of(level: Level) -> EnvFilter {
    EnvFilter::new(match level {
        Level::Debug => "warn,haleway=debug",
        Level::Info => "warn,haleway=info",
        Level::Warning => "warn",
        Level::Error => "error",
        Level::Critical => "off",
    })
}
