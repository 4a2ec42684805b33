//! Gets one request to one endpoint and its answer's head back.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use haleway_health::What;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST};
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri};
use hyper::body::Incoming;

use super::plan::TryDurations;
use super::request::{Head, length_told};
use super::request_body::RequestBody;
use crate::body::Body;
use crate::fault::{Fault, FaultKind};
use crate::upstream::{EndpointState, Http1, Lease, Opened, open};
use crate::worker::Worker;

/// The head of an answer and the connection that its body comes from.
pub(crate) struct Reply {
    pub(crate) response: Response<Incoming>,
    /// `None` for HTTP/2, whose connections are shared.
    pub(crate) lease: Option<Lease>,
    /// The body is to be unpacked: gzip was asked for on our own account.
    pub(crate) gunzip: bool,
    /// Another protocol was asked for.
    pub(crate) upgrade: bool,
}

/// Writes the head of the request. It is called again for a second try, so that the first one,
/// which nearly always does, pays for no copy.
pub(crate) type Write<'a> = &'a dyn Fn() -> Result<Head, Fault>;

/// Sends a request to an endpoint: on a connection at rest if there is one, else on a fresh one. A
/// connection that rested and breaks before the first byte of an answer says nothing about its
/// endpoint (it was closed while it rested), so the request goes out again on a fresh one, if that
/// cannot do it twice.
pub(crate) async fn exchange(
    worker: &Rc<Worker>,
    endpoint: &Arc<EndpointState>,
    limits: Option<TryDurations>,
    write: Write<'_>,
    body: &mut RequestBody,
) -> Result<Reply, Fault> {
    endpoint.count_request();
    worker.metrics.upstream_request();
    let limit = match limits {
        // A body that is still coming takes the time that its client takes.
        Some(limits) if matches!(body, RequestBody::Coming(_)) => {
            Some(limits.connect + limits.send + limits.read)
        }
        Some(limits) => Some(limits.read),
        None => {
            let settings = &endpoint.transport.settings;
            settings
                .response_header_timeout_us
                .map(Duration::from_micros)
        }
    };
    let trying = Try {
        worker,
        endpoint,
        connect: limits.map(|limits| limits.connect),
    };
    // Pinned here, so that it stands in the future of the request once and not once per branch.
    let exchanging = std::pin::pin!(exchange_somehow(&trying, write, body));
    let reply = match limit {
        None => exchanging.await,
        Some(limit) => match tokio::time::timeout(limit, exchanging).await {
            Ok(reply) => reply,
            Err(_) => {
                let text = "net/http: timeout awaiting response headers";
                Err(Fault::new(FaultKind::Timeout, text))
            }
        },
    };
    if reply.is_err() {
        endpoint.count_failure();
    }
    reply
}

/// One try.
#[derive(Clone, Copy)]
struct Try<'a> {
    worker: &'a Rc<Worker>,
    endpoint: &'a Arc<EndpointState>,
    /// Time for a connection, TLS included.
    connect: Option<Duration>,
}

impl Try<'_> {
    async fn open(&self) -> Result<Opened, Fault> {
        self.worker.metrics.upstream_connect();
        let Some(limit) = self.connect else {
            return open(self.endpoint).await;
        };
        let opening = tokio::time::timeout(limit, open(self.endpoint)).await;
        opening.unwrap_or_else(|_| {
            let text = format!("dial tcp {}: i/o timeout", self.endpoint.host);
            Err(Fault::new(FaultKind::Timeout, text).seen(What::ConnectTimeout))
        })
    }
}

async fn exchange_somehow(
    trying: &Try<'_>,
    write: Write<'_>,
    body: &mut RequestBody,
) -> Result<Reply, Fault> {
    let Try {
        worker, endpoint, ..
    } = *trying;
    if let Some(http1) = worker.idle.take(endpoint) {
        match on_http1(worker, endpoint, http1, write()?, body).await {
            Err(Broken { again: true, .. }) => {
                return Box::pin(on_fresh(trying, write, body)).await;
            }
            done => return done.map_err(|broken| broken.fault),
        }
    }
    // Everything from here on is rarer, or costs so much more than an allocation that it may have
    // one: it does not weigh on the future of the usual way.
    Box::pin(without_http1(trying, write, body)).await
}

async fn without_http1(
    trying: &Try<'_>,
    write: Write<'_>,
    body: &mut RequestBody,
) -> Result<Reply, Fault> {
    let Try {
        worker, endpoint, ..
    } = *trying;
    if let Some(mut shared) = worker.idle.http2(endpoint) {
        let head = write()?;
        let gunzip = head.gunzip;
        match shared.exchange(http2_request(endpoint, head, body)).await {
            Ok(response) => {
                return Ok(Reply {
                    response,
                    lease: None,
                    gunzip,
                    upgrade: false,
                });
            }
            Err((_, Some(unsent))) => {
                body.put_back(unsent.into_body());
                worker.idle.drop_http2(endpoint);
                return on_fresh(trying, write, body).await;
            }
            Err((error, None)) => return Err(fault_of(&error)),
        }
    }
    on_fresh(trying, write, body).await
}

async fn on_fresh(
    trying: &Try<'_>,
    write: Write<'_>,
    body: &mut RequestBody,
) -> Result<Reply, Fault> {
    let Try {
        worker, endpoint, ..
    } = *trying;
    match trying.open().await? {
        Opened::Http1(http1) => on_http1(worker, endpoint, http1, write()?, body)
            .await
            .map_err(|broken| broken.fault),
        Opened::Http2(mut http2) => {
            worker.idle.share_http2(endpoint, http2.clone());
            let head = write()?;
            let gunzip = head.gunzip;
            match http2.exchange(http2_request(endpoint, head, body)).await {
                Ok(response) => Ok(Reply {
                    response,
                    lease: None,
                    gunzip,
                    upgrade: false,
                }),
                Err((error, _)) => Err(fault_of(&error)),
            }
        }
    }
}

struct Broken {
    fault: Fault,
    /// The request may go out again.
    again: bool,
}

async fn on_http1(
    worker: &Rc<Worker>,
    endpoint: &Arc<EndpointState>,
    mut http1: Http1,
    head: Head,
    body: &mut RequestBody,
) -> Result<Reply, Broken> {
    // RFC 9110, 9.2.2: these may be sent twice.
    let idempotent = head.method.is_idempotent();
    let (gunzip, upgrade) = (head.gunzip, head.upgrade);
    let request = http1_request(endpoint, head, body);
    match http1.exchange(request).await {
        Ok(response) => {
            let lease = Lease {
                http1,
                endpoint: endpoint.clone(),
                home: worker.idle.clone(),
            };
            Ok(Reply {
                response,
                lease: Some(lease),
                gunzip,
                upgrade,
            })
        }
        Err(unanswered) => {
            let unsent = unanswered.unsent.is_some();
            if let Some(request) = unanswered.unsent {
                body.put_back(request.into_body());
            }
            let error = unanswered.error;
            let hung_up = error.is_incomplete_message() || error.is_closed() || is_io(&error);
            let again = body.is_replayable() && (unsent || (idempotent && hung_up))
                || unsent && !matches!(body, RequestBody::Sent);
            Err(Broken {
                fault: fault_of(&error),
                again,
            })
        }
    }
}

fn http1_request(endpoint: &EndpointState, head: Head, body: &mut RequestBody) -> Request<Body> {
    let Head {
        method,
        target,
        mut headers,
        host,
        spelling,
        tells_length,
        ..
    } = head;
    let host = host.unwrap_or_else(|| endpoint.authority.clone());
    headers.insert(HOST, host);
    frame(&mut headers, &method, body);
    if endpoint.transport.settings.close_after_request {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let mut request = Request::new(body.take(tells_length || length_told(&headers)));
    *request.method_mut() = method;
    *request.uri_mut() = Uri::from(target);
    *request.headers_mut() = headers;
    *request.extensions_mut() = spelling;
    request
}

fn http2_request(endpoint: &EndpointState, head: Head, body: &mut RequestBody) -> Request<Body> {
    let Head {
        method,
        target,
        mut headers,
        host,
        tells_length,
        ..
    } = head;
    // HTTP/2 has no such header (RFC 9113, 8.2.2).
    headers.remove(CONNECTION);
    let host = host.as_ref().unwrap_or(&endpoint.authority);
    frame(&mut headers, &method, body);
    let mut uri = http::uri::Parts::default();
    // Without an authority that can be written the path alone is a valid target, too.
    if let Ok(authority) = http::uri::Authority::try_from(host.as_bytes()) {
        uri.authority = Some(authority);
        uri.scheme = Some(match endpoint.scheme {
            haleway_blueprint::Scheme::Https => http::uri::Scheme::HTTPS,
            _ => http::uri::Scheme::HTTP,
        });
    }
    uri.path_and_query = Some(target);
    let mut request = Request::new(body.take(tells_length || length_told(&headers)));
    *request.version_mut() = http::Version::HTTP_2;
    *request.method_mut() = method;
    *request.uri_mut() = Uri::from_parts(uri).unwrap_or_default();
    *request.headers_mut() = headers;
    request
}

/// Says how long an absent body is, where Go's client says it.
fn frame(headers: &mut HeaderMap, method: &Method, body: &RequestBody) {
    if body.is_none() {
        if matches!(*method, Method::POST | Method::PUT | Method::PATCH) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        } else {
            headers.remove(CONTENT_LENGTH);
        }
    }
}

fn is_io(error: &hyper::Error) -> bool {
    io_of(error).is_some()
}

fn io_of(error: &hyper::Error) -> Option<&std::io::Error> {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref() {
            return Some(io);
        }
        source = inner.source();
    }
    None
}

/// A broken exchange in the words of Go's client.
pub(crate) fn fault_of(error: &hyper::Error) -> Fault {
    let io = io_of(error);
    let endless = io.is_some_and(|io| io.kind() == std::io::ErrorKind::FileTooLarge);
    if endless || error.is_parse_too_large() {
        let text = "net/http: server response headers exceeded the limit; aborted";
        return Fault::new(FaultKind::TooLarge, text);
    }
    if let Some(io) = io {
        let text = match io.kind() {
            std::io::ErrorKind::UnexpectedEof => "unexpected EOF".to_owned(),
            _ => crate::upstream::io_text(io),
        };
        return Fault::new(FaultKind::Reset, text);
    }
    if error.is_user() {
        return Fault::new(FaultKind::RequestBody, "the request's body broke off");
    }
    if error.is_parse() {
        let text = format!("net/http: HTTP/1.x transport connection broken: {error}");
        return Fault::new(FaultKind::Protocol, text);
    }
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        return Fault::new(FaultKind::Reset, "EOF");
    }
    Fault::new(FaultKind::Protocol, error.to_string())
}
