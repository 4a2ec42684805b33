//! `rate-limiting`: so many requests per second, minute... (`kong/plugins/rate-limiting`).

use haleway_blueprint::{RateKey, RateLimit, Step, Window, WindowLimit};
use haleway_document::Diagnostic;

use super::{Build, HTTP, Plugin, PluginKind, Scopes};
use crate::code;
use crate::schema::{Check, EntityCheck, Field, ITSELF, Record, shape};

/// What counts together in Kong where a plugin is for no route or service.
const NOTHING: &str = "00000000-0000-0000-0000-000000000000";

/// Statuses that Kong can refuse with.
const STATUSES: std::ops::RangeInclusive<u16> = 400..=599;

pub(super) static KIND: PluginKind = PluginKind {
    name: "rate-limiting",
    priority: 910,
    version: "3.9.3",
    protocols: HTTP,
    scopes: Scopes::ALL,
    fields: FIELDS,
    checks: &[
        EntityCheck::Rule(some_window),
        EntityCheck::Rule(growing),
        EntityCheck::Rule(what_policies_need),
    ],
    build,
    writes,
    doc: "lets so many requests of each client pass per second, minute, hour, day, month or year",
};

const PER_WINDOW: &[Check] = &[Check::GreaterThan(0.0)];

static FIELDS: &[Field] = &[
    Field::number("second")
        .checks(PER_WINDOW)
        .doc("requests per second"),
    Field::number("minute")
        .checks(PER_WINDOW)
        .doc("requests per minute"),
    Field::number("hour")
        .checks(PER_WINDOW)
        .doc("requests per hour"),
    Field::number("day")
        .checks(PER_WINDOW)
        .doc("requests per day"),
    Field::number("month")
        .checks(PER_WINDOW)
        .doc("requests per month"),
    Field::number("year")
        .checks(PER_WINDOW)
        .doc("requests per year"),
    Field::string("limit_by")
        .default(r#""consumer""#)
        .checks(&[Check::OneOf(&[
            "consumer",
            "credential",
            "ip",
            "service",
            "header",
            "path",
        ])])
        .doc("whose requests count together; without it, those of one address do"),
    Field::of("header_name", &shape::HEADER_NAME).doc("the header of `limit_by: header`"),
    Field::of("path", &shape::PATH).doc("the path of `limit_by: path`"),
    Field::string("policy")
        .default(r#""local""#)
        .checks(&[Check::OneOf(&["local", "cluster", "redis"])])
        .approximated(
            "requests are counted in this process, not in a database or Redis that nodes share",
        )
        .doc("where requests are counted"),
    Field::boolean("fault_tolerant")
        .required()
        .default("true")
        .idle("counters in this process cannot fail"),
    Field::record("redis", REDIS)
        .required()
        .idle("requests are counted in this process"),
    Field::boolean("hide_client_headers")
        .required()
        .default("false")
        .doc("tells clients nothing of their limits"),
    Field::number("error_code")
        .default("429")
        .checks(PER_WINDOW)
        .doc("status of a refusal"),
    Field::string("error_message")
        .default(r#""API rate limit exceeded""#)
        .doc("what is said with it"),
    Field::number("sync_rate")
        .required()
        .default("-1")
        .idle("requests are counted in this process"),
    Field::string("redis_host").moved_to("redis.host"),
    Field::integer("redis_port").moved_to("redis.port"),
    Field::string("redis_password").moved_to("redis.password"),
    Field::string("redis_username").moved_to("redis.username"),
    Field::boolean("redis_ssl").moved_to("redis.ssl"),
    Field::boolean("redis_ssl_verify").moved_to("redis.ssl_verify"),
    Field::string("redis_server_name").moved_to("redis.server_name"),
    Field::integer("redis_timeout").moved_to("redis.timeout"),
    Field::integer("redis_database").moved_to("redis.database"),
];

static REDIS: &[Field] = &[
    Field::of("host", &shape::HOST),
    Field::of("port", &shape::PORT).default("6379"),
    Field::of("timeout", &shape::TIMEOUT).default("2000"),
    Field::string("username").referenceable(),
    Field::string("password").referenceable(),
    Field::integer("database").default("0"),
    Field::boolean("ssl").default("false"),
    Field::boolean("ssl_verify").default("false"),
    Field::of("server_name", &shape::SNI),
];

const WINDOWS: [(&str, Window); 6] = [
    ("second", Window::Second),
    ("minute", Window::Minute),
    ("hour", Window::Hour),
    ("day", Window::Day),
    ("month", Window::Month),
    ("year", Window::Year),
];

/// The headers about the tightest window.
const TIGHTEST: [&str; 3] = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"];

/// The headers about each window, by their number in [`WINDOWS`].
const EACH: [[&str; 2]; 6] = [
    ["X-RateLimit-Limit-Second", "X-RateLimit-Remaining-Second"],
    ["X-RateLimit-Limit-Minute", "X-RateLimit-Remaining-Minute"],
    ["X-RateLimit-Limit-Hour", "X-RateLimit-Remaining-Hour"],
    ["X-RateLimit-Limit-Day", "X-RateLimit-Remaining-Day"],
    ["X-RateLimit-Limit-Month", "X-RateLimit-Remaining-Month"],
    ["X-RateLimit-Limit-Year", "X-RateLimit-Remaining-Year"],
];

fn some_window(config: &Record) -> Vec<(String, String)> {
    if WINDOWS
        .iter()
        .any(|(name, _)| config.number(name).is_some())
    {
        return Vec::new();
    }
    let names = WINDOWS
        .map(|(name, _)| format!("'config.{name}'"))
        .join(", ");
    let text = format!("at least one of these fields must be non-empty: {names}");
    vec![(String::new(), text)]
}

/// A longer window has no lower limit.
fn growing(config: &Record) -> Vec<(String, String)> {
    let limits = WINDOWS.iter();
    let limits: Vec<(&str, f64)> = limits
        .filter_map(|(name, _)| Some((*name, config.number(name)?)))
        .collect();
    for (at, (shorter, lower)) in limits.iter().enumerate() {
        for (longer, upper) in &limits[at + 1..] {
            if upper < lower {
                let text = format!(
                    "The limit for {longer}({upper:.1}) cannot be lower than the limit for {shorter}({lower:.1})"
                );
                return vec![(ITSELF.to_owned(), text)];
            }
        }
    }
    Vec::new()
}

fn what_policies_need(config: &Record) -> Vec<(String, String)> {
    let needed = [
        ("policy", "redis", "redis.host"),
        ("policy", "redis", "redis.port"),
        ("policy", "redis", "redis.timeout"),
        ("limit_by", "header", "header_name"),
        ("limit_by", "path", "path"),
    ];
    let missing = needed.iter().filter(|(field, value, needs)| {
        config.text(field) == Some(value) && config.item(needs).is_none()
    });
    let said = missing.flat_map(|(field, _, needs)| {
        let conditional =
            format!("failed conditional validation given value of field 'config.{field}'");
        [
            ((*needs).to_owned(), "required field missing".to_owned()),
            (String::new(), conditional),
        ]
    });
    said.collect()
}

fn writes(config: &Record) -> Vec<String> {
    if config.flag("hide_client_headers") {
        return Vec::new();
    }
    let limited = WINDOWS.iter().zip(EACH);
    let limited = limited.filter(|((name, _), _)| config.number(name).is_some());
    let each = limited.flat_map(|(_, names)| names);
    TIGHTEST
        .into_iter()
        .chain(each)
        .map(str::to_owned)
        .collect()
}

fn build(plugin: &Plugin<'_>, build: &Build<'_>) -> Vec<Step> {
    let config = plugin.config;
    let limits = WINDOWS.iter().filter_map(|(name, window)| {
        let written = config.number(name)?;
        if written.fract() != 0.0 {
            let message = format!(
                "{}: `config.{name}` {written} lets as many requests pass as in Kong, and clients are told the next whole number",
                plugin.place(build.store)
            );
            let finding = Diagnostic::parity(code::PARITY, message).at(config.place(name), "");
            build.report(finding);
        }
        Some(WindowLimit {
            window: *window,
            requests: written.ceil() as u64,
        })
    });
    let scope = |field| plugin.entity.foreign(field).unwrap_or(NOTHING);
    vec![Step::RateLimit(RateLimit {
        scope: format!("ratelimit:{}:{}", scope("route"), scope("service")),
        limits: limits.collect(),
        by: key(config),
        told: !config.flag("hide_client_headers"),
        status: status(plugin, build),
        message: config.text("error_message").unwrap_or_default().to_owned(),
    })]
}

fn key(config: &Record) -> RateKey {
    let text = |field| config.text(field).unwrap_or_default().to_owned();
    match config.text("limit_by") {
        Some("credential") => RateKey::Credential,
        Some("ip") => RateKey::Client,
        Some("service") => RateKey::Service,
        Some("header") => RateKey::Header(text("header_name")),
        Some("path") => RateKey::Path(text("path")),
        _ => RateKey::Consumer,
    }
}

fn status(plugin: &Plugin<'_>, build: &Build<'_>) -> u16 {
    let written = plugin.config.number("error_code").unwrap_or(429.0);
    let status = written as u16;
    if STATUSES.contains(&status) && f64::from(status) == written {
        return status;
    }
    let message = format!(
        "{}: `config.error_code` {written} is no status that Kong can refuse with; 500 is used, which is what Kong answers, too",
        plugin.place(build.store)
    );
    let place = plugin.config.place("error_code");
    build.report(Diagnostic::parity(code::PARITY, message).at(place, ""));
    500
}
