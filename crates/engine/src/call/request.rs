//! Writes the request of a call.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use haleway_compose::Object;
use haleway_http1::{ListedNames, Naming, Spelling};
use haleway_routing::{escape_path, join_upstream_path};
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, HOST, HeaderMap, HeaderValue, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderName, Method};

use super::chain::{self, Links};
use super::plan::{CallPlan, HeaderPlan, NamePass, PathPart, PathPlan, StatedPlan};
use super::target;
use crate::client::Client;
use crate::fault::{Fault, FaultKind};
use crate::gotext::{encode_query, parse_query};
use crate::hop::{self, Hop};

/// What earlier calls of the same composition gave, by their index.
#[derive(Clone, Copy, Default)]
pub(crate) struct Results<'a> {
    pub(crate) parts: &'a [Option<EarlierPart>],
}

/// The answer of an earlier call.
pub(crate) struct EarlierPart {
    pub(crate) data: Object,
    pub(crate) raw: Option<Bytes>,
}

/// The request line and headers of a call, apart from what its endpoint adds.
#[derive(Clone)]
pub(crate) struct Head {
    pub(crate) method: Method,
    /// Path and query, without the endpoint's base path.
    pub(crate) target: PathAndQuery,
    pub(crate) headers: HeaderMap,
    /// The `Host`, where it is not the endpoint's own.
    pub(crate) host: Option<HeaderValue>,
    /// How its names are spelled.
    pub(crate) names: Names,
    /// The answer is unpacked although the client did not ask for gzip.
    pub(crate) gunzip: bool,
    /// The client asks for another protocol and the call lets it.
    pub(crate) upgrade: bool,
    /// A body whose length is known is sent with it, whatever framing the client chose.
    pub(crate) tells_length: bool,
}

impl Head {
    /// Writes the head of a call for a client's request.
    ///
    /// # Errors
    /// The path that comes out cannot be sent.
    pub(crate) fn new(
        call: &CallPlan,
        client: &Client<'_>,
        results: Results<'_>,
        base_path: &str,
    ) -> Result<Self, Fault> {
        let method = call.method.as_ref().unwrap_or(&client.head.method).clone();
        let upgrade = call.upgrades(client);
        let (mut headers, names) = match &*call.headers {
            HeaderPlan::Stated(plan) => (headers(plan, client), Names::default()),
            HeaderPlan::Chained(plan) => {
                let links = Links {
                    strips: call.strips_matched(),
                    upgrade,
                    closes: false,
                };
                (chain::headers(plan, client, links), Names::of(client))
            }
        };
        if upgrade {
            hop::copy_upgrade(&client.head.headers, &mut headers);
        }
        let gunzip = call.ask_gzip && asks_gzip(&method, &headers);
        if gunzip {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let target = target_of(call, client, results, base_path)?;
        client.visit.asks(&target);
        Ok(Self {
            method,
            target,
            headers,
            host: host(call, client),
            names,
            gunzip,
            upgrade,
            tells_length: matches!(*call.headers, HeaderPlan::Chained(_)),
        })
    }
}

impl CallPlan {
    /// Whether a client may go on in another protocol, and asks for one.
    pub(super) fn upgrades(&self, client: &Client<'_>) -> bool {
        self.tunnel && hop::asks_upgrade(client.head.version, &client.head.headers)
    }
}

/// How the names of a request are spelled on HTTP/1.1.
#[derive(Clone, Default)]
pub(crate) struct Names {
    /// As the client did it, where that is unusual.
    received: Option<Spelling>,
    /// As the site does it.
    listed: Option<Arc<ListedNames>>,
}

impl Names {
    pub(super) fn of(client: &Client<'_>) -> Self {
        Self {
            received: client.head.extensions.get().cloned(),
            listed: client.site.header_names.clone(),
        }
    }

    /// The same for a writer.
    pub(crate) fn naming(&self) -> Naming<'_> {
        Naming {
            received: self.received.as_ref(),
            listed: self.listed.as_deref(),
        }
    }
}

/// The `Host`, where it is not the endpoint's own: a step's, or the client's.
pub(super) fn host(call: &CallPlan, client: &Client<'_>) -> Option<HeaderValue> {
    let written = client.notes.upstream.host.clone();
    let kept = || client.host_value().filter(|_| call.keep_host);
    written.or_else(kept)
}

/// Go's transport asks for gzip on its own account unless the request says something about it.
fn asks_gzip(method: &Method, headers: &HeaderMap) -> bool {
    *method != Method::HEAD
        && !headers.contains_key(ACCEPT_ENCODING)
        && !headers.contains_key(http::header::RANGE)
}

/// Headers of most calls: the map has room for them from the start.
const HEADERS_USUAL: usize = 6;

fn headers(plan: &StatedPlan, client: &Client<'_>) -> HeaderMap {
    let theirs = &client.head.headers;
    let hop = Hop::of_request();
    let mut ours = HeaderMap::with_capacity(HEADERS_USUAL);
    match &plan.pass {
        None => {
            for (name, value) in theirs {
                if hop.passes(name) && *name != HOST {
                    ours.append(name, value.clone());
                }
            }
        }
        Some(names) => {
            for name in names {
                if hop.passes(name) && *name != HOST {
                    for value in theirs.get_all(name) {
                        ours.append(name, value.clone());
                    }
                }
            }
        }
    }
    if let Some(name) = &plan.client_address {
        ours.insert(name, client.address_value());
    }
    if let (Some(name), Some(host)) = (&plan.host, client.host_value()) {
        ours.insert(name, host);
    }
    if let Some(agent) = &plan.user_agent {
        match (&plan.via, ours.contains_key(USER_AGENT)) {
            (_, false) => drop(ours.insert(USER_AGENT, agent.clone())),
            (Some(via), true) => drop(ours.insert(via, agent.clone())),
            (None, true) => {}
        }
    }
    if let Some(only) = &plan.only {
        keep_only(&mut ours, only);
    }
    ours
}

fn keep_only(headers: &mut HeaderMap, only: &[HeaderName]) {
    let others: Vec<HeaderName> = headers
        .keys()
        .filter(|name| !only.contains(name))
        .cloned()
        .collect();
    for name in others {
        headers.remove(name);
    }
}

pub(super) fn target_of(
    call: &CallPlan,
    client: &Client<'_>,
    results: Results<'_>,
    base_path: &str,
) -> Result<PathAndQuery, Fault> {
    let parts = match &call.path {
        PathPlan::Fixed(fixed) if base_path.is_empty() => return Ok(fixed.clone()),
        PathPlan::Fixed(fixed) => return target::written(&format!("{base_path}{fixed}"), ""),
        PathPlan::Joined { base, .. } => return joined(call, client, base),
        PathPlan::Parts(parts) => parts,
    };
    let mut text = String::with_capacity(64);
    text.push_str(base_path);
    for part in parts {
        match part {
            PathPart::Text(fixed) => text.push_str(fixed),
            PathPart::Parameter(index) => {
                text.push_str(
                    client
                        .place
                        .params
                        .value(*index, client.path)
                        .unwrap_or_default(),
                );
            }
            PathPart::Result {
                call,
                path,
                otherwise,
            } => {
                text.push_str(&result(results, *call, path).unwrap_or(Cow::Borrowed(otherwise)));
            }
        }
    }
    let passed = passed_query(call, client);
    target::written(&text, &passed)
}

/// The client's path behind a base, or what a step has made of it, and its query to the letter.
fn joined(call: &CallPlan, client: &Client<'_>, base: &str) -> Result<PathAndQuery, Fault> {
    if let Some(target) = untouched(call, client, base) {
        return Ok(target.clone());
    }
    let path = match &client.notes.upstream.path {
        Some(path) => path.clone(),
        None => {
            let base = if base.is_empty() { "/" } else { base };
            let matched = client.place.matched.filter(|_| call.strips_matched());
            join_upstream_path(base, client.path, matched)
        }
    };
    let mut text = match escape_path(&path) {
        Cow::Owned(escaped) => escaped,
        Cow::Borrowed(_) => path,
    };
    if let Some(query) = client.head.uri.query() {
        text.push('?');
        text.push_str(query);
    }
    PathAndQuery::from_maybe_shared(Bytes::from(text))
        .map_err(|error| Fault::new(FaultKind::BadRequest, error.to_string()))
}

/// The client's own target, where nothing changes it: the usual case, and it is free.
fn untouched<'a>(call: &CallPlan, client: &Client<'a>, base: &str) -> Option<&'a PathAndQuery> {
    let uri = &client.head.uri;
    let whole = matches!(base, "" | "/")
        && client.path.starts_with('/')
        && client.path == uri.path()
        && client.notes.upstream.path.is_none()
        && (client.place.matched.is_none() || !call.strips_matched());
    let escaped = || matches!(escape_path(client.path), Cow::Borrowed(_));
    uri.path_and_query().filter(|_| whole && escaped())
}

fn result<'a>(results: Results<'a>, call: usize, path: &[String]) -> Option<Cow<'a, str>> {
    let part = results.parts.get(call)?.as_ref()?;
    if path.is_empty() {
        return part.raw.as_ref().map(|raw| String::from_utf8_lossy(raw));
    }
    haleway_compose::propagate(&part.data, path).map(Cow::Owned)
}

fn passed_query(call: &CallPlan, client: &Client<'_>) -> String {
    if matches!(&call.query, NamePass::Named(names) if names.is_empty()) {
        return String::new();
    }
    let mut pairs = parse_query(client.head.uri.query().unwrap_or_default());
    pairs.retain(|(name, _)| {
        let passes = match &call.query {
            NamePass::All | NamePass::AsSent => true,
            NamePass::Named(names) => names.iter().any(|known| known.as_bytes() == &**name),
        };
        let remains = call
            .query_only
            .as_ref()
            .is_none_or(|only| only.iter().any(|known| known.as_bytes() == &**name));
        passes && remains
    });
    encode_query(&mut pairs)
}

/// Whether the length of a body may be told: its header is among those that pass.
pub(super) fn length_told(headers: &HeaderMap) -> bool {
    headers.contains_key(CONTENT_LENGTH)
}
