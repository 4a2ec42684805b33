//! Opens connections to endpoints.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use haleway_blueprint::{HeaderCase, Scheme};
use haleway_health::What;
use rustls::pki_types::ServerName;
use tokio::net::{TcpSocket, TcpStream};

use super::endpoint::{EndpointState, TransportPlan};
use super::http1::Http1;
use super::http2::{self, Http2};
use super::resolve::resolve;
use super::stream::Stream;
use crate::fault::{Fault, FaultKind};
use crate::health::of_io;

/// A fresh connection.
pub(crate) enum Opened {
    /// HTTP/1.1, for one request at a time.
    Http1(Box<Http1>),
    /// HTTP/2, shared by the requests of this core.
    Http2(Http2),
}

/// Opens a connection to an endpoint and agrees on a protocol.
pub(crate) async fn open(endpoint: &Arc<EndpointState>) -> Result<Opened, Fault> {
    let addresses = resolve(endpoint).await?;
    let transport = &endpoint.transport;
    let tcp = connect_any(&addresses, transport).await?;
    match endpoint.scheme {
        Scheme::Http => Ok(Opened::Http1(http1(Stream::Plain(tcp), transport))),
        Scheme::H2c => http2::handshake(Stream::Plain(tcp))
            .await
            .map(Opened::Http2),
        Scheme::Https => {
            let (stream, h2) = handshake_tls(tcp, endpoint, Alpn::OfTransport).await?;
            if h2 {
                http2::handshake(stream).await.map(Opened::Http2)
            } else {
                Ok(Opened::Http1(http1(stream, transport)))
            }
        }
    }
}

/// Opens a connection to an endpoint that speaks no HTTP; with TLS where it asks for that.
pub(crate) async fn connect(endpoint: &Arc<EndpointState>) -> Result<Stream, Fault> {
    let addresses = resolve(endpoint).await?;
    let tcp = connect_any(&addresses, &endpoint.transport).await?;
    match endpoint.scheme {
        Scheme::Https => Ok(handshake_tls(tcp, endpoint, Alpn::Nothing).await?.0),
        Scheme::Http | Scheme::H2c => Ok(Stream::Plain(tcp)),
    }
}

/// Tries the addresses of the first family in turn; those of the other family start after the
/// fallback delay, or as soon as the first ones have failed (RFC 6555 as Go's dialer does it).
async fn connect_any(
    addresses: &[SocketAddr],
    transport: &TransportPlan,
) -> Result<TcpStream, Fault> {
    let limit = transport
        .settings
        .connect_timeout_us
        .map(Duration::from_micros);
    let connecting = async {
        let first_is_v4 = addresses.first().is_some_and(SocketAddr::is_ipv4);
        let (primary, fallback): (Vec<_>, Vec<_>) = addresses
            .iter()
            .copied()
            .partition(|address| address.is_ipv4() == first_is_v4);
        if fallback.is_empty() {
            return connect_each(&primary, transport).await;
        }
        race_families(&primary, &fallback, transport).await
    };
    match limit {
        Some(limit) => tokio::time::timeout(limit, connecting)
            .await
            .unwrap_or_else(|_| {
                let fault = Fault::new(FaultKind::Connect, "dial tcp: i/o timeout");
                Err(fault.seen(What::ConnectTimeout))
            }),
        None => connecting.await,
    }
}

async fn race_families(
    primary: &[SocketAddr],
    fallback: &[SocketAddr],
    transport: &TransportPlan,
) -> Result<TcpStream, Fault> {
    let first = connect_each(primary, transport);
    tokio::pin!(first);
    let delay = Duration::from_micros(transport.settings.fallback_delay_us);
    if let Ok(done) = tokio::time::timeout(delay, &mut first).await {
        match done {
            Ok(stream) => return Ok(stream),
            // The reason of the preferred family is the one to tell.
            Err(fault) => return connect_each(fallback, transport).await.map_err(|_| fault),
        }
    }
    let second = connect_each(fallback, transport);
    tokio::pin!(second);
    tokio::select! {
        done = &mut first => match done {
            Ok(stream) => Ok(stream),
            Err(fault) => second.await.map_err(|_| fault),
        },
        done = &mut second => match done {
            Ok(stream) => Ok(stream),
            Err(_) => first.await,
        },
    }
}

async fn connect_each(
    addresses: &[SocketAddr],
    transport: &TransportPlan,
) -> Result<TcpStream, Fault> {
    let mut last = None;
    for address in addresses {
        match connect_one(*address, transport).await {
            Ok(stream) => return Ok(stream),
            Err(error) => {
                let text = format!("dial tcp {address}: connect: {}", io_text(&error));
                last = Some(Fault::new(FaultKind::Connect, text).seen(of_io(&error)));
            }
        }
    }
    Err(last.unwrap_or_else(|| Fault::new(FaultKind::Resolve, "no address to connect to")))
}

async fn connect_one(address: SocketAddr, transport: &TransportPlan) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    if let Some(interval) = transport.settings.tcp_keepalive_us {
        let interval = Duration::from_micros(interval);
        let keepalive = socket2::TcpKeepalive::new()
            .with_time(interval)
            .with_interval(interval);
        socket2::SockRef::from(&stream).set_tcp_keepalive(&keepalive)?;
    }
    Ok(stream)
}

/// The system's words for an error, as Go prints them.
pub(crate) fn io_text(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "connection reset by peer".to_owned(),
        io::ErrorKind::TimedOut => "connection timed out".to_owned(),
        io::ErrorKind::HostUnreachable => "no route to host".to_owned(),
        io::ErrorKind::NetworkUnreachable => "network is unreachable".to_owned(),
        _ => error.to_string(),
    }
}

/// What is offered in a handshake.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Alpn {
    /// What the transport says.
    OfTransport,
    /// Nothing: nobody knows what will be spoken.
    Nothing,
}

async fn handshake_tls(
    tcp: TcpStream,
    endpoint: &EndpointState,
    alpn: Alpn,
) -> Result<(Stream, bool), Fault> {
    let fault = |text: String| Fault::new(FaultKind::Tls, text);
    let name = ServerName::try_from(endpoint.host.clone())
        .map_err(|_| fault(format!("tls: {} is no server name", endpoint.host)))?;
    let limit = Duration::from_micros(endpoint.transport.settings.tls_handshake_timeout_us);
    let connector = endpoint.transport.tls().map_err(fault)?;
    let handshake = match alpn {
        Alpn::OfTransport => connector.connect(name, tcp),
        Alpn::Nothing => connector.with_alpn(Vec::new()).connect(name, tcp),
    };
    let stream = tokio::time::timeout(limit, handshake)
        .await
        .map_err(|_| fault("net/http: TLS handshake timeout".to_owned()).seen(What::TlsTimeout))?
        .map_err(|error| fault(format!("tls: {error}")))?;
    let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok((Stream::Client(Box::new(stream)), h2))
}

fn http1(stream: Stream, transport: &TransportPlan) -> Box<Http1> {
    let settings = &transport.settings;
    let spelled = settings.header_case == HeaderCase::AsReceived;
    Http1::new(stream, settings.header_bytes_max, spelled)
}
