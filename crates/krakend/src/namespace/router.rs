//! `router`: options of the HTTP router (lura, router/gin/engine.go; krakend-ce, router_engine.go).

use haleway_blueprint::{AddressRange, ClientAddress};
use haleway_document::{Diagnostic, Node, Severity};

use super::error_body;
use crate::code;
use crate::context::Context;
use crate::headers;
use crate::key::{Key, enterprise, idle, key, near};
use crate::reader::{Reader, Spanned, Strictness};

/// Its keys.
pub(crate) static KEYS: &[Key] = &[
    key("disable_health"),
    key("health_path"),
    key("logger_skip_paths"),
    key("disable_access_log"),
    key("return_error_msg"),
    key("error_body"),
    key("auto_options"),
    key("disable_redirect_trailing_slash"),
    key("disable_redirect_fixed_path"),
    key("disable_handle_method_not_allowed"),
    key("remove_extra_slash"),
    key("forwarded_by_client_ip"),
    key("remote_ip_headers"),
    key("trusted_proxies"),
    near(
        "app_engine",
        "the header is believed from trusted proxies only; by default these are all",
    ),
    idle(
        "max_multipart_memory",
        Severity::Note,
        "forms are passed on and never taken apart",
    ),
    key("hide_version_header"),
    key("disable_path_decoding"),
    key("use_h2c"),
    enterprise("max_payload"),
    enterprise("decompress_gzip"),
    enterprise("disable_gzip"),
];

/// Where the health endpoint stands unless it is moved.
pub(crate) const HEALTH_PATH: &str = "/__health";

/// What the router is told.
pub(crate) struct Router {
    /// Path of the health endpoint; `None` where it is off.
    pub(crate) health_path: Option<String>,
    /// Where the health endpoint is moved, for messages.
    pub(crate) health_path_written: Option<Spanned<String>>,
    /// Paths without a line in the access log; `None` where there is no log at all.
    pub(crate) access_log_skips: Option<Vec<String>>,
    /// Error texts are shown to clients.
    pub(crate) return_error_msg: bool,
    /// JSON body of a 404.
    pub(crate) body_404: Option<String>,
    /// JSON body of a 405.
    pub(crate) body_405: Option<String>,
    /// OPTIONS is answered on every path.
    pub(crate) auto_options: bool,
    pub(crate) redirect_trailing_slash: bool,
    pub(crate) redirect_fixed_path: bool,
    pub(crate) method_not_allowed: bool,
    pub(crate) merge_slashes: bool,
    pub(crate) client_address: ClientAddress,
    pub(crate) hide_version_header: bool,
    pub(crate) refuse_encoded_parameters: bool,
    pub(crate) use_h2c: bool,
}

impl Router {
    /// Reads the block, or gives the defaults.
    pub(crate) fn read(context: &Context<'_>, node: Option<&Node>) -> Self {
        let absent = Node {
            value: haleway_document::Value::Object(Vec::new()),
            span: Default::default(),
        };
        let reader = node
            .and_then(|node| Reader::new(context, node, KEYS, "router", Strictness::Ignores))
            .or_else(|| Reader::new(context, &absent, KEYS, "router", Strictness::Ignores));
        let reader = reader.expect("an object without keys is read");
        let bodies = error_body::read(context, &reader);
        let written = reader.text("health_path").filter(|it| !it.value.is_empty());
        let disabled = reader.flag("disable_health");
        let skips = reader.values("logger_skip_paths");
        let router = Self {
            health_path: (!disabled).then(|| health_path(context, written.as_ref())),
            health_path_written: written,
            access_log_skips: (!reader.flag("disable_access_log")).then_some(skips),
            return_error_msg: reader.flag("return_error_msg"),
            body_404: bodies.not_found,
            body_405: bodies.method_not_allowed,
            auto_options: reader.flag("auto_options"),
            redirect_trailing_slash: !reader.flag("disable_redirect_trailing_slash"),
            redirect_fixed_path: !reader.flag("disable_redirect_fixed_path"),
            method_not_allowed: !reader.flag("disable_handle_method_not_allowed"),
            merge_slashes: reader.flag("remove_extra_slash"),
            client_address: client_address(context, &reader),
            hide_version_header: reader.flag("hide_version_header"),
            refuse_encoded_parameters: !reader.flag("disable_path_decoding")
                && context.profile.refuses_encoded_parameters,
            use_h2c: reader.flag("use_h2c"),
        };
        reader.finish();
        router
    }
}

fn health_path(context: &Context<'_>, written: Option<&Spanned<String>>) -> String {
    let Some(written) = written else {
        return HEALTH_PATH.to_owned();
    };
    if !written.value.starts_with('/') || written.value.contains([':', '*']) {
        let message = format!(
            "router: `health_path` is `{}`, which is no path",
            written.value
        );
        let finding = Diagnostic::error(code::OUT_OF_RANGE, message)
            .at(
                written.span,
                "must begin with a slash and hold no parameter",
            )
            .help("write a path such as \"/health\"");
        context.report(finding);
    }
    written.value.clone()
}

/// gin's rule: the headers are believed from trusted proxies, which are all unless some are named.
fn client_address(context: &Context<'_>, reader: &Reader<'_>) -> ClientAddress {
    let usual = || vec!["X-Forwarded-For".to_owned(), "X-Real-Ip".to_owned()];
    let mut headers = headers::names(reader, "remote_ip_headers").unwrap_or_else(usual);
    if reader.flag_if_any("forwarded_by_client_ip") == Some(false) {
        headers.clear();
    }
    if reader.flag("app_engine") {
        headers.insert(0, "X-Appengine-Remote-Addr".to_owned());
    }
    let mut trusted: Vec<AddressRange> = Vec::new();
    let named = reader.texts("trusted_proxies");
    for network in &named {
        match AddressRange::parse(&network.value) {
            Some(range) => trusted.push(range),
            None => context.report(bad_network(network)),
        }
    }
    if named.is_empty() {
        trusted.extend(
            ["0.0.0.0/0", "::/0"]
                .into_iter()
                .filter_map(AddressRange::parse),
        );
    }
    ClientAddress { headers, trusted }
}

fn bad_network(network: &Spanned<String>) -> Diagnostic {
    let message = format!(
        "router: `{}` in `trusted_proxies` is no network",
        network.value
    );
    Diagnostic::error(code::BAD_NETWORK, message)
        .at(network.span, "neither an address nor a network")
        .help("write an address or a network such as \"10.0.0.0/8\"")
}
