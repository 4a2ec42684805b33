//! Shapes that many fields share (after Kong's `kong/db/schema/typedefs.lua`). A shape has no name;
//! [`Field::of`](super::Field::of) gives it one.

use std::net::IpAddr;

use super::{Check, Field};

/// The protocols of routes, services and plugins.
pub(crate) const PROTOCOLS: &[&str] = &[
    "grpc",
    "grpcs",
    "http",
    "https",
    "tcp",
    "tls",
    "tls_passthrough",
    "udp",
];

/// The identity of an entity.
pub(crate) static ID: Field = Field::string("id").auto().checks(&[Check::Uuid]);
/// When an entity was made or changed, in seconds since 1970.
pub(crate) static TIME: Field = Field::integer("").auto();
/// A name that no other entity of its kind has.
pub(crate) static NAME: Field = Field::string("").unique().checks(&[Check::Text(name)]);
/// A protocol.
pub(crate) static PROTOCOL: Field = Field::string("").checks(&[Check::OneOf(PROTOCOLS)]);
/// A host name or an IP address, without a port.
pub(crate) static HOST: Field = Field::string("").checks(&[Check::Text(host)]);
/// A host name, without a port and no IP address.
pub(crate) static SNI: Field = Field::string("").checks(&[Check::Text(host_name)]);
/// An IP address or a network.
pub(crate) static IP_OR_CIDR: Field = Field::string("").checks(&[Check::Text(ip_or_cidr)]);
/// A port.
pub(crate) static PORT: Field = Field::integer("").checks(&[Check::Between(0.0, 65_535.0)]);
/// Milliseconds.
pub(crate) static TIMEOUT: Field =
    Field::integer("").checks(&[Check::Between(0.0, 2_147_483_646.0)]);
/// An absolute path.
pub(crate) static PATH: Field = Field::string("").checks(&[
    Check::StartsWith("/"),
    Check::Text(no_empty_segments),
    Check::Text(path),
]);
/// A URL with scheme and host.
pub(crate) static URL: Field = Field::string("").checks(&[Check::Text(url)]);
/// The name of a header.
pub(crate) static HEADER_NAME: Field = Field::string("").checks(&[Check::Text(header_name)]);
/// The name of a cookie.
pub(crate) static COOKIE_NAME: Field = Field::string("").checks(&[Check::Text(cookie_name)]);
/// An HTTP method, upper case.
pub(crate) static METHOD: Field = Field::string("").checks(&[Check::Matches(is_upper)]);
/// A status.
pub(crate) static STATUS: Field = Field::integer("").checks(&[Check::Between(100.0, 999.0)]);
/// Any text.
pub(crate) static TEXT: Field = Field::string("");
/// Labels.
pub(crate) static TAGS: Field = Field::set("tags", &TAG);
static TAG: Field = Field::string("").required().checks(&[Check::Text(tag)]);
/// A UUID that names an entity.
pub(crate) static UUID: Field = Field::string("").checks(&[Check::Uuid]);

impl Field {
    /// The fields that nearly every entity begins with.
    pub(crate) const fn id() -> Self {
        Self::of("id", &ID)
    }
}

/// A name: letters of ASCII and digits, `.`, `-`, `_`, `~`, and everything outside of ASCII.
pub(crate) fn name(text: &str) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-_~".contains(c) || !c.is_ascii();
    if !text.is_empty() && text.chars().all(fits) {
        return Ok(());
    }
    Err(format!(
        "invalid value '{text}': the only accepted ascii characters are alphanumerics or ., -, _, and ~"
    ))
}

/// A host name or an IP address, without a port.
pub(crate) fn host(text: &str) -> Result<(), String> {
    match split_port(text) {
        (_, Some(_)) if text.parse::<IpAddr>().is_err() => Err("must not have a port".to_owned()),
        _ if is_address(text) || is_host_name(text) => Ok(()),
        _ => Err(format!("invalid value: {text}")),
    }
}

/// A host name, without a port and no IP address.
pub(crate) fn host_name(text: &str) -> Result<(), String> {
    if is_address(text) {
        return Err("must not be an IP".to_owned());
    }
    host(text)
}

/// An IP address or a network.
pub(crate) fn ip_or_cidr(text: &str) -> Result<(), String> {
    haleway_blueprint::AddressRange::parse(text)
        .map(drop)
        .ok_or_else(|| format!("invalid ip or cidr range: '{text}'"))
}

/// A path without `//`.
pub(crate) fn no_empty_segments(text: &str) -> Result<(), String> {
    if text.contains("//") {
        return Err("must not have empty segments".to_owned());
    }
    Ok(())
}

/// The letters that RFC 3986 allows in a path, with whole percent escapes.
pub(crate) fn path(text: &str) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-_~/%:@!$&'()*+,;=".contains(c);
    if !text.starts_with('/') || !text.chars().all(fits) {
        return Err(format!(
            "invalid path: '{text}' (characters outside of the reserved list of RFC 3986 found)"
        ));
    }
    percent_escapes(text)
}

/// Whole percent escapes.
pub(crate) fn percent_escapes(text: &str) -> Result<(), String> {
    for (at, _) in text.match_indices('%') {
        let escape = text.get(at + 1..at + 3);
        let whole = escape.is_some_and(|it| it.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if !whole {
            let shown: String = text[at..].chars().take(3).collect();
            return Err(format!("invalid url-encoded value: '{shown}'"));
        }
    }
    Ok(())
}

fn url(text: &str) -> Result<(), String> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err("missing scheme in url".to_owned());
    };
    if scheme.is_empty() {
        return Err("missing scheme in url".to_owned());
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() {
        return Err("missing host in url".to_owned());
    }
    Ok(())
}

/// The name of a header.
pub(crate) fn header_name(text: &str) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.is_empty() {
        return Err("no header name provided".to_owned());
    }
    if text.chars().all(fits) {
        return Ok(());
    }
    Err(format!(
        "bad header name '{text}', allowed characters are A-Z, a-z, 0-9, '_', and '-'"
    ))
}

fn cookie_name(text: &str) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if !text.is_empty() && text.chars().all(fits) {
        return Ok(());
    }
    Err(format!(
        "bad cookie name '{text}', allowed characters are A-Z, a-z, 0-9, '_', and '-'"
    ))
}

fn tag(text: &str) -> Result<(), String> {
    let fits = |c: char| matches!(c, ' '..='~') && c != ',' && c != '/' || !c.is_ascii();
    if !text.is_empty() && text.chars().all(fits) {
        return Ok(());
    }
    Err(format!(
        "invalid tag '{text}': expected printable ascii (except `,` and `/`) or valid utf-8 sequences"
    ))
}

fn is_upper(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Whether a text is an IP address, with or without brackets.
pub(crate) fn is_address(text: &str) -> bool {
    address(text).is_some()
}

/// An IP address, with or without brackets.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    let inner = text
        .strip_prefix('[')
        .and_then(|it| it.strip_suffix(']'))
        .unwrap_or(text);
    inner.parse().ok()
}

/// Whether a text can be a host name: labels of letters, digits, `-` and `_`.
pub(crate) fn is_host_name(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let fits = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    !text.is_empty() && text.len() <= 253 && text.split('.').all(fits)
}

/// A text in host and port, where a port stands behind it.
pub(crate) fn split_port(text: &str) -> (&str, Option<&str>) {
    if text.starts_with('[') {
        return match text.find(']') {
            Some(end) => match text[end + 1..].strip_prefix(':') {
                Some(port) => (&text[..=end], Some(port)),
                None => (text, None),
            },
            None => (text, None),
        };
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port)),
        _ => (text, None),
    }
}
