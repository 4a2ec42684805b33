//! `upstreams`: sets of targets, how one of them is chosen, and what is asked of their health.

use haleway_document::{Entry, Key, Node, Value};

use super::{EntityKind, Identity};
use crate::schema::{Check, Datum, EntityCheck, Field, Record, shape};

/// The kind.
pub(crate) static KIND: EntityKind = EntityKind {
    name: "upstreams",
    singular: "upstream",
    fields: FIELDS,
    endpoint_key: Some("name"),
    identity: Identity::Named,
    checks: &[EntityCheck::Rule(hash_rules)],
    expand: Some(expand),
    complete: Some(couple),
    doc: "a set of targets with balancing and health checks",
};

const INPUTS: &[&str] = &[
    "none",
    "consumer",
    "ip",
    "header",
    "cookie",
    "path",
    "query_arg",
    "uri_capture",
];

static INPUT: Field = Field::string("").checks(&[Check::OneOf(INPUTS)]);
static SIMPLE: Field = Field::string("").checks(&[Check::LenMin(1)]);

static FIELDS: &[Field] = &[
    Field::id(),
    Field::of("created_at", &shape::TIME),
    Field::of("updated_at", &shape::TIME),
    Field::string("name")
        .required()
        .unique()
        .checks(&[Check::Text(name)]),
    Field::string("algorithm")
        .default("\"round-robin\"")
        .checks(&[Check::OneOf(&[
            "consistent-hashing",
            "least-connections",
            "round-robin",
            "latency",
            "sticky-sessions",
        ])]),
    Field::of("hash_on", &INPUT).default("\"none\""),
    Field::of("hash_fallback", &INPUT).default("\"none\""),
    Field::of("hash_on_header", &shape::HEADER_NAME),
    Field::of("hash_fallback_header", &shape::HEADER_NAME),
    Field::of("hash_on_cookie", &shape::COOKIE_NAME),
    Field::of("hash_on_cookie_path", &shape::PATH).default("\"/\""),
    Field::of("hash_on_query_arg", &SIMPLE),
    Field::of("hash_fallback_query_arg", &SIMPLE),
    Field::of("hash_on_uri_capture", &SIMPLE),
    Field::of("hash_fallback_uri_capture", &SIMPLE),
    Field::of("sticky_sessions_cookie", &shape::COOKIE_NAME)
        .doc("the cookie of `sticky-sessions`, as in Kong Enterprise 3.11"),
    Field::of("sticky_sessions_cookie_path", &shape::PATH).default("\"/\""),
    Field::integer("slots")
        .default("10000")
        .checks(&[Check::Between(10.0, 65_536.0)]),
    Field::record("healthchecks", HEALTHCHECKS).default("{}"),
    Field::of("tags", &shape::TAGS),
    Field::of("host_header", &HOST_WITH_PORT),
    Field::foreign("client_certificate", "certificates"),
    Field::boolean("use_srv_name").default("false"),
];

static HOST_WITH_PORT: Field = Field::string("").checks(&[Check::Text(host_with_port)]);

static HEALTHCHECKS: &[Field] = &[
    Field::record("active", ACTIVE).default("{}"),
    Field::record("passive", PASSIVE).default("{}"),
    Field::number("threshold")
        .default("0")
        .checks(&[Check::Between(0.0, 100.0)])
        .doc("percent of the weight that must be available, and a little more"),
];

static ACTIVE: &[Field] = &[
    Field::of("type", &CHECK_TYPE),
    Field::of("timeout", &SECONDS)
        .default("1")
        .doc("of each step of a probe"),
    Field::integer("concurrency")
        .default("10")
        .checks(&[Check::Between(1.0, 2_147_483_648.0)]),
    Field::of("http_path", &shape::PATH).default("\"/\""),
    Field::of("https_sni", &shape::SNI),
    Field::boolean("https_verify_certificate")
        .required()
        .default("true"),
    Field::map("headers", &shape::HEADER_NAME, &HEADER_VALUES),
    Field::record("healthy", ACTIVE_HEALTHY).default("{}"),
    Field::record("unhealthy", ACTIVE_UNHEALTHY).default("{}"),
];

static ACTIVE_HEALTHY: &[Field] = &[
    Field::of("interval", &SECONDS)
        .default("0")
        .doc("between two probes of a healthy target; 0 sends none"),
    Field::of("http_statuses", &STATUSES).default("[200,302]"),
    Field::of("successes", &COUNT).default("0"),
];

static ACTIVE_UNHEALTHY: &[Field] = &[
    Field::of("interval", &SECONDS)
        .default("0")
        .doc("between two probes of an unhealthy target; 0 sends none"),
    Field::of("http_statuses", &STATUSES).default("[429,404,500,501,502,503,504,505]"),
    Field::of("tcp_failures", &COUNT).default("0"),
    Field::of("timeouts", &COUNT).default("0"),
    Field::of("http_failures", &COUNT).default("0"),
];

static PASSIVE: &[Field] = &[
    Field::of("type", &CHECK_TYPE),
    Field::record("healthy", PASSIVE_HEALTHY).default("{}"),
    Field::record("unhealthy", PASSIVE_UNHEALTHY).default("{}"),
];

static PASSIVE_HEALTHY: &[Field] = &[
    Field::of("http_statuses", &STATUSES)
        .default("[200,201,202,203,204,205,206,207,208,226,300,301,302,303,304,305,306,307,308]"),
    Field::of("successes", &COUNT).default("0"),
];

static PASSIVE_UNHEALTHY: &[Field] = &[
    Field::of("http_statuses", &STATUSES).default("[429,500,503]"),
    Field::of("tcp_failures", &COUNT).default("0"),
    Field::of("timeouts", &COUNT).default("0"),
    Field::of("http_failures", &COUNT).default("0"),
];

static CHECK_TYPE: Field = Field::string("")
    .default("\"http\"")
    .checks(&[Check::OneOf(&["tcp", "http", "https", "grpc", "grpcs"])]);
static SECONDS: Field = Field::number("").checks(&[Check::Between(0.0, 65_535.0)]);
static COUNT: Field = Field::integer("").checks(&[Check::Between(0.0, 255.0)]);
static STATUSES: Field = Field::array("", &shape::STATUS);
static HEADER_VALUES: Field = Field::array("", &shape::TEXT);

fn name(text: &str) -> Result<(), String> {
    if shape::is_address(text) {
        return Err("Invalid name; no ip addresses allowed".to_owned());
    }
    match shape::split_port(text) {
        (_, Some(_)) => Err("Invalid name; no port allowed".to_owned()),
        (host, None) if shape::is_host_name(host) => Ok(()),
        _ => Err("Invalid name; must be a valid hostname".to_owned()),
    }
}

fn host_with_port(text: &str) -> Result<(), String> {
    let (name, port) = shape::split_port(text);
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err("invalid port number".to_owned());
    }
    if shape::is_address(name) || shape::is_host_name(name) {
        return Ok(());
    }
    Err(format!("invalid value: {text}"))
}

/// What else must be set for an input of the hash, and which fallbacks go with it (Kong: the entity
/// checks of `upstreams`).
fn hash_rules(upstream: &Record) -> Vec<(String, String)> {
    let on = upstream.text("hash_on").unwrap_or("none");
    let fallback = upstream.text("hash_fallback").unwrap_or("none");
    let mut found = Vec::new();
    let mut need = |field: &str| {
        if upstream.item(field).is_none() {
            found.push((field.to_owned(), "required field missing".to_owned()));
        }
    };
    for (input, before) in [(on, "hash_on"), (fallback, "hash_fallback")] {
        match input {
            "header" | "query_arg" | "uri_capture" => need(&format!("{before}_{input}")),
            "cookie" => need("hash_on_cookie"),
            _ => {}
        }
    }
    if upstream.text("algorithm") == Some("sticky-sessions") {
        need("sticky_sessions_cookie");
    }
    let allowed: Vec<&str> = match on {
        "none" | "cookie" => vec!["none"],
        "consumer" | "ip" | "path" => {
            let others = INPUTS.iter().copied();
            others.filter(|input| *input != on).collect()
        }
        _ => INPUTS.to_vec(),
    };
    if !allowed.contains(&fallback) {
        let message = format!("expected one of: {}", allowed.join(", "));
        found.push(("hash_fallback".to_owned(), message));
    }
    for input in ["header", "query_arg", "uri_capture"] {
        let (first, second) = (format!("hash_on_{input}"), format!("hash_fallback_{input}"));
        let value = upstream.text(&first);
        if value.is_some() && value == upstream.text(&second) {
            let message = format!("values of these fields must be distinct: '{first}', '{second}'");
            found.push((String::new(), message));
        }
    }
    found
}

/// Balancing and hashing depend on each other, as Kong's shorthands have it: `least-connections`
/// and `latency` hash nothing; a hash makes `consistent-hashing`; `hash_on: none`, where it is
/// written, makes `round-robin`.
fn couple(upstream: &mut Record) {
    let algorithm = upstream
        .text("algorithm")
        .unwrap_or("round-robin")
        .to_owned();
    if upstream.span("algorithm").is_some()
        && matches!(algorithm.as_str(), "least-connections" | "latency")
    {
        upstream.set("hash_on", Datum::Text("none".to_owned()));
        return;
    }
    let forced = match (upstream.text("hash_on"), upstream.span("hash_on")) {
        (_, None) => return,
        (Some("none") | None, Some(_)) if algorithm == "consistent-hashing" => "round-robin",
        (Some("none") | None, Some(_)) => return,
        (Some(_), Some(_)) if algorithm == "sticky-sessions" => return,
        (Some(_), Some(_)) => "consistent-hashing",
    };
    upstream.set("algorithm", Datum::Text(forced.to_owned()));
}

/// `active.headers` as a list of `Name: value` lines, an older form, becomes a map.
fn expand(node: &Node) -> Node {
    let mut node = node.clone();
    let headers = member(&mut node, "healthchecks")
        .and_then(|node| member(node, "active"))
        .and_then(|node| member(node, "headers"));
    if let Some(headers) = headers
        && let Some(map) = lines_as_map(headers)
    {
        headers.value = map;
    }
    node
}

fn member<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    let Value::Object(entries) = &mut node.value else {
        return None;
    };
    let entry = entries.iter_mut().find(|entry| entry.key.text == key)?;
    Some(&mut entry.node)
}

fn lines_as_map(node: &Node) -> Option<Value> {
    let lines = node.as_array().filter(|lines| !lines.is_empty())?;
    let mut entries: Vec<Entry> = Vec::new();
    for line in lines {
        let (name, value) = line.as_str()?.split_once(':')?;
        let value = Node {
            value: Value::String(value.trim().to_owned()),
            span: line.span,
        };
        let known = entries
            .iter_mut()
            .find(|entry| entry.key.text == name.trim());
        if let Some(Value::Array(values)) = known.map(|entry| &mut entry.node.value) {
            values.push(value);
            continue;
        }
        entries.push(Entry {
            key: Key {
                text: name.trim().to_owned(),
                span: line.span,
            },
            node: Node {
                value: Value::Array(vec![value]),
                span: line.span,
            },
        });
    }
    Some(Value::Object(entries))
}
