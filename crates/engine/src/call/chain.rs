//! Headers of a chain of proxies: who asked for what, told to the endpoint.
//!
//! Names and rules are those of nginx as Kong 3 sets it up (`kong/templates/nginx_kong.lua`,
//! `kong/runloop/handler.lua`).

use http::header::{CONNECTION, FORWARDED, HOST, HeaderMap, TE, VIA};
use http::{HeaderName, HeaderValue, Version};

use super::plan::ChainPlan;
use crate::client::{Client, host_text};
use crate::hop::Hop;

const REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const FORWARDED_PATH: HeaderName = HeaderName::from_static("x-forwarded-path");
const FORWARDED_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");

/// Headers that the chain adds at most.
const ADDED: usize = 11;

/// The client's headers that may pass, and what the endpoint is told beside them. `strips` says
/// that the matched part of the path is cut off.
pub(super) fn headers(plan: &ChainPlan, client: &Client<'_>, strips: bool) -> HeaderMap {
    let theirs = &client.head.headers;
    let hop = Hop::of(theirs);
    let mut ours = HeaderMap::with_capacity(theirs.len() + ADDED);
    for (name, value) in theirs {
        if hop.passes(name) && *name != HOST {
            ours.append(name, value.clone());
        }
    }
    if theirs.get(TE).is_some_and(trailers) {
        ours.insert(TE, HeaderValue::from_static("trailers"));
    }
    addresses(client, &mut ours);
    target(client, strips, &mut ours);
    if let Some(token) = &plan.via {
        let via = via(theirs.get(VIA), client.head.version, token);
        ours.insert(VIA, via);
    }
    if let Some(name) = &plan.request_id
        && let Ok(id) = HeaderValue::from_str(client.visit.request_id())
    {
        ours.insert(name, id);
    }
    if plan.announce_keep_alive {
        ours.insert(CONNECTION, HeaderValue::from_static("keep-alive"));
    }
    ours
}

fn trailers(value: &HeaderValue) -> bool {
    let value = value.to_str().unwrap_or_default();
    let mut codings = value.split(',');
    codings.any(|coding| coding.trim().eq_ignore_ascii_case("trailers"))
}

/// The client's address, and the chain of proxies up to us: it is carried on whoever sent it, as
/// nginx's `$proxy_add_x_forwarded_for` does.
fn addresses(client: &Client<'_>, ours: &mut HeaderMap) {
    ours.insert(REAL_IP, client.address_value());
    let peer = client.connection.peer.ip().to_canonical();
    let peer = client.connection.address_value(peer);
    let chain = match (ours.get(FORWARDED_FOR), peer.to_str()) {
        (Some(known), Ok(peer)) => {
            let mut text = known.as_bytes().to_vec();
            text.extend_from_slice(b", ");
            text.extend_from_slice(peer.as_bytes());
            HeaderValue::from_bytes(&text).unwrap_or_else(|_| client.address_value())
        }
        _ => peer,
    };
    ours.insert(FORWARDED_FOR, chain);
}

/// What was asked for: a trusted peer's word is carried on.
fn target(client: &Client<'_>, strips: bool, ours: &mut HeaderMap) {
    let peer = client.connection.peer.ip();
    let trusted = client.site.client_address.trusts(peer);
    if !trusted {
        ours.remove(FORWARDED);
    }
    let said = |name: &HeaderName| trusted && client.head.headers.contains_key(name);
    let (host, port) = authority(host_text(client.head));
    if !said(&FORWARDED_PROTO) {
        let proto = if client.visit.tls { "https" } else { "http" };
        ours.insert(FORWARDED_PROTO, HeaderValue::from_static(proto));
    }
    if !said(&FORWARDED_HOST)
        && let Ok(host) = HeaderValue::from_str(host)
    {
        ours.insert(FORWARDED_HOST, host);
    }
    if !said(&FORWARDED_PORT) {
        let port = port.unwrap_or(client.visit.port);
        ours.insert(FORWARDED_PORT, HeaderValue::from(port));
    }
    let path = client.visit.uri.path();
    if !said(&FORWARDED_PATH)
        && let Ok(path) = HeaderValue::from_str(path)
    {
        ours.insert(FORWARDED_PATH, path);
    }
    if said(&FORWARDED_PREFIX) {
        return;
    }
    ours.remove(FORWARDED_PREFIX);
    let matched = client.place.matched.filter(|_| strips);
    let prefix = matched.and_then(|bytes| client.path.get(..bytes));
    if let Some(prefix) = prefix.filter(|prefix| *prefix != "/")
        && let Ok(prefix) = HeaderValue::from_str(prefix)
    {
        ours.insert(FORWARDED_PREFIX, prefix);
    }
}

/// A host as it was written, and its port.
fn authority(text: &str) -> (&str, Option<u16>) {
    match text.rsplit_once(':') {
        Some((host, digits)) if !digits.contains(']') => match digits.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (text, None),
        },
        _ => (text, None),
    }
}

fn via(theirs: Option<&HeaderValue>, version: Version, token: &HeaderValue) -> HeaderValue {
    let protocol: &[u8] = match version {
        Version::HTTP_2 => b"2 ",
        Version::HTTP_10 => b"1.0 ",
        _ => b"1.1 ",
    };
    let mut text = Vec::new();
    if let Some(theirs) = theirs {
        text.extend_from_slice(theirs.as_bytes());
        text.extend_from_slice(b", ");
    }
    text.extend_from_slice(protocol);
    text.extend_from_slice(token.as_bytes());
    HeaderValue::from_bytes(&text).unwrap_or_else(|_| token.clone())
}
