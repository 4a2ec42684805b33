//! `http-log`: sends an entry for each request to a server (`kong/plugins/http-log`).

use std::sync::Arc;

use haleway_blueprint::{LogEndpoint, LogHttp, LogQueue, Secret, Step};

use super::log::{CUSTOM_FIELDS, LOGGED, form};
use super::{Build, Plugin, PluginKind, Scopes, no_names};
use crate::schema::{Check, Field, Record, shape};

pub(super) static KIND: PluginKind = PluginKind {
    name: "http-log",
    priority: 12,
    version: "3.9.3",
    protocols: LOGGED,
    scopes: Scopes::ALL,
    fields: FIELDS,
    checks: &[],
    build,
    writes: no_names,
    doc: "sends an entry for each request to a server",
};

static FIELDS: &[Field] = &[
    Field::of("http_endpoint", &shape::URL)
        .required()
        .referenceable()
        .doc("where to; a name and password in it become `Authorization`, a query is not sent"),
    Field::string("method")
        .default(r#""POST""#)
        .checks(&[Check::OneOf(&["POST", "PUT", "PATCH"])])
        .doc("the method"),
    Field::string("content_type")
        .default(r#""application/json""#)
        .checks(&[Check::OneOf(&[
            "application/json",
            "application/json; charset=utf-8",
        ])])
        .doc("`Content-Type`"),
    Field::number("timeout")
        .default("10000")
        .doc("milliseconds for each of: to connect, to send, to receive"),
    Field::number("keepalive")
        .default("60000")
        .doc("milliseconds that an unused connection is kept"),
    Field::integer("retry_count")
        .idle("`queue.max_retry_time` says how long entries are sent again"),
    Field::integer("queue_size").doc("an older name of `queue.max_batch_size`"),
    Field::number("flush_timeout").doc("an older name of `queue.max_coalescing_delay`"),
    Field::map("headers", &HEADER, &VALUE).doc("further headers"),
    Field::record("queue", QUEUE)
        .required()
        .doc("how entries wait"),
    CUSTOM_FIELDS,
];

static HEADER: Field = Field::string("").checks(&[Check::Text(header)]);
static VALUE: Field = Field::string("").referenceable();

static QUEUE: &[Field] = &[
    Field::integer("max_batch_size")
        .default("1")
        .checks(&[Check::Between(1.0, 1e6)])
        .doc("entries that are sent together; 1 sends each as it is, more send lists"),
    Field::number("max_coalescing_delay")
        .default("1")
        .checks(&[Check::Between(0.0, 3600.0)])
        .doc("seconds that the first entry waits for others"),
    Field::integer("max_entries")
        .default("10000")
        .checks(&[Check::Between(1.0, 1e6)])
        .doc("entries that may wait; beyond that the oldest ones are dropped"),
    Field::integer("max_bytes").doc("bytes that may wait"),
    Field::number("max_retry_time")
        .default("60")
        .doc("seconds in which entries are sent again"),
    Field::number("initial_retry_delay")
        .default("0.01")
        .checks(&[Check::Between(0.001, 1e6)])
        .doc("seconds before entries are sent again; they double with each try"),
    Field::number("max_retry_delay")
        .default("60")
        .checks(&[Check::Between(0.001, 1e6)])
        .doc("seconds between two tries at most"),
    Field::integer("concurrency_limit")
        .default("1")
        .checks(&[Check::OneOfIntegers(&[-1, 1])])
        .approximated("entries are sent one batch after the other"),
];

fn header(name: &str) -> Result<(), String> {
    shape::header_name(name)?;
    let own = ["Host", "Content-Length", "Content-Type"];
    match own.iter().find(|own| own.eq_ignore_ascii_case(name)) {
        Some(own) => Err(format!("cannot contain '{own}' header")),
        None => Ok(()),
    }
}

fn build(plugin: &Plugin<'_>, build: &Build<'_>) -> Vec<Step> {
    let config = plugin.config;
    let text = |field| config.text(field).unwrap_or_default().to_owned();
    let ms = |field| micros(config.number(field).unwrap_or(0.0), 1e3);
    let headers = config.entries("headers").iter();
    let headers = headers.filter_map(|(name, value)| {
        let value = Secret(Arc::from(value.as_text()?));
        Some((name.clone(), value))
    });
    let written = config.text("http_endpoint").unwrap_or_default();
    vec![Step::LogHttp(LogHttp {
        endpoint: endpoint(written),
        method: text("method"),
        content_type: text("content_type"),
        headers: headers.collect(),
        timeout_us: ms("timeout"),
        keepalive_us: ms("keepalive"),
        queue: queue(config),
        form: form(plugin, build),
    })]
}

/// The older fields count where they do not say what was their default.
fn queue(config: &Record) -> LogQueue {
    let size = config.integer("queue_size").filter(|size| *size != 1);
    let size = size.or(config.integer("queue.max_batch_size"));
    let delay = config.number("flush_timeout").filter(|delay| *delay != 2.0);
    let delay = delay.or(config.number("queue.max_coalescing_delay"));
    let count = |value: Option<i64>| value.and_then(|it| usize::try_from(it).ok());
    let seconds = |field: &str| micros(config.number(field).unwrap_or(0.0), 1e6);
    LogQueue {
        batch_entries_max: count(size).unwrap_or(1),
        coalescing_us: micros(delay.unwrap_or(1.0), 1e6),
        entries_max: count(config.integer("queue.max_entries")).unwrap_or(10_000),
        bytes_max: count(config.integer("queue.max_bytes")),
        retry_us_max: seconds("queue.max_retry_time"),
        retry_delay_us: seconds("queue.initial_retry_delay"),
        retry_delay_us_max: seconds("queue.max_retry_delay"),
    }
}

/// Microseconds; less than nothing is nothing.
fn micros(value: f64, unit_us: f64) -> u64 {
    (value * unit_us).round() as u64
}

fn endpoint(url: &str) -> LogEndpoint {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let tls = scheme.eq_ignore_ascii_case("https");
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let (host, port) = shape::split_port(host);
    let host = host.strip_prefix('[').unwrap_or(host);
    let implied = if tls { 443 } else { 80 };
    LogEndpoint {
        tls,
        host: host.strip_suffix(']').unwrap_or(host).to_owned(),
        port: port.and_then(|port| port.parse().ok()).unwrap_or(implied),
        path: path.to_owned(),
        authorization: user.map(|user| {
            let header = format!("Basic {}", base64(user.as_bytes()));
            Secret(header.into())
        }),
    }
}

/// Base64 with padding (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let bits = group
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        for at in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * at)) as usize & 63];
            out.push(if at <= chunk.len() {
                letter as char
            } else {
                '='
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_become_endpoints() {
        for (url, tls, host, port, path, authorization) in [
            ("http://a", false, "a", 80, "/", None),
            ("https://a.b:8443/c/d?e=f", true, "a.b", 8443, "/c/d", None),
            ("HTTPS://[::1]/x", true, "::1", 443, "/x", None),
            (
                "http://me:pass@a:1/",
                false,
                "a",
                1,
                "/",
                Some("Basic bWU6cGFzcw=="),
            ),
        ] {
            let expected = LogEndpoint {
                tls,
                host: host.to_owned(),
                port,
                path: path.to_owned(),
                authorization: authorization.map(|text| Secret(text.into())),
            };
            assert_eq!(endpoint(url), expected);
        }
    }

    #[test]
    fn base64_pads() {
        for (text, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }
}
