//! The objects inside `haleway/health`, as they are written.

use haleway_blueprint::{Header, ProbeKind};
use haleway_document::{Diagnostic, Node, Value};
use haleway_overlay::Placed;

use super::scope::Scope;
use crate::code;
use crate::context::Context;
use crate::headers::is_token;
use crate::key::{Key, key};
use crate::reader::{Reader, Strictness};

/// Keys of `active`.
pub(crate) static ACTIVE_KEYS: &[Key] = &[
    key("type"),
    key("path"),
    key("interval"),
    key("unhealthy_interval"),
    key("timeout"),
    key("successes"),
    key("http_failures"),
    key("tcp_failures"),
    key("timeouts"),
    key("healthy_statuses"),
    key("unhealthy_statuses"),
    key("host"),
    key("headers"),
    key("sni"),
    key("verify"),
];

/// Keys of `passive`.
pub(crate) static PASSIVE_KEYS: &[Key] = &[
    key("successes"),
    key("http_failures"),
    key("tcp_failures"),
    key("timeouts"),
    key("healthy_statuses"),
    key("unhealthy_statuses"),
];

/// A run in a gate is one byte.
const FAILURES_MAX: u32 = 255;

/// Limits and statuses, which both kinds of checks have.
#[derive(Clone, Default)]
pub(super) struct Limits {
    pub(super) successes: Option<Placed<u32>>,
    pub(super) http_failures: Option<Placed<u32>>,
    pub(super) tcp_failures: Option<Placed<u32>>,
    pub(super) timeouts: Option<Placed<u32>>,
    pub(super) healthy_statuses: Option<Vec<u16>>,
    pub(super) unhealthy_statuses: Option<Vec<u16>>,
}

impl Limits {
    fn read(scope: &Scope<'_, '_>) -> Self {
        let count = |name| scope.count(name, 0, FAILURES_MAX);
        Self {
            successes: count("successes"),
            http_failures: count("http_failures"),
            tcp_failures: count("tcp_failures"),
            timeouts: count("timeouts"),
            healthy_statuses: scope.statuses("healthy_statuses"),
            unhealthy_statuses: scope.statuses("unhealthy_statuses"),
        }
    }

    fn over(self, other: &Self) -> Self {
        let other = other.clone();
        Self {
            successes: self.successes.or(other.successes),
            http_failures: self.http_failures.or(other.http_failures),
            tcp_failures: self.tcp_failures.or(other.tcp_failures),
            timeouts: self.timeouts.or(other.timeouts),
            healthy_statuses: self.healthy_statuses.or(other.healthy_statuses),
            unhealthy_statuses: self.unhealthy_statuses.or(other.unhealthy_statuses),
        }
    }
}

/// `active`.
#[derive(Clone, Default)]
pub(super) struct Active {
    pub(super) kind: Option<ProbeKind>,
    pub(super) path: Option<String>,
    pub(super) interval: Option<Placed<u64>>,
    pub(super) unhealthy_interval: Option<Placed<u64>>,
    pub(super) timeout: Option<Placed<u64>>,
    pub(super) limits: Limits,
    pub(super) host: Option<String>,
    pub(super) headers: Option<Vec<Header>>,
    pub(super) sni: Option<String>,
    pub(super) verify: Option<bool>,
}

const KINDS: &[(&str, ProbeKind)] = &[
    ("http", ProbeKind::Http),
    ("https", ProbeKind::Https),
    ("http2", ProbeKind::Http2),
    ("tcp", ProbeKind::Tcp),
    ("grpc", ProbeKind::Grpc),
];

impl Active {
    pub(super) fn read(context: &Context<'_>, node: &Node, place: &str) -> Option<Self> {
        let place = format!("{place}, active");
        let reader = Reader::new(context, node, ACTIVE_KEYS, place, Strictness::Ignores)?;
        let scope = Scope {
            context,
            reader: &reader,
        };
        let active = Self {
            kind: scope.word("type", KINDS),
            path: scope.path(),
            interval: scope.duration_us("interval"),
            unhealthy_interval: scope.duration_us("unhealthy_interval"),
            timeout: scope.duration_us("timeout"),
            limits: Limits::read(&scope),
            host: reader.text("host").map(|it| it.value),
            headers: scope.headers(),
            sni: reader.text("sni").map(|it| it.value),
            verify: reader.flag_if_any("verify"),
        };
        reader.finish();
        Some(active)
    }

    pub(super) fn over(own: Option<Self>, other: Option<&Self>) -> Option<Self> {
        let (Some(own), Some(other)) = (&own, other) else {
            return own.or_else(|| other.cloned());
        };
        let (own, other) = (own.clone(), other.clone());
        Some(Self {
            kind: own.kind.or(other.kind),
            path: own.path.or(other.path),
            interval: own.interval.or(other.interval),
            unhealthy_interval: own.unhealthy_interval.or(other.unhealthy_interval),
            timeout: own.timeout.or(other.timeout),
            limits: own.limits.over(&other.limits),
            host: own.host.or(other.host),
            headers: own.headers.or(other.headers),
            sni: own.sni.or(other.sni),
            verify: own.verify.or(other.verify),
        })
    }
}

/// `passive`.
#[derive(Clone, Default)]
pub(super) struct Passive {
    pub(super) limits: Limits,
}

impl Passive {
    pub(super) fn read(context: &Context<'_>, node: &Node, place: &str) -> Option<Self> {
        let place = format!("{place}, passive");
        let reader = Reader::new(context, node, PASSIVE_KEYS, place, Strictness::Ignores)?;
        let scope = Scope {
            context,
            reader: &reader,
        };
        let limits = Limits::read(&scope);
        reader.finish();
        Some(Self { limits })
    }

    pub(super) fn over(own: Option<Self>, other: Option<&Self>) -> Option<Self> {
        match (own, other) {
            (Some(own), Some(other)) => Some(Self {
                limits: own.limits.over(&other.limits),
            }),
            (own, other) => own.or_else(|| other.cloned()),
        }
    }
}

impl Scope<'_, '_> {
    /// A path that can be asked for.
    fn path(&self) -> Option<String> {
        let written = self.reader.text("path")?;
        let fits = |byte: u8| byte.is_ascii_graphic();
        if written.value.starts_with('/') && written.value.bytes().all(fits) {
            return Some(written.value);
        }
        // The name of a gRPC service is no path.
        let kind = self.reader.node("type").and_then(Node::as_str);
        if kind == Some("grpc") {
            return Some(written.value);
        }
        let message = format!("`path` is `{}`, and is ignored", written.value);
        let finding = Diagnostic::warning(code::OUT_OF_RANGE, self.reader.says(&message))
            .at(written.span, "")
            .help("write a path that begins with `/`, without spaces");
        self.context.report(finding);
        None
    }

    /// Statuses; one that is none is left out.
    fn statuses(&self, name: &str) -> Option<Vec<u16>> {
        self.reader.node(name)?;
        let mut statuses = Vec::new();
        for item in self.reader.items(name) {
            let status = match &item.value {
                Value::Number(text) => text.parse::<u16>().ok(),
                _ => None,
            };
            match status.filter(|status| (100..=999).contains(status)) {
                Some(status) => statuses.push(status),
                None => {
                    let message = format!("an item of `{name}` is no status, and is ignored");
                    let message = self.reader.says(&message);
                    let finding = Diagnostic::warning(code::OUT_OF_RANGE, message)
                        .at(item.span, "")
                        .help("write numbers from 100 to 999");
                    self.context.report(finding);
                }
            }
        }
        Some(statuses)
    }

    /// Headers by name.
    fn headers(&self) -> Option<Vec<Header>> {
        let node = self.reader.node("headers")?;
        let Some(entries) = node.as_object() else {
            self.reader.wrong_type(node, "headers", "an object");
            return None;
        };
        let mut headers = Vec::new();
        for entry in entries {
            let name = entry.key.text.clone();
            let Some(value) = self.reader.text_of(&entry.node, &name) else {
                continue;
            };
            let visible = |byte: u8| byte == b'\t' || (b' '..=b'~').contains(&byte);
            if is_token(&name) && value.bytes().all(visible) {
                headers.push(Header { name, value });
            } else {
                let message = format!("`{name}` cannot be a header, and is ignored");
                let finding = Diagnostic::warning(code::OUT_OF_RANGE, self.reader.says(&message))
                    .at(entry.key.span, "")
                    .help("write a name and a value of visible ASCII");
                self.context.report(finding);
            }
        }
        Some(headers)
    }
}
