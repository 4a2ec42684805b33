//! How backends are spoken to: the HTTP client settings of the service.

use haleway_blueprint::{HeaderCase, Protocol, Transport};
use haleway_document::{Diagnostic, Node};

use crate::code;
use crate::context::Context;
use crate::duration::Duration;
use crate::reader::Reader;
use crate::tls;

/// Time for a TLS handshake (lura, transport/http/server: fixed).
const TLS_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Idle connections kept per host where nothing is said (lura: `DefaultMaxIdleConnsPerHost`).
const IDLE_PER_ENDPOINT_MAX: usize = 250;

/// Time between TCP keep-alive probes where nothing is said (Go's net.Dialer).
const TCP_KEEPALIVE: Duration = Duration::from_secs(15);

/// Head start of the first address family where nothing is said (Go's net.Dialer).
const FALLBACK_DELAY: Duration = Duration::from_millis(300);

/// Bytes of an answer's head. Go takes 10 MB; but a connection buffers as much of a body, too, and
/// thousands of slow readers must not cost gigabytes.
const HEADER_BYTES_MAX: usize = 128 << 10;

/// Variables that would send Go's client through a proxy.
pub(crate) const HTTP_PROXY_VARIABLES: &[&str] =
    &["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];

/// The transport that all pools share.
pub(crate) fn transport(
    context: &Context<'_>,
    root: &Reader<'_>,
    client_tls: Option<&Node>,
) -> Transport {
    warn_of_proxies(context);
    let count = |key| {
        root.integer(key)
            .and_then(|it| usize::try_from(it.value).ok())
            .filter(|it| *it > 0)
    };
    let time = |key| root.duration(key).and_then(Duration::some_micros);
    Transport {
        connect_timeout_us: time("dialer_timeout"),
        tls_handshake_timeout_us: TLS_HANDSHAKE_TIMEOUT.micros(),
        response_header_timeout_us: time("response_header_timeout"),
        idle_timeout_us: time("idle_connection_timeout"),
        idle_per_endpoint_max: count("max_idle_connections_per_host")
            .unwrap_or(IDLE_PER_ENDPOINT_MAX),
        idle_max: count("max_idle_connections"),
        close_after_request: root.flag("disable_keep_alives"),
        tcp_keepalive_us: Some(time("dialer_keep_alive").unwrap_or(TCP_KEEPALIVE.micros())),
        fallback_delay_us: time("dialer_fallback_delay").unwrap_or(FALLBACK_DELAY.micros()),
        header_bytes_max: HEADER_BYTES_MAX,
        header_case: HeaderCase::Title,
        protocol: Protocol::Negotiate,
        tls: tls::client(context, client_tls, root.flag("allow_insecure_connections")),
    }
}

fn warn_of_proxies(context: &Context<'_>) {
    let set = |name: &&&str| {
        context
            .supplies
            .variables
            .get(**name)
            .is_some_and(|value| !value.is_empty())
    };
    let Some(name) = HTTP_PROXY_VARIABLES.iter().find(set) else {
        return;
    };
    let message = format!(
        "{name} is set: KrakenD would send requests through that proxy, Haleway sends them directly"
    );
    let help = "unset it, or make the backends reachable directly";
    context.report(Diagnostic::parity(code::HTTP_PROXY, message).help(help));
}
