//! The root object: its keys and the defaults of what endpoints inherit.

use haleway_blueprint::Endpoint;
use haleway_document::{Diagnostic, Severity};

use crate::code;
use crate::context::Context;
use crate::duration::Duration;
use crate::host;
use crate::key::{Key, State, idle, key, near, not_built};
use crate::reader::Reader;

/// Its keys.
pub(crate) static ROOT_KEYS: &[Key] = &[
    key("version"),
    key("name"),
    key("port"),
    key("listen_ip"),
    key("host"),
    key("timeout"),
    key("cache_ttl"),
    key("output_encoding"),
    key("endpoints"),
    key("extra_config"),
    key("debug_endpoint"),
    key("echo_endpoint"),
    key("disable_rest"),
    key("use_h2c"),
    key("tls"),
    key("client_tls"),
    key("allow_insecure_connections"),
    key("dns_cache_ttl"),
    key("max_shutdown_wait_time"),
    key("read_timeout"),
    near(
        "read_header_timeout",
        "where it is not given, a request's head must arrive within 10 s",
    ),
    key("write_timeout"),
    key("idle_timeout"),
    key("max_header_bytes"),
    key("max_idle_connections"),
    key("max_idle_connections_per_host"),
    key("idle_connection_timeout"),
    key("response_header_timeout"),
    key("dialer_timeout"),
    key("dialer_fallback_delay"),
    key("dialer_keep_alive"),
    key("disable_keep_alives"),
    key("disable_compression"),
    not_built("async_agent"),
    idle(
        "expect_continue_timeout",
        Severity::Parity,
        "the body of a request with `Expect: 100-continue` waits for the backend as long as the endpoint's timeout",
    ),
    idle(
        "sequential_start",
        Severity::Note,
        "it is about the start of async agents",
    ),
    Key {
        name: "plugin",
        older: &[],
        state: State::GoPlugin,
        note: "Go plugins cannot run here",
    },
];

/// Keys of the root that the environment may replace.
pub(crate) const SCALARS: &[&str] = &[
    "name",
    "port",
    "listen_ip",
    "host",
    "timeout",
    "cache_ttl",
    "output_encoding",
    "debug_endpoint",
    "echo_endpoint",
    "disable_rest",
    "use_h2c",
    "allow_insecure_connections",
    "dns_cache_ttl",
    "max_shutdown_wait_time",
    "read_timeout",
    "read_header_timeout",
    "write_timeout",
    "idle_timeout",
    "max_header_bytes",
    "max_idle_connections",
    "max_idle_connections_per_host",
    "idle_connection_timeout",
    "response_header_timeout",
    "dialer_timeout",
    "dialer_fallback_delay",
    "dialer_keep_alive",
    "disable_keep_alives",
    "disable_compression",
];

/// Time for an endpoint where nothing is said.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Time between two DNS look-ups where nothing is said.
const DNS_CACHE_TTL: Duration = Duration::from_secs(30);

/// Shortest time between two DNS look-ups that is taken.
const DNS_CACHE_TTL_MIN: Duration = Duration::from_secs(1);

/// What endpoints inherit from the root.
pub(crate) struct Inherited {
    pub(crate) hosts: Vec<Endpoint>,
    /// Hosts are written, be they valid or not.
    pub(crate) names_hosts: bool,
    pub(crate) timeout: Duration,
    pub(crate) cache_ttl: Duration,
    pub(crate) output_encoding: String,
    /// Parameters may stand anywhere in a path.
    pub(crate) disable_rest: bool,
    pub(crate) dns_refresh_us: u64,
    /// Compressed answers are asked for.
    pub(crate) ask_gzip: bool,
}

impl Inherited {
    pub(crate) fn read(context: &Context<'_>, root: &Reader<'_>) -> Self {
        let mut hosts = Vec::new();
        let written = root.texts("host");
        let names_hosts = !written.is_empty();
        for written in written {
            match host::clean(&written.value) {
                Ok(host) => hosts.push(host),
                Err(reason) => {
                    let message = format!("the host `{}` is invalid: {reason}", written.value);
                    context.report(Diagnostic::error(code::BAD_HOST, message).at(written.span, ""));
                }
            }
        }
        let encoding = root
            .text("output_encoding")
            .map(|it| it.value)
            .unwrap_or_default();
        let ttl = root
            .duration("dns_cache_ttl")
            .filter(|it| *it >= DNS_CACHE_TTL_MIN);
        Self {
            hosts,
            names_hosts,
            timeout: root
                .duration("timeout")
                .filter(|it| !it.is_zero())
                .unwrap_or(TIMEOUT),
            cache_ttl: root.duration("cache_ttl").unwrap_or_default(),
            output_encoding: if encoding.is_empty() {
                "json".to_owned()
            } else {
                encoding
            },
            disable_rest: root.flag("disable_rest"),
            dns_refresh_us: ttl.unwrap_or(DNS_CACHE_TTL).micros(),
            ask_gzip: !root.flag("disable_compression"),
        }
    }
}
