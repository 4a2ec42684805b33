//! Probes: one question to one endpoint, on a connection of its own.
//!
//! Each step (look-up, connection, TLS handshake, sending, answer) has the same time limit, and the
//! outcome names the step that failed. A probe is one task with one timer; HTTP/1 is spoken here
//! byte by byte, since all that is read of an answer is its first line.

mod http1;
mod http2;
mod status_line;
mod steps;

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use haleway_blueprint::{Pool, ProbeKind, ProbeRequest, Protocol, Scheme};
use haleway_health::{ProbeConfig, What};
use http::HeaderValue;
use http::uri::Authority;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use self::http1::Http1;
use self::http2::Http2;
use self::steps::Steps;
use crate::upstream::{EndpointState, Registry, TransportPlan, resolve};

/// What is asked of an endpoint, ready to be sent.
pub(crate) struct ProbeTarget {
    endpoint: Arc<EndpointState>,
    port: Option<u16>,
    question: Question,
}

enum Question {
    /// A connection, and no more.
    Tcp,
    Http1(Http1),
    Http2(Box<Http2>),
}

/// TLS as a probe wants it.
struct Secure {
    transport: Arc<TransportPlan>,
    server_name: String,
}

impl ProbeTarget {
    /// The probe of an endpoint of a pool, if the pool probes.
    pub(crate) fn new(
        pool: &Pool,
        endpoint: &Arc<EndpointState>,
        registry: &Registry,
    ) -> Option<Arc<Self>> {
        let health = pool.health.as_ref()?;
        let config = health.config.probe.as_ref()?;
        let probe = health.probe.as_ref()?;
        let secure = speaks_tls(probe.kind, endpoint.scheme)
            .then(|| Secure::new(pool, probe, endpoint, registry));
        Some(Arc::new(Self {
            question: Question::new(probe, config, endpoint, secure),
            port: probe.port,
            endpoint: endpoint.clone(),
        }))
    }
}

fn speaks_tls(kind: ProbeKind, scheme: Scheme) -> bool {
    match kind {
        ProbeKind::Https => true,
        ProbeKind::Http | ProbeKind::Tcp => false,
        ProbeKind::Http2 | ProbeKind::Grpc => scheme == Scheme::Https,
    }
}

impl Question {
    fn new(
        probe: &ProbeRequest,
        config: &ProbeConfig,
        endpoint: &EndpointState,
        secure: Option<Secure>,
    ) -> Self {
        match probe.kind {
            ProbeKind::Tcp => Self::Tcp,
            ProbeKind::Http | ProbeKind::Https => {
                Self::Http1(Http1::new(probe, config, endpoint, secure))
            }
            ProbeKind::Http2 | ProbeKind::Grpc => {
                Self::Http2(Box::new(Http2::new(probe, endpoint, secure)))
            }
        }
    }
}

impl Secure {
    fn new(
        pool: &Pool,
        probe: &ProbeRequest,
        endpoint: &EndpointState,
        registry: &Registry,
    ) -> Self {
        let mut settings = pool.transport.clone();
        settings.tls.insecure = !probe.verify;
        settings.protocol = match probe.kind {
            ProbeKind::Http2 | ProbeKind::Grpc => Protocol::Negotiate,
            ProbeKind::Http | ProbeKind::Https | ProbeKind::Tcp => Protocol::Http1,
        };
        let name = probe.server_name.as_ref().unwrap_or(&endpoint.host);
        Self {
            transport: registry.transport(&settings),
            server_name: name.clone(),
        }
    }

    async fn handshake(
        &self,
        tcp: TcpStream,
        steps: &mut Steps<'_>,
    ) -> Result<TlsStream<TcpStream>, What> {
        let connector = self.transport.tls().map_err(|_| What::TlsFailed)?;
        let name = ServerName::try_from(self.server_name.clone()).map_err(|_| What::TlsFailed)?;
        let done = steps.within(connector.connect(name, tcp)).await;
        done.ok_or(What::TlsTimeout)?.map_err(|_| What::TlsFailed)
    }
}

/// The `Host` of a probe: the one that is asked for, or the endpoint's own.
fn host(probe: &ProbeRequest, own: &HeaderValue) -> HeaderValue {
    let given = probe.host.as_ref().map(|host| HeaderValue::from_str(host));
    if let Some(Ok(given)) = given {
        return given;
    }
    if !probe.host_without_port {
        return own.clone();
    }
    let parsed = Authority::try_from(own.as_bytes()).ok();
    let bare = parsed.and_then(|it| HeaderValue::from_str(it.host()).ok());
    bare.unwrap_or_else(|| own.clone())
}

/// Asks once.
pub(super) async fn run(target: &ProbeTarget, step: Duration) -> What {
    let timer = pin!(tokio::time::sleep(step));
    let mut steps = Steps::new(timer, step);
    let asked = match &target.question {
        Question::Tcp => connect(target, &mut steps)
            .await
            .map(|_connection| What::Connected),
        Question::Http1(question) => Ok(question.ask(target, &mut steps).await),
        // Rarer, and much larger: it must not make every probe's task large.
        Question::Http2(question) => Box::pin(question.ask(target, &mut steps)).await,
    };
    match asked {
        Ok(what) | Err(what) => what,
    }
}

async fn connect(target: &ProbeTarget, steps: &mut Steps<'_>) -> Result<TcpStream, What> {
    if let Some(address) = target.endpoint.address {
        return connect_to(target, address, steps).await;
    }
    let addresses = steps
        .within(resolve(&target.endpoint))
        .await
        .ok_or(What::ConnectTimeout)?
        .map_err(|fault| fault.what)?;
    let mut last = What::Unreachable;
    for address in addresses {
        match connect_to(target, address, steps).await {
            Ok(stream) => return Ok(stream),
            Err(what) => last = what,
        }
    }
    Err(last)
}

async fn connect_to(
    target: &ProbeTarget,
    address: SocketAddr,
    steps: &mut Steps<'_>,
) -> Result<TcpStream, What> {
    let address = SocketAddr::new(address.ip(), target.port.unwrap_or(address.port()));
    match steps.within(TcpStream::connect(address)).await {
        Some(Ok(stream)) => Ok(stream),
        Some(Err(error)) => Err(of_io(&error)),
        None => Err(What::ConnectTimeout),
    }
}

/// What the system's error says about an endpoint that was to be connected to.
pub(crate) fn of_io(error: &io::Error) -> What {
    match error.kind() {
        io::ErrorKind::ConnectionReset => What::Reset,
        io::ErrorKind::TimedOut => What::ConnectTimeout,
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::AddrNotAvailable => What::Unreachable,
        _ => What::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_given_or_the_endpoint_s_own_with_or_without_its_port() {
        let mut probe = ProbeRequest {
            kind: ProbeKind::Http,
            path: "/".to_owned(),
            host: None,
            host_without_port: false,
            headers: Vec::new(),
            server_name: None,
            verify: true,
            port: None,
        };
        let own = HeaderValue::from_static("shop.local:8080");
        assert_eq!(host(&probe, &own), "shop.local:8080");
        probe.host_without_port = true;
        for (own, bare) in [
            ("shop.local:8080", "shop.local"),
            ("10.0.0.1:80", "10.0.0.1"),
            ("[::1]:80", "[::1]"),
            ("shop.local", "shop.local"),
        ] {
            assert_eq!(host(&probe, &HeaderValue::from_static(own)), bare);
        }
        probe.host = Some("inner:1".to_owned());
        assert_eq!(host(&probe, &own), "inner:1");
    }
}
