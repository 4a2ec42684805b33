//! A backend of an endpoint, as it is written.

use haleway_blueprint::{Discovery, Endpoint, Scheme, Shape, StatusPolicy};
use haleway_document::{Diagnostic, Node, Severity, Span, Value, nearest};

use crate::code;
use crate::encoding;
use crate::headers;
use crate::host;
use crate::key::{Key, idle, key};
use crate::namespace::haleway_health::Health;
use crate::namespace::proxy::BackendProxy;
use crate::namespace::registry::Level;
use crate::namespace::{Extra, backend_http, backend_http_client, circuit_breaker, haleway_health};
use crate::reader::{Reader, Spanned, Strictness};
use crate::service::Service;

/// Its keys.
pub(crate) static BACKEND_KEYS: &[Key] = &[
    key("url_pattern"),
    key("host"),
    key("method"),
    key("encoding"),
    key("group"),
    key("target"),
    key("mapping"),
    key("allow").older(&["whitelist"]),
    key("deny").older(&["blacklist"]),
    key("is_collection"),
    key("sd"),
    key("sd_scheme"),
    key("disable_host_sanitize"),
    key("input_headers").older(&["headers_to_pass"]),
    key("input_query_strings").older(&["querystring_params"]),
    key("extra_config"),
    idle(
        "timeout",
        Severity::Warning,
        "the timeout of the endpoint counts; KrakenD ignores it, too",
    ),
];

/// A backend.
pub(crate) struct Backend {
    pub(crate) span: Span,
    /// How messages name it.
    pub(crate) place: String,
    pub(crate) url_pattern: Spanned<String>,
    pub(crate) discovery: Discovery,
    pub(crate) method: String,
    pub(crate) encoding: String,
    pub(crate) is_collection: bool,
    /// What is made of its data, in order.
    pub(crate) shapes: Vec<Shape>,
    /// Its `group`, for the question whether keys may clash.
    pub(crate) group: String,
    pub(crate) headers_only: Option<Vec<String>>,
    pub(crate) query_only: Option<Vec<String>>,
    pub(crate) status: StatusPolicy,
    pub(crate) resends_body: bool,
    pub(crate) proxy: BackendProxy,
    pub(crate) health: Health,
    pub(crate) breaker: Option<circuit_breaker::Written>,
    /// Namespaces without which the endpoint must not be served.
    pub(crate) missing: Vec<&'static str>,
}

impl Backend {
    /// Reads a backend of an endpoint with this method.
    pub(crate) fn read(
        service: &Service<'_>,
        node: &Node,
        place: &str,
        endpoint_method: &str,
        passes: bool,
    ) -> Option<Self> {
        let context = service.context;
        let reader = Reader::new(context, node, BACKEND_KEYS, place, Strictness::Refuses)?;
        let extra = Extra::read(context, reader.node("extra_config"), Level::Backend, place);
        let proxy = BackendProxy::read(context, extra.get("proxy"), &format!("{place}, proxy"));
        let url_pattern = reader.text("url_pattern");
        let url_pattern = url_pattern.unwrap_or(Spanned {
            value: "/".to_owned(),
            span: node.span,
        });
        let encoding = encoding_of(service, &reader, passes);
        let is_collection = reader.flag("is_collection");
        let shapes = shapes(&reader, &proxy, encoding == "no-op");
        let discovery = discovery(service, &reader, node.span, &extra.missing);
        let query: Vec<String> = reader.values("input_query_strings");
        warn_of_stars(&reader);
        let backend = Self {
            span: node.span,
            url_pattern,
            discovery,
            method: method(service, &reader, endpoint_method),
            encoding,
            is_collection,
            shapes,
            group: reader.text("group").map(|it| it.value).unwrap_or_default(),
            headers_only: headers::names(&reader, "input_headers"),
            query_only: (!query.is_empty()).then_some(query),
            status: backend_http::status_policy(
                context,
                extra.get("backend/http"),
                &format!("{place}, backend/http"),
            ),
            resends_body: backend_http_client::resends_body(
                context,
                extra.get("backend/http/client"),
                &format!("{place}, backend/http/client"),
            ),
            proxy,
            health: health(service, &extra, node.span, place),
            breaker: extra.get("qos/circuit-breaker").and_then(|node| {
                circuit_breaker::read(context, node, &format!("{place}, qos/circuit-breaker"))
            }),
            missing: extra.missing,
            place: place.to_owned(),
        };
        reader.finish();
        Some(backend)
    }
}

/// Its own `haleway/health` over the service's.
fn health(service: &Service<'_>, extra: &Extra<'_>, span: Span, place: &str) -> Health {
    let node = extra.get("haleway/health");
    let place = format!("{place}, haleway/health");
    let written = haleway_health::Written::read(service.context, node, &place);
    written.warn_of_waiting(&service.health, service.context, span);
    Health::of(&written, &service.health)
}

/// In an endpoint `*` passes all; in a backend it is a name like any other (lura,
/// proxy/headers_filter.go).
fn warn_of_stars(reader: &Reader<'_>) {
    for key in ["input_headers", "input_query_strings"] {
        let items = reader
            .node(key)
            .and_then(Node::as_array)
            .unwrap_or_default();
        if let Some(star) = items.iter().find(|it| it.as_str() == Some("*")) {
            let message = format!("`*` in `{key}` of a backend stands for itself, not for all");
            let finding = Diagnostic::warning(code::NO_EFFECT, reader.says(&message))
                .at(star.span, "names nothing")
                .help("leave the key out to pass all that the endpoint passes");
            reader.report(finding);
        }
    }
}

fn method(service: &Service<'_>, reader: &Reader<'_>, endpoint_method: &str) -> String {
    let Some(written) = reader.text("method").filter(|it| !it.value.is_empty()) else {
        return endpoint_method.to_owned();
    };
    if !headers::is_token(&written.value) {
        let message = reader.says(&format!("`{}` is no method", written.value));
        let finding = Diagnostic::error(code::OUT_OF_RANGE, message)
            .at(written.span, "")
            .help("write a method such as \"GET\"");
        service.context.report(finding);
    }
    written.value.to_uppercase()
}

fn encoding_of(service: &Service<'_>, reader: &Reader<'_>, passes: bool) -> String {
    let written = reader.text("encoding");
    if passes {
        return "no-op".to_owned();
    }
    let Some(written) = written.filter(|it| !it.value.is_empty()) else {
        return "json".to_owned();
    };
    let name = written.value.to_lowercase();
    if encoding::INPUTS.contains(&name.as_str()) {
        // Only the exact spelling makes an answer pass through unread (lura, proxy/http.go).
        return written.value;
    }
    let finding = if encoding::ENTERPRISE_INPUTS.contains(&name.as_str()) {
        let message = format!(
            "the encoding `{}` is a feature of KrakenD Enterprise; json is read",
            written.value
        );
        Diagnostic::warning(code::ENTERPRISE, reader.says(&message))
            .at(written.span, "read as json")
    } else {
        let hint = nearest(&name, encoding::INPUTS.iter().copied());
        let label = hint.map_or_else(String::new, |hint| format!("did you mean `{hint}`?"));
        let message = format!("the encoding `{}` is unknown; json is read", written.value);
        Diagnostic::warning(code::UNKNOWN_ENCODING, reader.says(&message)).at(written.span, label)
    };
    service
        .context
        .report(finding.help(format!("write one of: {}", encoding::INPUTS.join(", "))));
    written.value
}

/// Target, then flatmap or else allow, deny and mapping, then group (lura, proxy/formatter.go).
fn shapes(reader: &Reader<'_>, proxy: &BackendProxy, passes: bool) -> Vec<Shape> {
    let text = |key| {
        reader
            .text(key)
            .map(|it| it.value)
            .filter(|it| !it.is_empty())
    };
    let texts = |key| reader.values(key);
    let (target, group) = (text("target"), text("group"));
    let (allow, deny, mapping) = (texts("allow"), texts("deny"), mapping(reader));
    if passes {
        warn_unused(
            reader,
            &["target", "allow", "deny", "mapping", "group"],
            "an answer that is passed unread",
        );
        return Vec::new();
    }
    let mut shapes = Vec::new();
    shapes.extend(target.map(Shape::Target));
    if !proxy.flatmap.is_empty() {
        warn_unused(
            reader,
            &["allow", "deny", "mapping"],
            "a backend with `flatmap_filter`, which takes its place",
        );
        shapes.push(Shape::Flatmap(proxy.flatmap.clone()));
    } else {
        if !allow.is_empty() {
            warn_unused(reader, &["deny"], "a backend with `allow`, which wins");
            shapes.push(Shape::Allow(allow));
        } else if !deny.is_empty() {
            shapes.push(Shape::Deny(deny));
        }
        if !mapping.is_empty() {
            shapes.push(Shape::Mapping(mapping));
        }
    }
    shapes.extend(group.map(Shape::Group));
    shapes
}

fn warn_unused(reader: &Reader<'_>, keys: &[&str], place: &str) {
    for key in keys {
        let Some(span) = reader.key_span(key) else {
            continue;
        };
        let empty = match reader.node(key).map(|node| &node.value) {
            Some(Value::Array(items)) => items.is_empty(),
            Some(Value::String(text)) => text.is_empty(),
            Some(Value::Object(entries)) => entries.is_empty(),
            _ => false,
        };
        if !empty {
            let message = reader.says(&format!("`{key}` has no effect in {place}"));
            reader.report(
                Diagnostic::warning(code::NO_EFFECT, message).at(span, "ignored, by KrakenD, too"),
            );
        }
    }
}

/// Old and new names; of a new name only what stands before a dot counts.
fn mapping(reader: &Reader<'_>) -> Vec<(String, String)> {
    let Some(node) = reader.node("mapping") else {
        return Vec::new();
    };
    let Some(entries) = node.as_object() else {
        reader.wrong_type(node, "mapping", "an object of old and new names");
        return Vec::new();
    };
    let mut pairs = Vec::new();
    for entry in entries {
        let Some(new) = reader.text_of(&entry.node, &entry.key.text) else {
            continue;
        };
        let new = new.split('.').next().unwrap_or_default();
        pairs.push((entry.key.text.clone(), new.to_owned()));
    }
    pairs
}

/// Namespaces whose backends are no HTTP servers: their hosts have other schemes.
const OTHER_TRANSPORTS: &[&str] = &["backend/amqp/", "backend/pubsub/", "backend/lambda"];

fn discovery(
    service: &Service<'_>,
    reader: &Reader<'_>,
    span: Span,
    missing: &[&str],
) -> Discovery {
    let written = reader.texts("host");
    let as_written = reader.flag("disable_host_sanitize");
    let (sd, sd_scheme) = (reader.text("sd"), reader.text("sd_scheme"));
    if missing.iter().any(|name| {
        OTHER_TRANSPORTS
            .iter()
            .any(|prefix| name.starts_with(prefix))
    }) {
        return Discovery::Static(Vec::new());
    }
    if sd.as_ref().is_some_and(|it| it.value == "dns") {
        return srv(service, reader, &written, as_written, sd_scheme);
    }
    if let Some(sd) = sd.filter(|it| !it.value.is_empty() && it.value != "static") {
        let message = reader.says(&format!(
            "`sd` is `{}`, which is unknown, so the hosts are taken as they stand",
            sd.value
        ));
        let finding = Diagnostic::warning(code::UNKNOWN_VALUE, message)
            .at(sd.span, "")
            .help("write \"static\" or \"dns\"");
        reader.report(finding);
    }
    let mut hosts: Vec<Endpoint> = Vec::new();
    for text in &written {
        match if as_written {
            host::as_written(&text.value)
        } else {
            host::clean(&text.value)
        } {
            Ok(host) => hosts.push(host),
            Err(reason) => reader.report(bad_host(reader, text, &reason, as_written)),
        }
    }
    note_cleartext_http2(reader, &written, &hosts);
    if written.is_empty() {
        hosts.clone_from(&service.inherited.hosts);
    }
    if written.is_empty() && hosts.is_empty() && !service.inherited.names_hosts {
        let message = reader.says("there is no `host`, here or at the root, so every call fails");
        let finding = Diagnostic::warning(code::NO_HOST, message).at(span, "");
        reader.report(finding.help("add `\"host\": [\"http://...\"]`"));
    }
    Discovery::Static(hosts)
}

fn bad_host(
    reader: &Reader<'_>,
    text: &Spanned<String>,
    reason: &str,
    as_written: bool,
) -> Diagnostic {
    let message = reader.says(&format!("the host `{}` is invalid: {reason}", text.value));
    let finding = Diagnostic::error(code::BAD_HOST, message).at(text.span, "");
    if as_written {
        return finding.help("with `disable_host_sanitize` a host is the beginning of a URL, such as \"http://a.b/base\"");
    }
    finding.help("write \"http://name:port\"; a path belongs into `url_pattern`, or set `disable_host_sanitize`")
}

fn note_cleartext_http2(reader: &Reader<'_>, written: &[Spanned<String>], hosts: &[Endpoint]) {
    if hosts.iter().any(|host| host.scheme == Scheme::H2c)
        && let Some(text) = written
            .iter()
            .find(|it| it.value.to_ascii_lowercase().starts_with("h2c://"))
    {
        let message = reader.says(&format!(
            "`{}` is spoken to in HTTP/2 without TLS, which KrakenD Community cannot",
            text.value
        ));
        reader.report(Diagnostic::parity(code::CLEARTEXT_HTTP2, message).at(text.span, ""));
    }
}

/// The first host is the name to look up.
fn srv(
    service: &Service<'_>,
    reader: &Reader<'_>,
    written: &[Spanned<String>],
    as_written: bool,
    scheme: Option<Spanned<String>>,
) -> Discovery {
    let Some(first) = written.first() else {
        let message = reader.says("`sd` is `dns`, but `host` names nothing to look up");
        let finding = Diagnostic::error(code::DISCOVERY, message)
            .at(reader.key_span("sd").unwrap_or_default(), "")
            .help("add `\"host\": [\"name.of.the.srv.record\"]`");
        reader.report(finding);
        return Discovery::Static(Vec::new());
    };
    let name = first
        .value
        .trim_start_matches("http://")
        .trim_start_matches("https://")
        .trim_end_matches('/');
    if !as_written || name != first.value {
        let message = format!(
            "`{name}` is looked up; KrakenD would look up `{}` and find nothing",
            first.value
        );
        let finding = Diagnostic::parity(code::DISCOVERY, reader.says(&message))
            .at(first.span, "")
            .help("write the name alone and set `\"disable_host_sanitize\": true`");
        reader.report(finding);
    }
    let scheme = match scheme.as_ref().map_or("", |it| it.value.as_str()) {
        "https" => Scheme::Https,
        "http" | "" => Scheme::Http,
        other => {
            let message = reader.says(&format!(
                "`sd_scheme` is `{other}`, which is unknown, so `http` serves"
            ));
            let span = scheme.as_ref().map(|it| it.span).unwrap_or_default();
            let finding = Diagnostic::warning(code::UNKNOWN_VALUE, message).at(span, "");
            reader.report(finding.help("write \"http\" or \"https\""));
            Scheme::Http
        }
    };
    Discovery::Srv {
        name: name.to_owned(),
        scheme,
        refresh_us: service.inherited.dns_refresh_us,
    }
}
