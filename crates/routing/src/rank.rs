//! The order of routes that do not say theirs: Kong 3's flavour `traditional_compatible`
//! (`kong/router/transform.lua`).
//!
//! A route has a priority of 64 bits, and the highest that matches wins:
//!
//! ```text
//! 63-61  how many of methods, hosts, headers, paths, names in the handshake, sources and
//!        destinations it asks for
//! 60     hosts, none of them with a wildcard
//! 59-52  how many headers, 255 at most
//! 51     its paths are patterns
//! 50-19  the priority of its patterns
//! 18-0   the length of its prefixes
//! ```
//!
//! A route with prefixes of several lengths, or with prefixes and patterns, counts as several
//! routes: one for each length and one for all patterns, in the order in which they are first seen.
//! Routes with the same priority come by their ids, the larger first; of a route that was split, the
//! `n`th part (from 1) has the id `UUIDv5(7f145bf9-0dce-4f91-98eb-debbce4b9f6b, "<id>#<n>")`. Ids
//! are the dialect's.
//!
//! This is the order as it is documented and laid out there. What Kong runs differs from it: where
//! a field is no 64-bit constant, LuaJIT shifts it within 32 bits, so that fields overlap. There,
//! hosts without wildcard, and patterns, outrank the number of fields as long as that is below four,
//! and the number of headers shares bits with the priority of patterns.

use haleway_blueprint::{
    FieldMatch, HeaderMatch, HeaderValueMatch, HostMatch, PathMatch, PeerMatch,
};

const HEADERS_MAX: u64 = 255;
const PLAIN_HOSTS: u64 = 1 << 60;
const PATTERNS: u64 = 1 << 51;
const FIELDS_SHIFT: u32 = 61;
const HEADERS_SHIFT: u32 = 52;
const PATTERN_PRIORITY_SHIFT: u32 = 19;
const PREFIX_LENGTH_MASK: u64 = (1 << 19) - 1;

/// Routes that are expressions stand before all others.
const EXPRESSIONS: u64 = 0xff << 56;

/// For connections without HTTP: a name in the handshake, or both ends.
const CONNECTION_NAMED: u64 = 1 << 61;
const ADDRESS: u64 = 1 << 3;
const PORT: u64 = 1 << 2;
const NETWORK: u64 = 1;
const SOURCES_SHIFT: u32 = 4;

/// A route's fields as its user wrote them.
#[derive(Clone, Copy, Debug, Default)]
pub struct RouteFields<'a> {
    /// It serves connections without HTTP (`tcp`, `tls`, `udp`, `tls_passthrough`): only names in
    /// the handshake, sources and destinations count.
    pub stream: bool,
    /// Methods.
    pub methods: &'a [String],
    /// Hosts, each with an optional wildcard and port: `*.example.com:8443`.
    pub hosts: &'a [String],
    /// Prefixes, and patterns behind a `~`.
    pub paths: &'a [String],
    /// Headers with the values of each; a value behind `~*` is a pattern.
    pub headers: &'a [(String, Vec<String>)],
    /// Names in the TLS handshake, each with an optional wildcard.
    pub snis: &'a [String],
    /// Where connections come from.
    pub sources: &'a [PeerMatch],
    /// Where connections go to.
    pub destinations: &'a [PeerMatch],
    /// The priority of patterns. What is below 0 counts as 0, what needs more than 32 bits as the
    /// largest that does not.
    pub regex_priority: i64,
}

/// What a route is compared by, with its priority; several where its paths have several, in the
/// order of their numbers (see [`self`]).
#[must_use]
pub fn entries(route: &RouteFields<'_>) -> Vec<(u64, FieldMatch)> {
    if route.stream {
        return vec![(stream_priority(route), connection(route))];
    }
    let groups = groups(route.paths);
    if groups.is_empty() {
        return vec![(priority(route, None), fields(route, &[]))];
    }
    groups
        .into_iter()
        .map(|(group, paths)| (priority(route, Some(group)), fields(route, &paths)))
        .collect()
}

/// The priority of a route that is an expression, which says its own: 0 to 2^46 - 1.
#[must_use]
pub fn expression_priority(own: u64) -> u64 {
    EXPRESSIONS | own
}

/// Paths of one priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Patterns,
    /// Prefixes of this many bytes.
    Prefixes(usize),
}

fn groups(paths: &[String]) -> Vec<(Group, Vec<&str>)> {
    let mut groups: Vec<(Group, Vec<&str>)> = Vec::new();
    for path in paths {
        let group = match path.starts_with('~') {
            true => Group::Patterns,
            false => Group::Prefixes(path.len()),
        };
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, paths)) => paths.push(path),
            None => groups.push((group, vec![path])),
        }
    }
    groups
}

fn priority(route: &RouteFields<'_>, group: Option<Group>) -> u64 {
    let asked = [
        !route.methods.is_empty(),
        !route.hosts.is_empty(),
        !route.headers.is_empty(),
        group.is_some(),
        !route.snis.is_empty(),
        !route.sources.is_empty(),
        !route.destinations.is_empty(),
    ];
    let asked: u64 = asked.into_iter().map(u64::from).sum();
    let plain = !route.hosts.is_empty() && !route.hosts.iter().any(|host| host.contains('*'));
    let path = match group {
        None => 0,
        Some(Group::Prefixes(length)) => length as u64 & PREFIX_LENGTH_MASK,
        Some(Group::Patterns) => {
            let priority = route.regex_priority.clamp(0, i64::from(u32::MAX));
            PATTERNS | priority.unsigned_abs() << PATTERN_PRIORITY_SHIFT
        }
    };
    asked << FIELDS_SHIFT
        | if plain { PLAIN_HOSTS } else { 0 }
        | (route.headers.len() as u64).min(HEADERS_MAX) << HEADERS_SHIFT
        | path
}

/// A name, or both ends, before the rest; then sources before destinations, and an address before
/// a port before a network.
fn stream_priority(route: &RouteFields<'_>) -> u64 {
    let both = !route.sources.is_empty() && !route.destinations.is_empty();
    let named = match !route.snis.is_empty() || both {
        true => CONNECTION_NAMED,
        false => 0,
    };
    named | weight(route.sources) << SOURCES_SHIFT | weight(route.destinations)
}

fn weight(peers: &[PeerMatch]) -> u64 {
    let weight = |peer: &PeerMatch| {
        let address = peer.addresses.map_or(0, |range| {
            let whole = if range.address.is_ipv4() { 32 } else { 128 };
            match range.prefix == whole {
                true => ADDRESS,
                false => NETWORK,
            }
        });
        address | peer.port.map_or(0, |_| PORT)
    };
    peers.iter().map(weight).fold(0, |all, one| all | one)
}

fn connection(route: &RouteFields<'_>) -> FieldMatch {
    FieldMatch {
        snis: route.snis.iter().map(|name| sni(name)).collect(),
        sources: route.sources.to_vec(),
        destinations: route.destinations.to_vec(),
        ..FieldMatch::default()
    }
}

fn fields(route: &RouteFields<'_>, paths: &[&str]) -> FieldMatch {
    FieldMatch {
        methods: route.methods.to_vec(),
        hosts: route.hosts.iter().map(|text| host(text)).collect(),
        paths: paths.iter().map(|text| path(text)).collect(),
        headers: route.headers.iter().map(header).collect(),
        ..connection(route)
    }
}

/// A colon begins a port only where a number follows.
fn host(text: &str) -> HostMatch {
    let split = text.rsplit_once(':');
    let split = split.and_then(|(host, port)| Some((host, port.parse().ok()?)));
    let (host, port) = match split {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    HostMatch {
        host: host.to_lowercase(),
        port,
    }
}

fn path(text: &str) -> PathMatch {
    match text.strip_prefix('~') {
        Some(pattern) => PathMatch::Regex(pattern.to_owned()),
        None => PathMatch::Prefix(text.to_owned()),
    }
}

/// Requests are asked for names with dashes; values, patterns included, are put into lower case.
fn header((name, values): &(String, Vec<String>)) -> HeaderMatch {
    let values = values.iter().map(|value| match value.strip_prefix("~*") {
        Some(pattern) => HeaderValueMatch::Regex(pattern.to_ascii_lowercase()),
        None => HeaderValueMatch::Exact(value.to_ascii_lowercase()),
    });
    HeaderMatch {
        name: name.to_ascii_lowercase().replace('_', "-"),
        values: values.collect(),
    }
}

/// A dot at the end says that a name is complete; handshakes have none.
fn sni(text: &str) -> String {
    let name = text.strip_suffix('.').filter(|name| !name.is_empty());
    name.unwrap_or(text).to_lowercase()
}
