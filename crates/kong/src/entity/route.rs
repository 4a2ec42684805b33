//! `routes`: which requests lead to which service.

use super::{EntityKind, Identity};
use crate::schema::{Check, Datum, EntityCheck, Field, Record, shape};

/// The kind, for the router flavours `traditional` and `traditional_compatible`.
pub(crate) static KIND: EntityKind = EntityKind {
    name: "routes",
    singular: "route",
    fields: FIELDS,
    endpoint_key: Some("name"),
    identity: Identity::Named,
    checks: &[EntityCheck::Rule(rules)],
    expand: None,
    complete: Some(complete),
    doc: "which requests lead to which service",
};

/// The kind, for the router flavour `expressions`.
pub(crate) static EXPRESSIONS_KIND: EntityKind = EntityKind {
    name: "routes",
    singular: "route",
    fields: EXPRESSIONS_FIELDS,
    endpoint_key: Some("name"),
    identity: Identity::Named,
    checks: &[EntityCheck::Rule(expression_rules)],
    expand: None,
    complete: Some(complete),
    doc: "which requests lead to which service",
};

const ROUTE_FIELDS: [Field; 23] = [
    Field::id(),
    Field::of("created_at", &shape::TIME),
    Field::of("updated_at", &shape::TIME),
    Field::of("name", &shape::NAME),
    Field::set("protocols", &shape::PROTOCOL)
        .required()
        .default(r#"["http","https"]"#)
        .checks(&[Check::LenMin(1), Check::Exclusive(PROTOCOL_SETS)]),
    Field::set("methods", &shape::METHOD),
    Field::array("hosts", &HOST),
    Field::array("paths", &PATH),
    Field::map("headers", &HEADER, &VALUES),
    Field::integer("https_redirect_status_code")
        .required()
        .default("426")
        .checks(&[Check::OneOfIntegers(&[426, 301, 302, 307, 308])]),
    Field::integer("regex_priority").default("0"),
    Field::boolean("strip_path").required().default("true"),
    Field::string("path_handling")
        .default("\"v0\"")
        .checks(&[Check::OneOf(&["v0", "v1"])])
        .approximated("paths are joined as `v0` does, as in Kong's traditional_compatible router"),
    Field::boolean("preserve_host").required().default("false"),
    Field::boolean("request_buffering")
        .required()
        .default("true"),
    Field::boolean("response_buffering")
        .required()
        .default("true")
        .idle("answers are passed on as they come"),
    Field::set("snis", &SNI),
    Field::set("sources", &PEER),
    Field::set("destinations", &PEER),
    Field::of("tags", &shape::TAGS),
    Field::foreign("service", "services"),
    EXPRESSION,
    PRIORITY,
];

const EXPRESSION: Field =
    Field::string("expression").doc("what is asked of a request, in the language of atc-router");
const PRIORITY: Field = Field::integer("priority")
    .required()
    .default("0")
    .checks(&[Check::Between(0.0, 70_368_744_177_663.0)])
    .doc("the route with the higher one is tried first");

static EXPRESSIONS_FIELDS: &[Field] = &ROUTE_FIELDS;
static FIELDS: &[Field] = ROUTE_FIELDS.split_at(ROUTE_FIELDS.len() - 2).0;

static HOST: Field = Field::string("").checks(&[Check::Text(host)]);
static PATH: Field = Field::string("").checks(&[Check::Text(path)]);
static HEADER: Field = Field::string("").checks(&[Check::Text(header)]);
static VALUES: Field = Field::array("", &shape::TEXT);
static SNI: Field = Field::string("").checks(&[Check::Text(sni)]);
static PEER: Field = Field::record("", PEER_FIELDS);
static PEER_FIELDS: &[Field] = &[
    Field::of("ip", &shape::IP_OR_CIDR),
    Field::of("port", &shape::PORT),
];

/// Protocols that go together in one route.
const PROTOCOL_SETS: &[&[&str]] = &[
    &["http", "https"],
    &["tcp", "tls", "udp"],
    &["tls_passthrough"],
    &["grpc", "grpcs"],
];

/// What kind of traffic a route is for: what Kong calls the subschema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Traffic {
    /// Requests.
    Http,
    /// gRPC calls.
    Grpc,
    /// Connections.
    Stream,
}

/// The traffic that a route is for.
pub(crate) fn traffic(route: &Record) -> Traffic {
    let protocols = route.texts("protocols");
    if protocols.iter().any(|it| it.starts_with("http")) {
        Traffic::Http
    } else if protocols.iter().any(|it| it.starts_with("grpc")) {
        Traffic::Grpc
    } else {
        Traffic::Stream
    }
}

/// Whether all paths of a route may stand there.
pub(crate) fn has_sound_paths(route: &Record) -> bool {
    route
        .texts("paths")
        .into_iter()
        .all(|text| path(text).is_ok())
}

/// gRPC paths are not stripped where nothing is said.
fn complete(route: &mut Record) {
    if traffic(route) == Traffic::Grpc && route.span("strip_path").is_none() {
        route.set("strip_path", Datum::Boolean(false));
    }
}

fn rules(route: &Record) -> Vec<(String, String)> {
    all_rules(route, false)
}

fn expression_rules(route: &Record) -> Vec<(String, String)> {
    all_rules(route, true)
}

fn all_rules(route: &Record, expressions: bool) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let names = match traffic(route) {
        Traffic::Http => "'http' or 'https'",
        Traffic::Grpc => "'grpc' or 'grpcs'",
        Traffic::Stream => "'tcp', 'tls', 'tls_passthrough' or 'udp'",
    };
    let forbidden: &[&str] = match traffic(route) {
        Traffic::Http if !expressions => &["sources", "destinations"],
        Traffic::Http => &[],
        Traffic::Grpc if expressions => &["methods"],
        Traffic::Grpc => &["methods", "sources", "destinations"],
        Traffic::Stream => &["methods", "hosts", "paths", "headers"],
    };
    for field in forbidden {
        if route.item(field).is_some() {
            let message = format!("cannot set '{field}' when 'protocols' is {names}");
            found.push(((*field).to_owned(), message));
        }
    }
    if traffic(route) == Traffic::Grpc && route.flag("strip_path") {
        let message = format!("cannot set 'strip_path' when 'protocols' is {names}");
        found.push(("strip_path".to_owned(), message));
    }
    found.extend(needs_one(route, expressions).map(|message| (String::new(), message)));
    let protocols = route.texts("protocols");
    let named = ["grpcs", "https", "tls", "tls_passthrough"];
    if !protocols.iter().any(|it| named.contains(it)) && !route.items("snis").is_empty() {
        let message = "'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'";
        found.push(("snis".to_owned(), message.to_owned()));
    }
    found
}

/// A route must ask for something.
fn needs_one(route: &Record, expressions: bool) -> Option<String> {
    let protocols = route.texts("protocols");
    let has = |name: &str| protocols.contains(&name);
    let (fields, name): (&[&str], &str) = if has("https") {
        (&["methods", "hosts", "headers", "paths", "snis"], "'https'")
    } else if has("http") {
        (&["methods", "hosts", "headers", "paths"], "'http'")
    } else if has("grpcs") {
        (&["hosts", "headers", "paths", "snis"], "'grpcs'")
    } else if has("grpc") {
        (&["hosts", "headers", "paths"], "'grpc'")
    } else if has("tls_passthrough") {
        (&["snis"], "'tls_passthrough'")
    } else {
        (
            &["sources", "destinations", "snis"],
            "'tcp', 'tls' or 'udp'",
        )
    };
    let mut fields = fields.to_vec();
    if expressions {
        fields.push("expression");
    }
    let filled = |field: &&str| route.item(field).is_some_and(|item| !item.is_empty());
    if fields.iter().any(filled) {
        return None;
    }
    if fields == ["snis"] {
        return Some("must set snis when 'protocols' is 'tls_passthrough'".to_owned());
    }
    let list = format!("'{}'", fields.join("', '"));
    Some(format!("must set one of {list} when 'protocols' is {name}"))
}

/// A host with at most one wildcard as its first or last label, and an optional port.
fn host(text: &str) -> Result<(), String> {
    if text.matches('*').count() > 1 {
        return Err("invalid wildcard: must have at most one wildcard".to_owned());
    }
    let (name, port) = shape::split_port(text);
    if text.contains('*') && !name.starts_with("*.") && !name.ends_with(".*") {
        return Err("invalid wildcard: must be placed at leftmost or rightmost label".to_owned());
    }
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err("invalid port number".to_owned());
    }
    let plain = name.replace('*', "abc");
    if shape::is_address(&plain) || shape::is_host_name(&plain) {
        return Ok(());
    }
    Err(format!("invalid value: {text}"))
}

/// A path in its normal form, or `~` and a pattern.
fn path(text: &str) -> Result<(), String> {
    if !text.starts_with('/') && !text.starts_with("~/") {
        return Err("should start with: / (fixed path) or ~/ (regex path)".to_owned());
    }
    shape::no_empty_segments(text)?;
    let Some(pattern) = text.strip_prefix('~') else {
        shape::percent_escapes(text)?;
        let normal = haleway_routing::normalise_path(text);
        if normal != text {
            return Err(format!(
                "non-normalized path, consider use '{normal}' instead"
            ));
        }
        return Ok(());
    };
    shape::percent_escapes(text)?;
    regex::Regex::new(&format!("^{pattern}"))
        .map(drop)
        .map_err(|error| format!("invalid regex: '{pattern}' ({})", first_words(&error)))
}

/// What is wrong with a pattern, on one line.
fn first_words(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

/// Any header but `Host`.
fn header(text: &str) -> Result<(), String> {
    if text.eq_ignore_ascii_case("host") {
        let message =
            "cannot contain 'host' header, which must be specified in the 'hosts' attribute";
        return Err(message.to_owned());
    }
    shape::header_name(text)
}

/// A name in the TLS handshake: one `*` may lead or trail.
fn sni(text: &str) -> Result<(), String> {
    let plain = match text.matches('*').count() {
        0 => text.to_owned(),
        1 if text.starts_with('*') || text.ends_with('*') => text.replace('*', "wildcard"),
        1 => return Err("wildcard must be leftmost or rightmost character".to_owned()),
        _ => return Err("only one wildcard must be specified".to_owned()),
    };
    shape::host_name(&plain)
}
