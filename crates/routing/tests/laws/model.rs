//! The plain scan: every match in the order of its position, each field looked at by itself.

use std::net::IpAddr;

use atc_router::ast::{Type, Value};
use atc_router::context::{Context, Match};
use atc_router::interpreter::Execute;
use atc_router::parser::parse;
use atc_router::schema::Schema;
use haleway_blueprint::{
    FieldMatch, HeaderMatch, HeaderValueMatch, MatchRule, PathMatch, PeerMatch, RequestMatch,
};
use regex::Regex;

use crate::requests::Request;

/// The route and how many bytes of the path matched.
pub(crate) fn scan(
    entries: &[(usize, RequestMatch)],
    request: &Request,
) -> Option<(usize, Option<usize>)> {
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort_by_key(|(_, entry)| entry.position);
    sorted.into_iter().find_map(|(route, entry)| {
        let matched = match &entry.rule {
            MatchRule::Fields(fields) => match_fields(fields, request)?,
            MatchRule::Expression(text) => evaluate(text, request)?,
        };
        Some((*route, matched))
    })
}

fn match_fields(fields: &FieldMatch, request: &Request) -> Option<Option<usize>> {
    let sni_asked = request.scheme == "https" || request.scheme == "tls";
    let holds = (fields.methods.is_empty()
        || fields.methods.contains(&request.method.as_str().to_owned()))
        && (fields.hosts.is_empty()
            || fields.hosts.iter().any(|host| {
                glob(&host.host, request.host) && host.port.unwrap_or(request.port) == request.port
            }))
        && fields
            .headers
            .iter()
            .all(|header| match_header(header, request))
        && (fields.snis.is_empty()
            || !sni_asked
            || fields
                .snis
                .iter()
                .any(|name| request.sni.is_some_and(|sni| glob(name, sni))))
        && match_peers(&fields.sources, request.source.ip(), request.source.port())
        && match_peers(&fields.destinations, request.destination, request.port);
    if !holds || fields.paths.is_empty() {
        return holds.then_some(None);
    }
    let matched = fields.paths.iter().find_map(|path| match path {
        PathMatch::Exact(text) => (*text == request.path).then_some(text.len()),
        PathMatch::Prefix(text) => request.path.starts_with(text).then_some(text.len()),
        PathMatch::Regex(pattern) => {
            let regex = Regex::new(&format!("^{pattern}")).unwrap();
            regex.captures(&request.path).map(|found| found[0].len())
        }
    });
    matched.map(Some)
}

fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        Some((head, end)) => text.starts_with(head) && text.ends_with(end),
        None => pattern == text,
    }
}

fn match_header(header: &HeaderMatch, request: &Request) -> bool {
    request.headers.get_all(&header.name).iter().any(|line| {
        let line = String::from_utf8(line.as_bytes().to_vec()).unwrap();
        header.values.iter().any(|value| match value {
            HeaderValueMatch::Exact(text) => text.eq_ignore_ascii_case(&line),
            HeaderValueMatch::Regex(pattern) => {
                Regex::new(pattern).unwrap().is_match(&line.to_lowercase())
            }
        })
    })
}

fn match_peers(peers: &[PeerMatch], address: IpAddr, port: u16) -> bool {
    peers.is_empty()
        || peers.iter().any(|peer| {
            peer.addresses.is_none_or(|range| range.contains(address))
                && peer.port.unwrap_or(port) == port
        })
}

/// What the original's own interpreter says of an expression.
pub(crate) fn evaluate(text: &str, request: &Request) -> Option<Option<usize>> {
    let mut schema = Schema::default();
    let mut context = Context::new({
        for name in [
            "net.protocol",
            "tls.sni",
            "http.method",
            "http.host",
            "http.path",
        ] {
            schema.add_field(name, Type::String);
        }
        for name in ["http.path.segments.*", "http.headers.*", "http.queries.*"] {
            schema.add_field(name, Type::String);
        }
        for name in ["net.src.port", "net.dst.port", "http.path.segments.len"] {
            schema.add_field(name, Type::Int);
        }
        for name in ["net.src.ip", "net.dst.ip"] {
            schema.add_field(name, Type::IpAddr);
        }
        &schema
    });
    fill(&mut context, request);
    let mut found = Match::new();
    let holds = parse(text).unwrap().execute(&mut context, &mut found);
    holds.then(|| match found.matches.get("http.path") {
        Some(Value::String(text)) => Some(text.len()),
        _ => None,
    })
}

fn fill(context: &mut Context<'_>, request: &Request) {
    let mut text = |name: &str, value: &str| context.add_value(name, Value::from(value.to_owned()));
    text("net.protocol", request.scheme);
    text("http.method", request.method.as_str());
    text("http.host", request.host);
    text("http.path", &request.path);
    if let Some(sni) = request.sni {
        text("tls.sni", sni);
    }
    for (name, value) in &request.headers {
        let name = name.as_str().replace('-', "_");
        let value = std::str::from_utf8(value.as_bytes()).unwrap();
        text(&format!("http.headers.{name}"), value);
    }
    for (name, (_, value)) in &request.arguments {
        text(&format!("http.queries.{name}"), value);
    }
    let inner = request.path.strip_prefix('/').unwrap();
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    let mut segments: Vec<&str> = inner.split('/').collect();
    if inner.is_empty() {
        segments.clear();
    }
    for first in 0..segments.len() {
        text(&format!("http.path.segments.{first}"), segments[first]);
        for last in first + 1..segments.len() {
            let name = format!("http.path.segments.{first}_{last}");
            text(&name, &segments[first..=last].join("/"));
        }
    }
    let mut number = |name: &str, value: usize| context.add_value(name, Value::Int(value as i64));
    number("net.src.port", request.source.port().into());
    number("net.dst.port", request.port.into());
    number("http.path.segments.len", segments.len());
    context.add_value("net.src.ip", Value::IpAddr(request.source.ip()));
    context.add_value("net.dst.ip", Value::IpAddr(request.destination));
}
