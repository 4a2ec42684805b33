//! Probes: one question to one endpoint, on a connection of its own.
//!
//! Each step (look-up, connection, TLS handshake, answer) has the same time limit, and the outcome
//! names the step that failed.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use haleway_blueprint::{Pool, ProbeKind, ProbeRequest, Protocol, Scheme};
use haleway_health::{Classifier, What};
use http::header::{CONNECTION, CONTENT_TYPE, HOST, TE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::{AbortHandle, spawn_local};
use tokio::time::timeout;

use crate::body::Body;
use crate::local::LocalExecutor;
use crate::upstream::{EndpointState, Registry, Stream, TransportPlan, resolve};

/// What is asked of an endpoint, ready to be sent.
pub(crate) struct ProbeTarget {
    endpoint: Arc<EndpointState>,
    /// TLS as the probe wants it.
    transport: Arc<TransportPlan>,
    kind: ProbeKind,
    port: Option<u16>,
    server_name: String,
    uri: Uri,
    headers: HeaderMap,
    /// The name of the gRPC service.
    service: String,
    pub(super) classifier: Classifier,
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
        let mut settings = pool.transport.clone();
        settings.tls.insecure = !probe.verify;
        settings.protocol = match probe.kind {
            ProbeKind::Http2 | ProbeKind::Grpc => Protocol::Negotiate,
            ProbeKind::Http | ProbeKind::Https | ProbeKind::Tcp => Protocol::Http1,
        };
        let name = probe.server_name.as_ref().unwrap_or(&endpoint.host);
        Some(Arc::new(Self {
            transport: registry.transport(&settings),
            kind: probe.kind,
            port: probe.port,
            server_name: name.clone(),
            uri: uri(probe, endpoint),
            headers: headers(probe, endpoint),
            service: probe.path.clone(),
            classifier: Classifier::new(&config.classes),
            endpoint: endpoint.clone(),
        }))
    }

    fn speaks_tls(&self) -> bool {
        match self.kind {
            ProbeKind::Https => true,
            ProbeKind::Http | ProbeKind::Tcp => false,
            ProbeKind::Http2 | ProbeKind::Grpc => self.endpoint.scheme == Scheme::Https,
        }
    }
}

fn uri(probe: &ProbeRequest, endpoint: &EndpointState) -> Uri {
    let path = match probe.kind {
        ProbeKind::Grpc => "/grpc.health.v1.Health/Check",
        _ => probe.path.as_str(),
    };
    let path: Uri = path.parse().unwrap_or_default();
    if matches!(probe.kind, ProbeKind::Http | ProbeKind::Https) {
        return path;
    }
    let mut parts = path.into_parts();
    let host = probe.host.as_ref().map_or(
        endpoint.authority.to_str().unwrap_or_default(),
        String::as_str,
    );
    parts.authority = host.parse().ok();
    parts.scheme = parts.authority.is_some().then_some(match endpoint.scheme {
        Scheme::Https => http::uri::Scheme::HTTPS,
        Scheme::Http | Scheme::H2c => http::uri::Scheme::HTTP,
    });
    Uri::from_parts(parts).unwrap_or_default()
}

fn headers(probe: &ProbeRequest, endpoint: &EndpointState) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        USER_AGENT,
        HeaderValue::from_static(concat!("haleway/", env!("CARGO_PKG_VERSION"))),
    );
    let own = probe.host.as_ref().map(|host| HeaderValue::from_str(host));
    match probe.kind {
        ProbeKind::Http | ProbeKind::Https => {
            let host = own.and_then(Result::ok);
            headers.insert(HOST, host.unwrap_or_else(|| endpoint.authority.clone()));
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        ProbeKind::Grpc => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
            headers.insert(TE, HeaderValue::from_static("trailers"));
        }
        ProbeKind::Http2 | ProbeKind::Tcp => {}
    }
    for header in &probe.headers {
        let name = HeaderName::from_bytes(header.name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&header.value)) {
            headers.append(name, value);
        }
    }
    headers
}

/// Asks once.
pub(super) async fn run(target: &ProbeTarget, step: Duration) -> What {
    match ask(target, step).await {
        Ok(what) | Err(what) => what,
    }
}

async fn ask(target: &ProbeTarget, step: Duration) -> Result<What, What> {
    let tcp = connect(target, step).await?;
    if target.kind == ProbeKind::Tcp {
        return Ok(What::Connected);
    }
    let (stream, h2) = if target.speaks_tls() {
        handshake(target, tcp, step).await?
    } else {
        (Stream::Plain(tcp), true)
    };
    let answering = async {
        let (response, _driven) = match target.kind {
            ProbeKind::Grpc | ProbeKind::Http2 if h2 => http2(target, stream).await?,
            ProbeKind::Grpc => return Err(What::Garbage),
            _ => http1(target, stream).await?,
        };
        if target.kind == ProbeKind::Grpc {
            return serving(response).await;
        }
        Ok(What::Status(response.status().as_u16()))
    };
    timeout(step, answering)
        .await
        .unwrap_or(Err(What::AnswerTimeout))
}

async fn connect(target: &ProbeTarget, step: Duration) -> Result<TcpStream, What> {
    let addresses = timeout(step, resolve(&target.endpoint))
        .await
        .map_err(|_| What::ConnectTimeout)?
        .map_err(|fault| fault.what)?;
    let mut last = What::Unreachable;
    for address in addresses {
        let port = target.port.unwrap_or(address.port());
        let address = SocketAddr::new(address.ip(), port);
        match timeout(step, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Without it a probe only takes longer.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => last = of_io(&error),
            Err(_) => last = What::ConnectTimeout,
        }
    }
    Err(last)
}

async fn handshake(
    target: &ProbeTarget,
    tcp: TcpStream,
    step: Duration,
) -> Result<(Stream, bool), What> {
    let connector = target.transport.tls().map_err(|_| What::TlsFailed)?;
    let name = ServerName::try_from(target.server_name.clone()).map_err(|_| What::TlsFailed)?;
    let stream = timeout(step, connector.connect(name, tcp))
        .await
        .map_err(|_| What::TlsTimeout)?
        .map_err(|_| What::TlsFailed)?;
    let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok((Stream::Client(Box::new(stream)), h2))
}

/// A connection at work. It ends when this is dropped.
struct Driven(AbortHandle);

impl Driven {
    fn new<E>(connection: impl Future<Output = Result<(), E>> + 'static) -> Self {
        let driver = spawn_local(async move {
            // Its end is seen by the request on it.
            let _ = connection.await;
        });
        Self(driver.abort_handle())
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        self.0.abort();
    }
}

type Answered = (Response<Incoming>, Driven);

async fn http1(target: &ProbeTarget, stream: Stream) -> Result<Answered, What> {
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .title_case_headers(true)
        .handshake::<_, Body>(TokioIo::new(stream))
        .await
        .map_err(|error| of_hyper(&error))?;
    let driven = Driven::new(connection);
    let answer = sender.send_request(request(target)).await;
    Ok((answer.map_err(|error| of_hyper(&error))?, driven))
}

async fn http2(target: &ProbeTarget, stream: Stream) -> Result<Answered, What> {
    let (mut sender, connection) = hyper::client::conn::http2::Builder::new(LocalExecutor)
        .timer(TokioTimer::new())
        .handshake::<_, Body>(TokioIo::new(stream))
        .await
        .map_err(|error| of_hyper(&error))?;
    let driven = Driven::new(connection);
    let answer = sender.send_request(request(target)).await;
    Ok((answer.map_err(|error| of_hyper(&error))?, driven))
}

fn request(target: &ProbeTarget) -> Request<Body> {
    let mut request = Request::new(match target.kind {
        ProbeKind::Grpc => Body::Full(health_check(&target.service)),
        _ => Body::Empty,
    });
    if target.kind == ProbeKind::Grpc {
        *request.method_mut() = Method::POST;
    }
    *request.uri_mut() = target.uri.clone();
    *request.headers_mut() = target.headers.clone();
    request
}

/// `HealthCheckRequest { service }`, framed as gRPC frames a message.
fn health_check(service: &str) -> Bytes {
    let mut message = BytesMut::new();
    // A name longer than one byte of length can say is cut; no service is called so.
    let name = &service.as_bytes()[..service.len().min(127)];
    if !name.is_empty() {
        message.put_u8(0x0a);
        message.put_u8(name.len() as u8);
        message.put_slice(name);
    }
    let mut framed = BytesMut::with_capacity(5 + message.len());
    framed.put_u8(0);
    framed.put_u32(message.len() as u32);
    framed.put(message);
    framed.freeze()
}

/// Bytes of a health service's answer that are read.
const ANSWER_BYTES_MAX: usize = 1024;

/// `HealthCheckResponse { status: SERVING }` and nothing else is good.
async fn serving(response: Response<Incoming>) -> Result<What, What> {
    if response.status() != http::StatusCode::OK {
        return Ok(What::Status(response.status().as_u16()));
    }
    let mut body = response.into_body();
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| of_hyper(&error))?;
        if let Ok(data) = frame.into_data() {
            if read.len() + data.len() > ANSWER_BYTES_MAX {
                return Ok(What::Garbage);
            }
            read.extend_from_slice(&data);
        }
    }
    // Flag, length, then field 1 as a number: 1 = SERVING.
    Ok(match read.get(5..) {
        Some([0x08, 1, ..]) => What::Serving,
        _ => What::NotServing,
    })
}

fn of_hyper(error: &hyper::Error) -> What {
    crate::call::fault_of(error).what
}

/// What the system's error says about an endpoint.
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
    use super::health_check;

    #[test]
    fn a_health_check_is_framed_as_grpc_wants_it() {
        assert_eq!(&health_check("")[..], [0, 0, 0, 0, 0]);
        assert_eq!(
            &health_check("ab")[..],
            [0, 0, 0, 0, 4, 0x0a, 2, b'a', b'b']
        );
    }
}
