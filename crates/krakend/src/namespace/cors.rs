//! `security/cors`: cross-origin resource sharing (krakend-cors over rs/cors).

use haleway_blueprint::{Cors, CorsRequestHeaders, Origins};
use haleway_document::{Diagnostic, Node, Severity};

use crate::code;
use crate::context::Context;
use crate::headers;
use crate::key::{Key, idle, key};
use crate::reader::{Reader, Strictness};

/// Its keys.
pub(crate) static KEYS: &[Key] = &[
    key("allow_origins"),
    key("allow_methods"),
    key("allow_headers"),
    key("expose_headers"),
    key("max_age"),
    key("allow_credentials"),
    key("allow_private_network"),
    key("options_passthrough"),
    key("options_success_status"),
    idle("debug", Severity::Note, "its log lines are not written"),
];

/// Methods allowed where none are named.
const METHODS: &[&str] = &["GET", "HEAD", "POST"];

/// The step of a service that asks for it.
pub(crate) fn read(context: &Context<'_>, node: &Node) -> Option<Cors> {
    let reader = Reader::new(context, node, KEYS, "security/cors", Strictness::Ignores)?;
    let texts = |key| reader.values(key);
    let origins = texts("allow_origins");
    let mut methods = methods(&reader);
    if methods.is_empty() {
        methods = METHODS.iter().map(|it| (*it).to_owned()).collect();
    }
    let allowed = texts("allow_headers");
    let all_headers = allowed.is_empty() || allowed.iter().any(|it| it == "*");
    let status = reader
        .integer("options_success_status")
        .and_then(|it| u16::try_from(it.value).ok());
    let cors = Cors {
        origins: if origins.is_empty() || origins.iter().any(|it| it == "*") {
            Origins::Any
        } else {
            Origins::Listed(origins)
        },
        methods,
        headers: (!all_headers).then(|| allowed_headers(context, &allowed)),
        expose_headers: headers::names(&reader, "expose_headers").unwrap_or_default(),
        max_age_s: reader
            .duration("max_age")
            .map(|it| it.secs())
            .filter(|it| *it > 0),
        credentials: reader.flag("allow_credentials"),
        private_network: reader.flag("allow_private_network"),
        passthrough: reader.flag("options_passthrough"),
        preflight_status: status
            .filter(|it| (200..600).contains(it))
            .unwrap_or(context.profile.preflight_status),
        request_headers: context.profile.cors_request_headers,
        vary_repeat: context.profile.cors_vary_repeat,
        origin: context.origin(node.span),
    };
    reader.finish();
    Some(cors)
}

/// The headers that are named, in lower case. The library of version 2 (rs/cors up to 1.7) always
/// allows `Origin` beside them.
fn allowed_headers(context: &Context<'_>, named: &[String]) -> Vec<String> {
    let mut headers: Vec<String> = named.iter().map(|it| it.to_ascii_lowercase()).collect();
    let adds_origin = context.profile.cors_request_headers == CorsRequestHeaders::Canonical;
    if adds_origin && !headers.iter().any(|it| it == "origin") {
        headers.push("origin".to_owned());
    }
    headers
}

/// The methods that are named; what is no method is reported and left out.
fn methods(reader: &Reader<'_>) -> Vec<String> {
    let mut methods = Vec::new();
    for written in reader.texts("allow_methods") {
        if headers::is_token(&written.value) {
            methods.push(written.value.to_uppercase());
        } else {
            let message = format!(
                "`{}` in `allow_methods` is no method and is left out",
                written.value
            );
            let finding = Diagnostic::warning(code::OUT_OF_RANGE, reader.says(&message));
            reader.report(finding.at(written.span, ""));
        }
    }
    methods
}
