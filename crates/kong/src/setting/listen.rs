//! `proxy_listen` and the like: addresses with ports and what is spoken there.

use std::net::{IpAddr, Ipv4Addr};

use haleway_document::Severity;

use super::Settings;
use crate::schema::shape;

/// One socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listen {
    /// Address to bind.
    pub(crate) address: IpAddr,
    /// Port to bind.
    pub(crate) port: u16,
    /// TLS ends here.
    pub(crate) tls: bool,
    /// HTTP/2 is spoken.
    pub(crate) http2: bool,
    /// Datagrams come here.
    pub(crate) udp: bool,
}

/// The sockets of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listens {
    /// For requests.
    pub(crate) proxy: Vec<Listen>,
    /// For the Admin API.
    pub(crate) admin: Vec<Listen>,
    /// For status and metrics.
    pub(crate) status: Vec<Listen>,
    /// For connections without HTTP.
    pub(crate) stream: Vec<Listen>,
}

/// From plain port to TLS port where the command line gives the plain one.
const TLS_OFFSET: u16 = 443;

/// The sockets that the settings ask for; `port` moves those of the proxy: the first plain one is
/// there, the first one with TLS 443 above it.
pub(crate) fn listens(settings: &Settings<'_>, port: Option<u16>) -> Listens {
    let mut proxy = parsed(settings, "proxy_listen");
    if let Some(port) = port {
        let above = port
            .checked_add(TLS_OFFSET)
            .filter(|_| port > 0)
            .unwrap_or(0);
        for (tls, port) in [(false, port), (true, above)] {
            if let Some(first) = proxy.iter_mut().find(|it| it.tls == tls) {
                first.port = port;
            }
        }
    }
    Listens {
        proxy,
        admin: own(settings, "admin_listen"),
        status: own(settings, "status_listen"),
        stream: parsed(settings, "stream_listen"),
    }
}

/// The sockets of the node's own APIs.
fn own(settings: &Settings<'_>, name: &str) -> Vec<Listen> {
    let listens = parsed(settings, name);
    if listens.iter().any(|listen| listen.http2) {
        let what = "asks for HTTP/2, which is not spoken there: clients get HTTP/1.1";
        settings.report(Severity::Parity, name, what);
    }
    listens
}

fn parsed(settings: &Settings<'_>, name: &str) -> Vec<Listen> {
    let text = settings.text(name);
    if text.eq_ignore_ascii_case("off") {
        return Vec::new();
    }
    let mut listens = Vec::new();
    for part in settings.list(name) {
        match one(part) {
            Some((listen, proxy_protocol)) => {
                if proxy_protocol {
                    let what = "asks for `proxy_protocol`, which is not spoken: clients behind such a proxy are refused";
                    settings.report(Severity::Warning, name, what);
                }
                listens.push(listen);
            }
            None => {
                let message = format!(
                    "'{part}' must be of form: [off] | <ip>:<port> [ssl] [http2] [proxy_protocol] [deferred] [bind] [reuseport] [backlog=%d+] [ipv6only=on] [ipv6only=off] [so_keepalive=on] [so_keepalive=off]"
                );
                settings.refuse(name, &message);
            }
        }
    }
    listens
}

/// One socket, and whether it asks for the PROXY protocol.
fn one(text: &str) -> Option<(Listen, bool)> {
    let mut words = text.split_whitespace();
    let (host, port) = shape::split_port(words.next()?);
    let address = match host {
        "*" => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        host => shape::address(host)?,
    };
    let mut listen = Listen {
        address,
        port: port?.parse().ok()?,
        tls: false,
        http2: false,
        udp: false,
    };
    let mut proxy_protocol = false;
    for word in words {
        match word {
            "ssl" => listen.tls = true,
            "http2" => listen.http2 = true,
            "udp" => listen.udp = true,
            "proxy_protocol" => proxy_protocol = true,
            "reuseport" | "deferred" | "bind" | "transparent" => {}
            other => {
                let (key, _) = other.split_once('=')?;
                if !matches!(
                    key,
                    "backlog" | "ipv6only" | "so_keepalive" | "fastopen" | "rcvbuf" | "sndbuf"
                ) {
                    return None;
                }
            }
        }
    }
    Some((listen, proxy_protocol))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        let (listen, _) = one(text)?;
        let Listen { address, port, .. } = listen;
        Some(format!(
            "{address} {port}{}{}{}",
            if listen.tls { " tls" } else { "" },
            if listen.http2 { " http2" } else { "" },
            if listen.udp { " udp" } else { "" },
        ))
    }

    #[test]
    fn sockets_are_read_with_their_flags() {
        let cases = [
            ("0.0.0.0:8000 reuseport backlog=16384", Some("0.0.0.0 8000")),
            ("[::]:8443 http2 ssl", Some(":: 8443 tls http2")),
            ("127.0.0.1:53 udp", Some("127.0.0.1 53 udp")),
            ("*:80", Some("0.0.0.0 80")),
            ("0.0.0.0", None),
            ("0.0.0.0:x", None),
            ("0.0.0.0:80 sll", None),
            ("example.com:80", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text).as_deref(), expected, "{text}");
        }
    }
}
