//! Targets of an upstream.

use std::collections::HashSet;
use std::net::IpAddr;

use serde_json::Value as Json;

use super::answer;
use super::kind::{self, Kind};
use super::page::Page;
use super::query::Arguments;
use super::view::{self, Entity, View, is_uuid};
use crate::answer::Answer;

/// The port where none is written.
const PORT: u16 = 8000;

/// `/upstreams/{upstream}/targets`: the newest first, each once.
pub(super) fn newest(view: &View, key: &str, arguments: &Arguments) -> Answer {
    page(view, key, arguments, "targets", |upstream| {
        newest_of(view, upstream)
    })
}

/// `/upstreams/{upstream}/targets/all`: as they were written.
pub(super) fn all(view: &View, key: &str, arguments: &Arguments) -> Answer {
    page(view, key, arguments, "targets/all", |upstream| {
        of(view, upstream)
    })
}

/// `/upstreams/{upstream}/targets/{target}`
pub(super) fn one(view: &View, key: &str, target: &str) -> Answer {
    let found = upstream(view, key).and_then(|upstream| find(view, upstream, target));
    found.map_or_else(answer::not_found, |target| {
        answer::ok(&Json::Object(target.clone()))
    })
}

/// The upstream of an id or name.
pub(super) fn upstream<'a>(view: &'a View, key: &str) -> Option<&'a Entity> {
    view.find(kind("upstreams")?, key)
}

/// The targets of an upstream, in the order of the document.
pub(super) fn of<'a>(view: &'a View, upstream: &Entity) -> Vec<&'a Entity> {
    let id = view::id(upstream).unwrap_or_default();
    kind("targets").map_or_else(Vec::new, |kind| view.owned(kind, "upstream", id))
}

/// The same, the newest first and each once.
pub(super) fn newest_of<'a>(view: &'a View, upstream: &Entity) -> Vec<&'a Entity> {
    let mut targets = of(view, upstream);
    targets.reverse();
    let created = |target: &Entity| {
        target
            .get("created_at")
            .and_then(Json::as_f64)
            .unwrap_or(0.0)
    };
    targets.sort_by(|a, b| created(b).total_cmp(&created(a)));
    let mut seen = HashSet::new();
    targets.retain(|target| seen.insert(view::text(target, "target")));
    targets
}

/// The target of an upstream by its id, or by host and port.
pub(super) fn find<'a>(view: &'a View, upstream: &Entity, key: &str) -> Option<&'a Entity> {
    if is_uuid(key) {
        let target = view.by_id(kind("targets")?, key)?;
        return (view::foreign(target, "upstream") == view::id(upstream)).then_some(target);
    }
    let wanted = host_and_port(key)?;
    let mut targets = of(view, upstream).into_iter();
    targets
        .find(|target| view::text(target, "target").and_then(host_and_port) == Some(wanted.clone()))
}

/// Host, without brackets, and port of a target or an address.
pub(super) fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            match rest.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if rest.is_empty() => (host, None),
                None => return None,
            }
        }
        // More than one colon is an address of IPv6 and no port.
        None => match text.split_once(':') {
            Some((_, rest)) if rest.contains(':') => (text, None),
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port = match port {
        Some(port) => port.parse().ok()?,
        None => PORT,
    };
    let host = match host.parse::<IpAddr>() {
        Ok(address) => address.to_string(),
        Err(_) => host.to_ascii_lowercase(),
    };
    Some((host, port))
}

fn page<'a>(
    view: &'a View,
    key: &str,
    arguments: &Arguments,
    list: &str,
    targets: impl FnOnce(&Entity) -> Vec<&'a Entity>,
) -> Answer {
    let page = match Page::of(arguments) {
        Ok(page) => page,
        Err(refusal) => return refusal.answer(),
    };
    let Some(upstream) = upstream(view, key) else {
        return answer::not_found();
    };
    let id = view::id(upstream).unwrap_or_default();
    let path = format!("/upstreams/{id}/{list}");
    let shown = |target: &Entity| Json::Object(target.clone());
    page.answer(&path, targets(upstream).into_iter(), shown)
}

fn kind(name: &str) -> Option<&'static Kind> {
    kind::named(name)
}

#[cfg(test)]
mod tests {
    use super::host_and_port;

    #[test]
    fn hosts_and_ports_are_read_in_every_form() {
        let cases = [
            ("10.0.0.1", Some(("10.0.0.1", 8000))),
            ("10.0.0.1:80", Some(("10.0.0.1", 80))),
            ("A.b:81", Some(("a.b", 81))),
            (
                "[0000:0000:0000:0000:0000:0000:0000:0001]:80",
                Some(("::1", 80)),
            ),
            ("[::1]", Some(("::1", 8000))),
            ("::1", Some(("::1", 8000))),
            ("a:b", None),
            ("a:70000", None),
            ("[::1]x", None),
            ("[::1", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|(host, port)| (host.to_owned(), port));
            assert_eq!(host_and_port(text), expected, "{text}");
        }
    }
}
