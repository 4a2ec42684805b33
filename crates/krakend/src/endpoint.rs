//! An endpoint: from its object to a route.

use haleway_blueprint::{Action, HeaderPass, PathPattern, QueryPass, Route, RouteMatch, Step};
use haleway_document::{Diagnostic, Node, Severity, Span, nearest};

use crate::action;
use crate::backend::Backend;
use crate::code;
use crate::duration::Duration;
use crate::encoding::{self, Leaving};
use crate::headers;
use crate::key::{Key, key};
use crate::namespace::proxy::EndpointProxy;
use crate::namespace::registry::Level;
use crate::namespace::{Extra, bot_detector};
use crate::path::{self, EndpointPath};
use crate::reader::{Reader, Spanned, Strictness};
use crate::service::Service;

/// Its keys.
pub(crate) static ENDPOINT_KEYS: &[Key] = &[
    key("endpoint"),
    key("method"),
    key("backend"),
    key("timeout"),
    key("cache_ttl"),
    key("concurrent_calls"),
    key("input_headers").older(&["headers_to_pass"]),
    key("input_query_strings").older(&["querystring_params"]),
    key("output_encoding"),
    key("extra_config"),
];

/// An endpoint that is served.
pub(crate) struct Compiled {
    pub(crate) route: Route,
    /// Its method.
    pub(crate) method: String,
    /// Its place.
    pub(crate) span: Span,
}

/// What its action is made from.
pub(crate) struct Parts {
    /// How messages name it: `endpoint GET /users`.
    pub(crate) place: String,
    pub(crate) path: EndpointPath,
    pub(crate) timeout: Duration,
    pub(crate) cache_ttl: Duration,
    pub(crate) cache_ttl_written: Option<Span>,
    pub(crate) races: u32,
    pub(crate) headers: HeaderPass,
    /// Where the header `Upgrade` is named.
    pub(crate) upgrade_named: Option<Span>,
    pub(crate) query: QueryPass,
    pub(crate) leaving: Leaving,
    pub(crate) proxy: EndpointProxy,
    pub(crate) has_claims: bool,
    pub(crate) backends: Vec<Backend>,
    /// It needs what is not built yet.
    pub(crate) is_refused: bool,
    pub(crate) span: Span,
}

/// Methods of endpoints that KrakenD serves.
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Equal calls that are made at once at most.
const RACES_MAX: i64 = 64;

/// Compiles an endpoint; `None`, after a finding, where it is not served.
pub(crate) fn compile(service: &Service<'_>, node: &Node) -> Option<Compiled> {
    let context = service.context;
    let reader = Reader::new(
        context,
        node,
        ENDPOINT_KEYS,
        place(node),
        Strictness::Refuses,
    )?;
    let Some(written) = reader.text("endpoint") else {
        let finding =
            Diagnostic::error(code::WRONG_TYPE, "an endpoint has no `endpoint`, its path")
                .at(node.span, "")
                .help("add `\"endpoint\": \"/path\"`");
        context.report(finding);
        return None;
    };
    let method_written = reader.text("method").filter(|it| !it.value.is_empty());
    let method = method_written
        .as_ref()
        .map_or_else(|| "GET".to_owned(), |it| it.value.to_uppercase());
    let clean = path::clean(&written.value);
    if !METHODS.contains(&method.as_str()) {
        let span = method_written.map_or(node.span, |it| it.span);
        context.report(skipped(&reader.place, &method, span));
        return None;
    }
    let path = read_path(service, &written, &clean, &reader.place)?;
    let pattern = path.pattern.clone();
    let extra = Extra::read(
        context,
        reader.node("extra_config"),
        Level::Endpoint,
        &reader.place,
    );
    let steps = steps(service, &extra, &reader.place);
    let parts = parts(service, &reader, extra, path, (node, &method))?;
    reader.finish();
    let action = action::of(service, &parts);
    let route = route(
        clean,
        &method,
        pattern,
        steps,
        action,
        context.origin(written.span),
    );
    Some(Compiled {
        route,
        method,
        span: written.span,
    })
}

/// How messages name an endpoint that was not read yet.
fn place(node: &Node) -> String {
    let text = |key| {
        node.get(key)
            .and_then(Node::as_str)
            .filter(|it| !it.is_empty())
    };
    match text("endpoint") {
        Some(path) => {
            let method = text("method").unwrap_or("GET").to_uppercase();
            format!("endpoint {method} {}", path::clean(path))
        }
        None => "an endpoint".to_owned(),
    }
}

fn route(
    name: String,
    method: &str,
    path: PathPattern,
    steps: Vec<Step>,
    action: Action,
    origin: haleway_blueprint::Origin,
) -> Route {
    Route {
        name,
        service: None,
        matches: RouteMatch::Path {
            methods: vec![method.to_owned()],
            path,
        },
        steps,
        action,
        log_request: false,
        described: Vec::new(),
        origin,
    }
}

fn skipped(place: &str, method: &str, span: Span) -> Diagnostic {
    let hint = nearest(method, METHODS.iter().copied());
    let label = hint.map_or_else(
        || "not served".to_owned(),
        |hint| format!("did you mean `{hint}`?"),
    );
    let finding = Diagnostic::warning(
        code::METHOD_SKIPPED,
        format!("{place}: the method {method} is not supported, so the endpoint is skipped"),
    );
    let help = match method {
        "OPTIONS" => "the router's `auto_options` answers OPTIONS on every path",
        _ => "endpoints are served for GET, POST, PUT, PATCH and DELETE",
    };
    finding.at(span, label).help(help)
}

fn read_path(
    service: &Service<'_>,
    written: &Spanned<String>,
    clean: &str,
    place: &str,
) -> Option<EndpointPath> {
    let context = service.context;
    let reserved = context.profile.reserved;
    if path::is_reserved(clean, reserved) {
        let finding = Diagnostic::error(
            code::RESERVED_PATH,
            format!("{place}: the path is reserved"),
        )
        .at(written.span, "")
        .help(format!("choose a path without {}", reserved.join(", ")));
        context.report(finding);
        return None;
    }
    if clean == "/__catchall" {
        let message = format!(
            "{place}: the catch-all endpoint is a feature of KrakenD Enterprise; here it serves this path alone"
        );
        context.report(Diagnostic::warning(code::ENTERPRISE, message).at(written.span, ""));
    }
    if clean.contains(['?', '#']) {
        let message = format!("{place}: no request can match a path with `?` or `#`");
        let finding = Diagnostic::warning(code::NEVER_MATCHES, message).at(written.span, "");
        context.report(finding.help("query strings are passed on with `input_query_strings`"));
    }
    match path::parse(clean, service.inherited.disable_rest) {
        Ok(path) => {
            for oddity in &path.oddities {
                let message = format!("{place}: {oddity}");
                context.report(Diagnostic::warning(code::PATH_FORM, message).at(written.span, ""));
            }
            Some(path)
        }
        Err(reason) => {
            let finding = Diagnostic::error(code::PATH_FORM, format!("{place}: {reason}"))
                .at(written.span, "")
                .help("a parameter fills one whole segment: \"/users/{id}\"");
            context.report(finding);
            None
        }
    }
}

/// The service's bot detector, then the endpoint's own.
fn steps(service: &Service<'_>, extra: &Extra<'_>, place: &str) -> Vec<Step> {
    let own = extra.get("security/bot-detector").and_then(|node| {
        bot_detector::read(
            service.context,
            node,
            &format!("{place}, security/bot-detector"),
        )
    });
    service
        .bot_detector
        .iter()
        .cloned()
        .chain(own.map(Step::UserAgentFilter))
        .collect()
}

fn parts(
    service: &Service<'_>,
    reader: &Reader<'_>,
    extra: Extra<'_>,
    path: EndpointPath,
    (node, method): (&Node, &str),
) -> Option<Parts> {
    let context = service.context;
    let place = reader.place.clone();
    let proxy = EndpointProxy::read(context, extra.get("proxy"), &format!("{place}, proxy"));
    let (output, output_span) = match reader
        .text("output_encoding")
        .filter(|it| !it.value.is_empty())
    {
        Some(written) => (written.value, Some(written.span)),
        None => (service.inherited.output_encoding.clone(), None),
    };
    let passes = output == "no-op";
    let items = reader.items("backend");
    let backends: Vec<Backend> = items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| {
            let place = format!("{place}, backend {index}");
            Backend::read(service, item, &place, method, passes)
        })
        .collect();
    if !check_backends(service, reader, node.span, items.len(), passes)
        || backends.len() != items.len()
    {
        return None;
    }
    let only = if let [only] = backends.as_slice() {
        Some(only.encoding.as_str())
    } else {
        None
    };
    let leaving = encoding::leaving(&output, only, context.profile);
    if !encoding::OUTPUTS.contains(&output.as_str()) {
        report_output(service, reader, &output, output_span, &leaving);
    }
    let is_refused = !extra.missing.is_empty() || backends.iter().any(|it| !it.missing.is_empty());
    let timeout = reader.duration("timeout").filter(|it| !it.is_zero());
    let cache_ttl = reader.duration("cache_ttl").filter(|it| !it.is_zero());
    let (headers, upgrade_named) = header_pass(reader);
    Some(Parts {
        path,
        timeout: timeout.unwrap_or(service.inherited.timeout),
        cache_ttl: cache_ttl.unwrap_or(service.inherited.cache_ttl),
        cache_ttl_written: cache_ttl.and_then(|_| reader.key_span("cache_ttl")),
        races: races(reader),
        headers,
        upgrade_named,
        query: query_pass(reader),
        leaving,
        proxy,
        has_claims: extra.missing.contains(&"auth/validator"),
        backends,
        is_refused,
        span: node.span,
        place,
    })
}

fn check_backends(
    service: &Service<'_>,
    reader: &Reader<'_>,
    span: Span,
    count: usize,
    passes: bool,
) -> bool {
    if count == 0 {
        if reader
            .node("backend")
            .is_none_or(|node| node.as_array().is_some())
        {
            let finding = Diagnostic::error(code::NO_BACKEND, reader.says("there is no backend"))
                .at(reader.key_span("backend").unwrap_or(span), "")
                .help("add at least one object to `backend`");
            service.context.report(finding);
        }
        return false;
    }
    if count > 1 && passes {
        let message =
            reader.says("an answer can be passed through (`no-op`) from one backend only");
        let finding = Diagnostic::error(code::NO_OP_WITH_MANY, message)
            .at(
                reader.key_span("output_encoding").unwrap_or(span),
                format!("{count} backends"),
            )
            .help("keep one backend, or choose another `output_encoding`");
        service.context.report(finding);
        return false;
    }
    true
}

fn report_output(
    service: &Service<'_>,
    reader: &Reader<'_>,
    output: &str,
    span: Option<Span>,
    leaving: &Leaving,
) {
    // One that is inherited is reported once, at the root.
    let Some(span) = span else { return };
    let result = match leaving {
        Leaving::Passed => "the backend's answer is passed through",
        Leaving::Written(_) => "the answer is written as its only backend's encoding, else as json",
    };
    let hint = nearest(output, encoding::OUTPUTS.iter().copied());
    let label = hint.map_or_else(String::new, |hint| format!("did you mean `{hint}`?"));
    let message = reader.says(&format!(
        "the output encoding `{output}` is unknown: {result}"
    ));
    let finding = Diagnostic::warning(code::UNKNOWN_ENCODING, message).at(span, label);
    service
        .context
        .report(finding.help(format!("write one of: {}", encoding::OUTPUTS.join(", "))));
}

fn races(reader: &Reader<'_>) -> u32 {
    let Some(written) = reader.integer("concurrent_calls") else {
        return 1;
    };
    if written.value > RACES_MAX {
        let message = reader.says(&format!(
            "`concurrent_calls` is {}; {RACES_MAX} are made at most",
            written.value
        ));
        reader.report(
            Diagnostic::new(code::OUT_OF_RANGE, Severity::Warning, message).at(written.span, ""),
        );
    }
    u32::try_from(written.value.clamp(1, RACES_MAX)).unwrap_or(1)
}

/// Nothing named passes `Content-Type` alone; `*` passes all.
fn header_pass(reader: &Reader<'_>) -> (HeaderPass, Option<Span>) {
    let written = reader.texts("input_headers");
    if written.iter().any(|it| it.value == "*") {
        return (HeaderPass::All, None);
    }
    if written.is_empty() {
        return (HeaderPass::Named(vec!["Content-Type".to_owned()]), None);
    }
    let upgrade = written
        .iter()
        .find(|it| it.value.eq_ignore_ascii_case("upgrade"))
        .map(|it| it.span);
    let names = headers::names(reader, "input_headers").unwrap_or_default();
    (HeaderPass::Named(names), upgrade)
}

fn query_pass(reader: &Reader<'_>) -> QueryPass {
    let names: Vec<String> = reader.values("input_query_strings");
    if names.iter().any(|it| it == "*") {
        QueryPass::All
    } else {
        QueryPass::Named(names)
    }
}
