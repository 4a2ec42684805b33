//! Requests to a server that takes entries (Kong 3, `kong/plugins/http-log/handler.lua`).

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use haleway_blueprint::{HeaderCase, LogHttp, Protocol, TlsClient, Transport};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::spawn_local;

use crate::upstream::client_tls;

/// Bytes of an answer that are read; the connection of a longer one is not used again.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// Characters of an answer that a message quotes.
const QUOTED_MAX: usize = 200;

/// Sends entries to one server, over one connection.
pub(super) struct Delivery {
    server: Arc<LogHttp>,
    kept: Option<Kept>,
}

/// A connection that may serve again.
struct Kept {
    sender: SendRequest<Full<Bytes>>,
    since: Instant,
}

impl Delivery {
    pub(super) fn new(server: Arc<LogHttp>) -> Self {
        Self { server, kept: None }
    }

    /// Sends a body once.
    ///
    /// # Errors
    /// In words, why it was not taken.
    pub(super) async fn send(&mut self, body: Bytes) -> Result<(), String> {
        if let Some(mut sender) = self.usable() {
            // A kept connection may have been closed meanwhile: that is no failure.
            if let Ok(answer) = self.ask(&mut sender, body.clone()).await {
                return self.judge(sender, answer).await;
            }
        }
        let mut sender = self.limited(connect(&self.server)).await?;
        let answer = self.ask(&mut sender, body).await?;
        self.judge(sender, answer).await
    }

    fn usable(&mut self) -> Option<SendRequest<Full<Bytes>>> {
        let kept = self.kept.take()?;
        let age_max = Duration::from_micros(self.server.keepalive_us);
        let usable = kept.since.elapsed() < age_max && kept.sender.is_ready();
        usable.then_some(kept.sender)
    }

    async fn ask(
        &self,
        sender: &mut SendRequest<Full<Bytes>>,
        body: Bytes,
    ) -> Result<Response<Incoming>, String> {
        let request = request(&self.server, body)?;
        let asking = async {
            sender
                .send_request(request)
                .await
                .map_err(|it| it.to_string())
        };
        self.limited(asking).await
    }

    /// Reads the answer and keeps the connection.
    async fn judge(
        &mut self,
        sender: SendRequest<Full<Bytes>>,
        answer: Response<Incoming>,
    ) -> Result<(), String> {
        let status = answer.status();
        let body = self.limited(read(answer.into_body())).await;
        if body.is_ok() {
            let since = Instant::now();
            self.kept = Some(Kept { sender, since });
        }
        if status.as_u16() < 300 {
            return Ok(());
        }
        let body = body.unwrap_or_default();
        let quoted: String = String::from_utf8_lossy(&body)
            .chars()
            .take(QUOTED_MAX)
            .collect();
        let to = self.name();
        Err(format!(
            "request to {to} returned status code {} and body {quoted}",
            status.as_u16()
        ))
    }

    async fn limited<T>(&self, work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
        let limit = Duration::from_micros(self.server.timeout_us);
        let done = tokio::time::timeout(limit, work).await;
        let done = done.unwrap_or_else(|_| Err("timeout".to_owned()));
        done.map_err(|error| format!("failed request to {}: {error}", self.name()))
    }

    fn name(&self) -> String {
        let endpoint = &self.server.endpoint;
        format!("{}:{}", endpoint.host, endpoint.port)
    }
}

async fn connect(server: &LogHttp) -> Result<SendRequest<Full<Bytes>>, String> {
    let endpoint = &server.endpoint;
    let tcp = TcpStream::connect((&*endpoint.host, endpoint.port)).await;
    let tcp = tcp.map_err(|error| error.to_string())?;
    if !endpoint.tls {
        return speak(tcp).await;
    }
    let name = ServerName::try_from(endpoint.host.clone()).map_err(|error| error.to_string())?;
    let connector = client_tls(&transport())?;
    let stream = connector.connect(name, tcp).await;
    speak(stream.map_err(|error| error.to_string())?).await
}

async fn speak<S>(stream: S) -> Result<SendRequest<Full<Bytes>>, String>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let mut builder = Builder::new();
    builder.title_case_headers(true);
    let opened = builder.handshake(TokioIo::new(stream)).await;
    let (sender, connection) = opened.map_err(|error| error.to_string())?;
    spawn_local(async {
        if let Err(error) = connection.await {
            tracing::debug!("a connection for log entries broke: {error}");
        }
    });
    Ok(sender)
}

/// TLS that accepts any certificate.
fn transport() -> Transport {
    Transport {
        connect_timeout_us: None,
        tls_handshake_timeout_us: 0,
        response_header_timeout_us: None,
        idle_timeout_us: None,
        idle_per_endpoint_max: 1,
        idle_max: None,
        close_after_request: false,
        tcp_keepalive_us: None,
        fallback_delay_us: 0,
        header_bytes_max: 0,
        header_case: HeaderCase::Title,
        protocol: Protocol::Http1,
        tls: TlsClient {
            insecure: true,
            ..TlsClient::default()
        },
    }
}

fn request(server: &LogHttp, body: Bytes) -> Result<Request<Full<Bytes>>, String> {
    let method = Method::from_bytes(server.method.as_bytes());
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method.map_err(|error| error.to_string())?;
    let target = server.endpoint.path.parse();
    *request.uri_mut() = target.map_err(|error| format!("{}: {error}", server.endpoint.path))?;
    let headers = request.headers_mut();
    add(headers, &HOST, &host(server))?;
    add(headers, &CONTENT_TYPE, &server.content_type)?;
    if let Some(authorization) = &server.endpoint.authorization {
        add(headers, &AUTHORIZATION, authorization.expose())?;
    }
    for (name, value) in &server.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
        if !headers.contains_key(&name) {
            add(headers, &name, value.expose())?;
        }
    }
    Ok(request)
}

fn add(headers: &mut HeaderMap, name: &HeaderName, value: &str) -> Result<(), String> {
    let value = HeaderValue::from_str(value).map_err(|error| format!("{name}: {error}"))?;
    headers.insert(name, value);
    Ok(())
}

fn host(server: &LogHttp) -> String {
    let endpoint = &server.endpoint;
    let name = match endpoint.host.contains(':') {
        true => format!("[{}]", endpoint.host),
        false => endpoint.host.clone(),
    };
    match (endpoint.tls, endpoint.port) {
        (false, 80) | (true, 443) => name,
        (_, port) => format!("{name}:{port}"),
    }
}

/// Reads a body, so that its connection can serve again.
async fn read(mut body: Incoming) -> Result<Bytes, String> {
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| error.to_string())?;
        if let Some(data) = frame.data_ref() {
            if read.len() + data.len() > ANSWER_BYTES_MAX {
                return Err("the answer is too long".to_owned());
            }
            read.extend_from_slice(data);
        }
    }
    Ok(read.freeze())
}
