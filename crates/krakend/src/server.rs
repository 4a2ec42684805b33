//! The listener: address, port, limits and TLS.

use std::net::{IpAddr, Ipv4Addr};

use haleway_blueprint::{HeaderCase, Listener, ListenerLimits, SiteId};
use haleway_document::{Diagnostic, Span};

use crate::code;
use crate::context::Context;
use crate::duration::Duration;
use crate::reader::Reader;
use crate::tls;

/// Port where nothing is said.
const PORT: u16 = 8080;

/// Bytes of a request's head where nothing is said (Go's `DefaultMaxHeaderBytes`).
const HEADER_BYTES_MAX: usize = 1 << 20;

/// Time for a request's head where nothing is said. Go sets no limit; without one, slow clients
/// hold connections for ever.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections open at once. KrakenD sets no limit.
const CONNECTIONS_MAX: usize = 65_536;

/// The listener of the service.
pub(crate) fn listener(
    context: &Context<'_>,
    root: &Reader<'_>,
    span: Span,
    site: SiteId,
) -> Listener {
    let tls = root
        .node("tls")
        .and_then(|node| tls::termination(context, node));
    Listener {
        name: if tls.is_some() { "https" } else { "http" }.to_owned(),
        address: address(context, root),
        port: port(context, root),
        tls,
        h2c: root.flag("use_h2c"),
        header_case: HeaderCase::Title,
        limits: limits(root),
        site,
        origin: context.origin(root.key_span("port").unwrap_or(span)),
    }
}

fn address(context: &Context<'_>, root: &Reader<'_>) -> IpAddr {
    let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let Some(written) = root.text("listen_ip").filter(|it| !it.value.is_empty()) else {
        return any;
    };
    written.value.parse().unwrap_or_else(|_| {
        let message = format!("`listen_ip` is `{}`, which is no IP address", written.value);
        let finding = Diagnostic::error(code::OUT_OF_RANGE, message)
            .at(written.span, "not an IP address")
            .help(
                "write an address of this machine, such as \"127.0.0.1\", or \"0.0.0.0\" for all",
            );
        context.report(finding);
        any
    })
}

fn port(context: &Context<'_>, root: &Reader<'_>) -> u16 {
    let written = root.integer("port");
    if let Some(port) = context.options.port {
        return port;
    }
    let Some(written) = written.filter(|it| it.value != 0) else {
        return PORT;
    };
    u16::try_from(written.value).unwrap_or_else(|_| {
        let message = format!("`port` is {}, which is no port", written.value);
        let finding = Diagnostic::error(code::OUT_OF_RANGE, message)
            .at(written.span, "1 to 65535")
            .help("write a number from 1 to 65535; 8080 serves where none is given");
        context.report(finding);
        PORT
    })
}

/// A `read_timeout` stands in for the other two where they are not given (Go's net/http).
fn limits(root: &Reader<'_>) -> ListenerLimits {
    let time = |key| root.duration(key).and_then(Duration::some_micros);
    let read = time("read_timeout");
    let bytes = root
        .integer("max_header_bytes")
        .and_then(|it| usize::try_from(it.value).ok());
    ListenerLimits {
        header_bytes_max: bytes.filter(|it| *it > 0).unwrap_or(HEADER_BYTES_MAX),
        header_read_timeout_us: Some(
            time("read_header_timeout")
                .or(read)
                .unwrap_or(HEADER_READ_TIMEOUT.micros()),
        ),
        read_timeout_us: read,
        write_timeout_us: time("write_timeout"),
        idle_timeout_us: time("idle_timeout").or(read),
        connections_max: CONNECTIONS_MAX,
    }
}
