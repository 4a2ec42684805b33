//! Headers of a chain of proxies: who asked for what, told to the endpoint.
//!
//! Names and rules are those of nginx as Kong 3 sets it up (`kong/templates/nginx_kong.lua`,
//! `kong/runloop/handler.lua`).

use haleway_http1::RequestWriter;
use http::header::{CONNECTION, FORWARDED, HOST, HeaderMap, TE, UPGRADE, VIA};
use http::{HeaderName, HeaderValue, Version};
use smallvec::SmallVec;

use super::plan::ChainPlan;
use crate::client::{Client, host_text, split_port};
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

/// Where headers go, one behind the other.
pub(super) trait Sink {
    fn put(&mut self, name: &HeaderName, value: &HeaderValue);

    fn put_text(&mut self, name: &HeaderName, text: &[u8]);
}

impl Sink for HeaderMap {
    fn put(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.append(name, value.clone());
    }

    fn put_text(&mut self, name: &HeaderName, text: &[u8]) {
        // What is put together here comes from values of headers and from addresses.
        if let Ok(value) = HeaderValue::from_bytes(text) {
            self.append(name, value);
        }
    }
}

impl Sink for RequestWriter<'_> {
    fn put(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.header(name, value.as_bytes());
    }

    fn put_text(&mut self, name: &HeaderName, text: &[u8]) {
        self.header(name, text);
    }
}

/// What of a call shapes its chain.
#[derive(Clone, Copy)]
pub(super) struct Links {
    /// The matched part of the path is cut off.
    pub(super) strips: bool,
    /// Another protocol is asked for.
    pub(super) upgrade: bool,
    /// The endpoint is to close the connection.
    pub(super) closes: bool,
}

/// The headers of a call: see [`write`].
pub(super) fn headers(plan: &ChainPlan, client: &Client<'_>, links: Links) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(client.head.headers.len() + ADDED);
    write(plan, client, links, &mut headers);
    headers
}

/// Writes the client's headers that may pass, and what the endpoint is told beside them.
pub(super) fn write(plan: &ChainPlan, client: &Client<'_>, links: Links, out: &mut impl Sink) {
    let theirs = &client.head.headers;
    let peer = client.connection.peer.ip();
    let trusted = client.site.client_address.trusts(peer);
    let hop = Hop::of_request();
    let mut told = Told::default();
    for (name, value) in theirs {
        told.te |= *name == TE;
        if !hop.passes(name) || *name == HOST || Some(name) == plan.request_id.as_ref() {
            continue;
        }
        if told.takes(plan, trusted, name) {
            out.put(name, value);
        }
    }
    if told.te && theirs.get(TE).is_some_and(trailers) {
        out.put_text(&TE, b"trailers");
    }
    addresses(client, &told, out);
    target(client, links.strips, &told, out);
    if let Some(token) = &plan.via {
        via(
            told.via.then(|| theirs.get(VIA)).flatten(),
            client.head.version,
            token,
            out,
        );
    }
    if let Some(name) = &plan.request_id {
        out.put(name, client.visit.request_id());
    }
    let protocol = links.upgrade.then(|| theirs.get(UPGRADE)).flatten();
    match protocol {
        Some(protocol) => {
            out.put(&UPGRADE, protocol);
            out.put_text(&CONNECTION, b"Upgrade");
        }
        _ if links.closes => out.put_text(&CONNECTION, b"close"),
        _ if plan.announce_keep_alive => out.put_text(&CONNECTION, b"keep-alive"),
        _ => {}
    }
}

/// What the client, or a proxy before us, has told of the request itself.
#[derive(Default)]
struct Told {
    forwarded_for: bool,
    proto: bool,
    host: bool,
    port: bool,
    path: bool,
    prefix: bool,
    via: bool,
    te: bool,
}

impl Told {
    /// Notes a header, and whether it passes as it is: a trusted peer's word is carried on.
    fn takes(&mut self, plan: &ChainPlan, trusted: bool, name: &HeaderName) -> bool {
        if *name == VIA {
            self.via = true;
            return plan.via.is_none();
        }
        if *name == FORWARDED {
            return trusted;
        }
        let noted = match name.as_str().strip_prefix("x-") {
            Some("real-ip") => return false,
            Some("forwarded-for") => {
                self.forwarded_for = true;
                return false;
            }
            Some("forwarded-proto") => &mut self.proto,
            Some("forwarded-host") => &mut self.host,
            Some("forwarded-port") => &mut self.port,
            Some("forwarded-path") => &mut self.path,
            Some("forwarded-prefix") => &mut self.prefix,
            _ => return true,
        };
        *noted = trusted;
        trusted
    }
}

fn trailers(value: &HeaderValue) -> bool {
    let value = value.to_str().unwrap_or_default();
    let mut codings = value.split(',');
    codings.any(|coding| coding.trim().eq_ignore_ascii_case("trailers"))
}

/// The client's address, and the chain of proxies up to us: it is carried on whoever sent it, as
/// nginx's `$proxy_add_x_forwarded_for` does.
fn addresses(client: &Client<'_>, told: &Told, out: &mut impl Sink) {
    out.put(&REAL_IP, &client.address_value());
    let peer = client.connection.peer.ip().to_canonical();
    let peer = client.connection.address_value(peer);
    if !told.forwarded_for {
        return out.put(&FORWARDED_FOR, &peer);
    }
    let mut text = Vec::new();
    for known in client.head.headers.get_all(FORWARDED_FOR) {
        text.extend_from_slice(known.as_bytes());
        text.extend_from_slice(b", ");
    }
    text.extend_from_slice(peer.as_bytes());
    out.put_text(&FORWARDED_FOR, &text);
}

/// What was asked for.
fn target(client: &Client<'_>, strips: bool, told: &Told, out: &mut impl Sink) {
    let (host, port) = split_port(host_text(client.head));
    if !told.proto {
        let proto = if client.visit.tls { "https" } else { "http" };
        out.put_text(&FORWARDED_PROTO, proto.as_bytes());
    }
    if !told.host {
        out.put_text(&FORWARDED_HOST, host.as_bytes());
    }
    if !told.port {
        let mut digits = itoa::Buffer::new();
        let port = digits.format(port.unwrap_or(client.visit.port));
        out.put_text(&FORWARDED_PORT, port.as_bytes());
    }
    if !told.path {
        out.put_text(&FORWARDED_PATH, client.visit.uri.path().as_bytes());
    }
    if told.prefix {
        return;
    }
    let matched = client.place.matched.filter(|_| strips);
    let prefix = matched.and_then(|bytes| client.path.get(..bytes));
    if let Some(prefix) = prefix.filter(|prefix| *prefix != "/")
        && is_value(prefix)
    {
        out.put_text(&FORWARDED_PREFIX, prefix.as_bytes());
    }
}

/// Whether a text, which may have been decoded, can stand in a header.
fn is_value(text: &str) -> bool {
    HeaderValue::from_str(text).is_ok()
}

fn via(theirs: Option<&HeaderValue>, version: Version, token: &HeaderValue, out: &mut impl Sink) {
    let protocol: &[u8] = match version {
        Version::HTTP_2 => b"2 ",
        Version::HTTP_10 => b"1.0 ",
        _ => b"1.1 ",
    };
    let mut text: SmallVec<[u8; 64]> = SmallVec::new();
    if let Some(theirs) = theirs {
        text.extend_from_slice(theirs.as_bytes());
        text.extend_from_slice(b", ");
    }
    text.extend_from_slice(protocol);
    text.extend_from_slice(token.as_bytes());
    out.put_text(&VIA, &text);
}
