//! The sockets of the proxy.

use haleway_blueprint::{HeaderCase, Listener, ListenerLimits, Origin, SiteId, TlsTermination};

use super::{Compilation, tls};
use crate::setting::Listen;

/// Bytes of a request's head.
const HEADER_BYTES_MAX: usize = 128 << 10;

/// Time for a request's head (nginx: `client_header_timeout`).
const HEADER_READ_TIMEOUT_US: u64 = 60_000_000;

/// How long a connection may rest (nginx: `keepalive_timeout`).
const IDLE_TIMEOUT_US: u64 = 75_000_000;

/// Connections open at once.
const CONNECTIONS_MAX: usize = 65_536;

/// The listeners of the proxy.
pub(super) fn listeners(compilation: &Compilation<'_>, site: &SiteId) -> Vec<Listener> {
    let mut counts = [0_usize; 2];
    let proxy = compilation.listens.proxy.iter();
    proxy
        .map(|listen| {
            let count = &mut counts[usize::from(listen.tls)];
            *count += 1;
            listener(compilation, listen, site, *count)
        })
        .collect()
}

fn listener(
    compilation: &Compilation<'_>,
    listen: &Listen,
    site: &SiteId,
    count: usize,
) -> Listener {
    let base = if listen.tls { "https" } else { "http" };
    Listener {
        name: match count {
            1 => base.to_owned(),
            count => format!("{base}-{count}"),
        },
        address: listen.address,
        port: listen.port,
        tls: listen.tls.then(|| termination(compilation, listen.http2)),
        h2c: listen.http2 && !listen.tls,
        header_case: HeaderCase::AsReceived,
        limits: ListenerLimits {
            header_bytes_max: HEADER_BYTES_MAX,
            header_read_timeout_us: Some(HEADER_READ_TIMEOUT_US),
            read_timeout_us: None,
            write_timeout_us: None,
            idle_timeout_us: Some(IDLE_TIMEOUT_US),
            connections_max: CONNECTIONS_MAX,
        },
        site: site.clone(),
        origin: Origin::default_value(),
    }
}

/// The node's own certificate serves where no name matches; without one, one is made.
fn termination(compilation: &Compilation<'_>, http2: bool) -> TlsTermination {
    let ssl = &compilation.ssl;
    let mut certificates = ssl.fallback.clone();
    let self_signed = certificates.is_empty().then(|| "localhost".to_owned());
    certificates.extend(tls::by_name(compilation));
    TlsTermination {
        certificates,
        self_signed,
        http2,
        version_min: ssl.version_min,
        version_max: ssl.version_max,
        cipher_suites: Vec::new(),
        curves: Vec::new(),
        client_certificate_required: false,
        client_authorities: Vec::new(),
        system_authorities: false,
    }
}
