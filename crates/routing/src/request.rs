//! What a request shows to its router.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, Method};

/// What a request shows to its router.
#[derive(Clone, Copy, Debug)]
pub struct RequestView<'a> {
    /// Its method.
    pub method: &'a Method,
    /// `http` or `https`; for connections without HTTP `tcp`, `tls` or `udp`. It is the
    /// `net.protocol` of expressions.
    pub scheme: &'a str,
    /// The host that it asks for: lower case, without port; empty where it names none.
    pub host: &'a str,
    /// The port that the `Host` header names, or the listener's where it names none: ports of hosts
    /// and of destinations are compared with it, and it is the `net.dst.port` of expressions (Kong
    /// 3, `kong/router/fields.lua`).
    pub port: u16,
    /// Its path, normalised ([`crate::normalise_path`]), without query.
    pub path: &'a str,
    /// What is behind the `?`, as it came.
    pub query: Option<&'a str>,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// The name in the TLS handshake: lower case, without a dot at the end.
    pub sni: Option<&'a str>,
    /// The other end of the connection.
    pub source: SocketAddr,
    /// The address that it was accepted on.
    pub destination: IpAddr,
}

impl RequestView<'_> {
    /// Whether it came over TLS, so that a name in the handshake can be asked for.
    pub(crate) fn over_tls(&self) -> bool {
        matches!(self.scheme, "https" | "tls")
    }
}
