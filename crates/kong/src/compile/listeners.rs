//! The sockets of the proxy.

use haleway_blueprint::{HeaderCase, Listener, ListenerLimits, Origin, SiteId, TlsTermination};

use super::{Compilation, streams, tls};
use crate::setting::{HeaderBuffers, Listen};

/// Bytes of a request's head that are read at least and at most: a head that is larger than the
/// settings allow can be answered only when it was read.
const HEADER_BYTES: (usize, usize) = (128 << 10, 16 << 20);

/// Time for a request's head (nginx: `client_header_timeout`).
const HEADER_READ_TIMEOUT_US: u64 = 60_000_000;

/// How long a connection may rest (nginx: `keepalive_timeout`).
const IDLE_TIMEOUT_US: u64 = 75_000_000;

/// Connections open at once.
const CONNECTIONS_MAX: usize = 65_536;

/// The listeners of the proxy, and behind them those for connections without HTTP.
pub(super) fn listeners(compilation: &Compilation<'_>, site: &SiteId) -> Vec<Listener> {
    let proxy = compilation.listens.proxy.iter();
    let mut listeners = opened(compilation, proxy, ["http", "https"], |_| site.clone());
    let carrying = streams::listens(compilation);
    let names = ["stream", "stream-tls"];
    listeners.extend(opened(compilation, carrying, names, streams::site_id));
    listeners
}

/// Listeners named after whether they speak TLS, and their number where there are several.
fn opened<'a>(
    compilation: &Compilation<'_>,
    listens: impl Iterator<Item = &'a Listen>,
    names: [&str; 2],
    site: impl Fn(bool) -> SiteId,
) -> Vec<Listener> {
    let mut counts = [0_usize; 2];
    let listeners = listens.map(|listen| {
        let tls = usize::from(listen.tls);
        counts[tls] += 1;
        let name = match counts[tls] {
            1 => names[tls].to_owned(),
            count => format!("{}-{count}", names[tls]),
        };
        listener(compilation, listen, name, site(listen.tls))
    });
    listeners.collect()
}

fn listener(
    compilation: &Compilation<'_>,
    listen: &Listen,
    name: String,
    site: SiteId,
) -> Listener {
    let buffers = HeaderBuffers::read(compilation.settings);
    let (least, most) = HEADER_BYTES;
    Listener {
        name,
        address: listen.address,
        port: listen.port,
        tls: listen.tls.then(|| termination(compilation, listen.http2)),
        h2c: listen.http2 && !listen.tls,
        header_case: HeaderCase::AsReceived,
        limits: ListenerLimits {
            header_bytes_max: buffers.bytes_max().clamp(least, most),
            header_read_timeout_us: Some(HEADER_READ_TIMEOUT_US),
            read_timeout_us: None,
            write_timeout_us: None,
            idle_timeout_us: Some(IDLE_TIMEOUT_US),
            connections_max: CONNECTIONS_MAX,
        },
        site,
        origin: Origin::default_value(),
    }
}

/// The node's own certificate serves where no name matches; without one, one is made.
fn termination(compilation: &Compilation<'_>, http2: bool) -> TlsTermination {
    let ssl = &compilation.ssl;
    ssl.termination(ssl.fallback.clone(), tls::by_name(compilation), http2)
}
