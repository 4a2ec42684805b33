//! A probe in HTTP/2: a request and its status, or a question to the gRPC health service.

use std::sync::{Mutex, PoisonError};

use bytes::{BufMut, Bytes, BytesMut};
use haleway_blueprint::{ProbeKind, ProbeRequest, Scheme};
use haleway_health::What;
use http::header::{CONTENT_TYPE, TE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::task::{AbortHandle, spawn_local};

use super::steps::Steps;
use super::{ProbeTarget, Secure, connect, host};
use crate::local::LocalExecutor;
use crate::upstream::{EndpointState, Stream};

/// What is asked in HTTP/2, ready to be sent.
pub(super) struct Http2 {
    uri: Uri,
    headers: HeaderMap,
    secure: Option<Secure>,
    /// The name of the gRPC service, where that is asked about.
    service: Option<String>,
    keeps: bool,
    /// The connection of the last probe.
    kept: Mutex<Option<Open>>,
}

/// A connection that requests can be sent on.
struct Open {
    sender: SendRequest<Full<Bytes>>,
    /// Held so that it goes on.
    _driven: Driven,
}

impl Http2 {
    pub(super) fn new(
        probe: &ProbeRequest,
        endpoint: &EndpointState,
        secure: Option<Secure>,
    ) -> Self {
        Self {
            uri: uri(probe, endpoint),
            headers: headers(probe),
            secure,
            service: (probe.kind == ProbeKind::Grpc).then(|| probe.path.clone()),
            keeps: probe.keep_connection,
            kept: Mutex::default(),
        }
    }

    /// Asks once, on the connection of the last probe if that was kept and still stands.
    pub(super) async fn ask(
        &self,
        target: &ProbeTarget,
        steps: &mut Steps<'_>,
    ) -> Result<What, What> {
        let kept = match self.take_kept() {
            Some(open) => {
                let answered = steps.within(self.send(open)).await;
                Some(answered.ok_or(What::AnswerTimeout)?)
            }
            None => None,
        };
        let (open, answer) = match kept {
            Some(Ok(answered)) => answered,
            // One that had ended in the meantime says nothing of the endpoint.
            Some(Err(_)) | None => {
                let stream = self.connect(target, steps).await?;
                let answered = async { self.send(open(stream).await?).await };
                steps.within(answered).await.ok_or(What::AnswerTimeout)??
            }
        };
        self.read(open, answer, steps).await
    }

    async fn connect(&self, target: &ProbeTarget, steps: &mut Steps<'_>) -> Result<Stream, What> {
        let tcp = connect(target, steps).await?;
        // Without it a probe only takes longer.
        let _ = tcp.set_nodelay(true);
        let Some(secure) = &self.secure else {
            return Ok(Stream::Plain(tcp));
        };
        let stream = secure.handshake(tcp, steps).await?;
        if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
            return Err(What::Garbage);
        }
        Ok(Stream::Client(Box::new(stream)))
    }

    async fn send(&self, mut open: Open) -> Result<(Open, Response<Incoming>), What> {
        let answer = open.sender.send_request(self.request()).await;
        Ok((open, answer.map_err(|error| of_hyper(&error))?))
    }

    /// What an answer says. Where connections are kept, the rest of it is read, too.
    async fn read(
        &self,
        open: Open,
        answer: Response<Incoming>,
        steps: &mut Steps<'_>,
    ) -> Result<What, What> {
        let (what, is_whole) = if self.service.is_some() {
            let said = steps.within(serving(answer)).await;
            (said.ok_or(What::AnswerTimeout)??, true)
        } else {
            let what = What::Status(answer.status().as_u16());
            let rest = answer.into_body();
            let is_whole = self.keeps && steps.within(is_read(rest)).await == Some(true);
            (what, is_whole)
        };
        if self.keeps && is_whole {
            *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(open);
        }
        Ok(what)
    }

    fn take_kept(&self) -> Option<Open> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.take().filter(|open| !open.sender.is_closed())
    }

    fn request(&self) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::default());
        if let Some(service) = &self.service {
            *request.body_mut() = Full::new(health_check(service));
            *request.method_mut() = Method::POST;
        }
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }
}

async fn open(stream: Stream) -> Result<Open, What> {
    let (sender, connection) = Builder::new(LocalExecutor)
        .timer(TokioTimer::new())
        .handshake::<_, Full<Bytes>>(TokioIo::new(stream))
        .await
        .map_err(|error| of_hyper(&error))?;
    Ok(Open {
        sender,
        _driven: Driven::new(connection),
    })
}

fn uri(probe: &ProbeRequest, endpoint: &EndpointState) -> Uri {
    let path = match probe.kind {
        ProbeKind::Grpc => "/grpc.health.v1.Health/Check",
        _ => probe.path.as_str(),
    };
    let path: Uri = path.parse().unwrap_or_default();
    let mut parts = path.into_parts();
    parts.authority = host(probe, &endpoint.authority).as_bytes().try_into().ok();
    parts.scheme = parts.authority.is_some().then_some(match endpoint.scheme {
        Scheme::Https => http::uri::Scheme::HTTPS,
        Scheme::Http | Scheme::H2c => http::uri::Scheme::HTTP,
    });
    Uri::from_parts(parts).unwrap_or_default()
}

fn headers(probe: &ProbeRequest) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        USER_AGENT,
        HeaderValue::from_static(concat!("haleway/", env!("CARGO_PKG_VERSION"))),
    );
    if probe.kind == ProbeKind::Grpc {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
    for header in &probe.headers {
        let name = HeaderName::from_bytes(header.name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&header.value)) {
            headers.append(name, value);
        }
    }
    headers
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

/// Bytes of a body that are read so that its connection can be kept.
const REST_BYTES_MAX: usize = 64 * 1024;

/// Reads a body up to its end. False where it has none within bounds.
async fn is_read(mut body: Incoming) -> bool {
    let mut read = 0;
    while let Some(frame) = body.frame().await {
        match frame.map(http_body::Frame::into_data) {
            Ok(Ok(data)) => read += data.len(),
            Ok(Err(_trailers)) => {}
            Err(_) => return false,
        }
        if read > REST_BYTES_MAX {
            return false;
        }
    }
    true
}

fn of_hyper(error: &hyper::Error) -> What {
    crate::call::fault_of(error).what
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
