//! `headers` and `headers_upstream`: which headers of our own are written.

use haleway_document::Severity;

use super::Settings;

/// Headers of our own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// `Server` on own answers.
    pub(crate) server: bool,
    /// `Via` on those of services.
    pub(crate) via: bool,
    /// `X-Kong-Upstream-Latency`.
    pub(crate) upstream_latency: bool,
    /// `X-Kong-Proxy-Latency`.
    pub(crate) proxy_latency: bool,
    /// `X-Kong-Response-Latency`.
    pub(crate) response_latency: bool,
    /// `X-Kong-Upstream-Status`.
    pub(crate) upstream_status: bool,
    /// `X-Kong-Request-Id` on answers.
    pub(crate) request_id: bool,
    /// `X-Kong-Request-Id` on requests.
    pub(crate) upstream_request_id: bool,
}

const NAMES: &[&str] = &[
    "server_tokens",
    "latency_tokens",
    "server",
    "via",
    "x-kong-proxy-latency",
    "x-kong-response-latency",
    "x-kong-admin-latency",
    "x-kong-upstream-latency",
    "x-kong-upstream-status",
    "x-kong-request-id",
];

impl Tokens {
    /// What the settings ask for.
    pub(crate) fn read(settings: &Settings<'_>) -> Self {
        let mut tokens = Self::default();
        let list = settings.list("headers");
        for name in &list {
            let name = name.to_ascii_lowercase();
            match name.as_str() {
                "off" => {}
                "server_tokens" => (tokens.server, tokens.via) = (true, true),
                "latency_tokens" => {
                    tokens.upstream_latency = true;
                    tokens.proxy_latency = true;
                    tokens.response_latency = true;
                }
                "server" => tokens.server = true,
                "via" => tokens.via = true,
                "x-kong-proxy-latency" => tokens.proxy_latency = true,
                "x-kong-response-latency" => tokens.response_latency = true,
                "x-kong-upstream-latency" => tokens.upstream_latency = true,
                "x-kong-upstream-status" => tokens.upstream_status = true,
                "x-kong-request-id" => tokens.request_id = true,
                "x-kong-admin-latency" => {}
                other => {
                    let message = format!(
                        "invalid entry '{other}', expected off or of {}",
                        NAMES.join(", ")
                    );
                    settings.refuse("headers", &message);
                }
            }
        }
        let times = [
            tokens.upstream_latency,
            tokens.proxy_latency,
            tokens.response_latency,
        ];
        if times.contains(&true) && times.contains(&false) {
            let what = "names some of the latency headers: all three are written";
            settings.report(Severity::Parity, "headers", what);
        }
        let upstream = settings.list("headers_upstream");
        tokens.upstream_request_id = upstream
            .iter()
            .any(|name| name.eq_ignore_ascii_case("x-kong-request-id"));
        tokens
    }
}
