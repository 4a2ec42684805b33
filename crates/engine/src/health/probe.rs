//! Probes: one question to one endpoint, on a connection of its own or on that of the last one.
//!
//! Each step (look-up, connection, TLS handshake, sending, answer) has the same time limit, and the
//! outcome names the step that failed. HTTP/1 is spoken here byte by byte: of an answer only the
//! first line is of use.

mod answer;
mod http1;
mod http2;
mod line;
mod prober;
mod status_line;
mod steps;
#[cfg(test)]
pub(super) mod tests;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use haleway_blueprint::{Pool, ProbeKind, ProbeRequest, Protocol, Scheme};
use haleway_health::{ProbeConfig, ProbeOrder, What};
use http::HeaderValue;
use http::uri::Authority;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use self::http1::Http1;
use self::http2::Http2;
use self::steps::Steps;
use self::wire::Wire;
use crate::upstream::{EndpointState, Registry, TransportPlan, resolve};

pub(super) use self::prober::Prober;

/// What is asked of an endpoint, ready to be sent.
pub(crate) struct ProbeTarget {
    endpoint: Arc<EndpointState>,
    port: Option<u16>,
    question: Question,
    /// How long it may be put off so that it goes out with others.
    patience: Duration,
    /// Connections are kept.
    keeps: bool,
    /// The connection of the last probe with its number, in HTTP/1. It goes when this goes: when
    /// the endpoint leaves, or its pool is configured otherwise.
    kept: Mutex<Option<(usize, Wire)>>,
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
            patience: patience(config),
            keeps: probe.keep_connection,
            kept: Mutex::default(),
            endpoint: endpoint.clone(),
        }))
    }

    /// Asks the same endpoint: where nothing else of a pool has changed, it asks the same.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.endpoint, &other.endpoint)
    }

    /// How long a probe may be put off.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    fn http1(&self) -> Option<&Http1> {
        match &self.question {
            Question::Http1(question) => Some(question),
            Question::Tcp | Question::Http2(_) => None,
        }
    }

    fn keeps(&self) -> bool {
        self.keeps
    }

    /// The endpoint's address, where it is known.
    fn address(&self) -> Option<SocketAddr> {
        self.endpoint.address
    }

    /// Where a probe goes that is sent to this address of the endpoint.
    fn at(&self, address: SocketAddr) -> SocketAddr {
        SocketAddr::new(address.ip(), self.port.unwrap_or(address.port()))
    }

    fn take_kept(&self) -> Option<(usize, Wire)> {
        if !self.keeps {
            return None;
        }
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    fn keep(&self, number: usize, wire: Wire) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((number, wire));
    }
}

/// A probe is put off by no more than this part of its interval.
const PATIENT_PART: u64 = 20;

/// No probe is put off for longer, in microseconds. Kong's checker looks every 100 ms.
const PATIENCE_MAX_US: u64 = 20_000;

fn patience(config: &ProbeConfig) -> Duration {
    let intervals = [&config.healthy_interval, &config.unhealthy_interval];
    let intervals = intervals.into_iter().map(|interval| interval.us);
    let shortest = intervals.filter(|us| *us > 0).min().unwrap_or(0);
    Duration::from_micros((shortest / PATIENT_PART).min(PATIENCE_MAX_US))
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

    /// What a handshake needs.
    fn parts(&self) -> Result<(&TlsConnector, ServerName<'static>), What> {
        let connector = self.transport.tls().map_err(|_| What::TlsFailed)?;
        let name = ServerName::try_from(self.server_name.clone()).map_err(|_| What::TlsFailed)?;
        Ok((connector, name))
    }

    async fn handshake(
        &self,
        tcp: TcpStream,
        steps: &mut Steps<'_>,
    ) -> Result<TlsStream<TcpStream>, What> {
        let (connector, name) = self.parts()?;
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

/// Asks once, in HTTP/2.
async fn ask_http2(target: &ProbeTarget, order: &ProbeOrder) -> What {
    let Question::Http2(question) = &target.question else {
        return What::Garbage;
    };
    let step = Duration::from_micros(order.timeout_us);
    let timer = pin!(tokio::time::sleep(step));
    let mut steps = Steps::new(timer, step);
    match question.ask(target, &mut steps).await {
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
    match steps.within(TcpStream::connect(target.at(address))).await {
        Some(Ok(stream)) => Ok(stream),
        Some(Err(error)) => Err(of_io(&error)),
        None => Err(What::ConnectTimeout),
    }
}

/// What the system's error says about an endpoint that was to be connected to.
pub(crate) fn of_io(error: &io::Error) -> What {
    match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => What::Reset,
        io::ErrorKind::TimedOut => What::ConnectTimeout,
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::AddrNotAvailable => What::Unreachable,
        _ => What::Refused,
    }
}
