//! Gets one request to one endpoint and its answer's head back.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use haleway_health::What;
use http::{Response, StatusCode};
use tokio::time::{Instant, timeout_at};

use super::broken::{fault_of, fault_of_http1, is_hung_up};
use super::message::{self, Outgoing, Source};
use super::plan::TryDurations;
use super::request_body::RequestBody;
use crate::fault::{Fault, FaultKind};
use crate::upstream::{EndpointState, Http1, Incoming, Lease, Opened, open};
use crate::worker::Worker;

/// The head of an answer, and its body as it comes.
pub(crate) struct Reply {
    pub(crate) response: Response<Incoming>,
    /// The body is to be unpacked: gzip was asked for on our own account.
    pub(crate) gunzip: bool,
    /// Another protocol was asked for.
    pub(crate) upgrade: bool,
}

/// Sends a request to an endpoint: on a connection at rest if there is one, else on a fresh one. A
/// connection that rested and breaks before the first byte of an answer says nothing about its
/// endpoint (it was closed while it rested), so the request goes out again on a fresh one, if that
/// cannot do it twice.
pub(crate) async fn exchange(
    worker: &Rc<Worker>,
    endpoint: &Arc<EndpointState>,
    span: Span,
    source: Source<'_>,
    body: &mut RequestBody,
) -> Result<Reply, Fault> {
    endpoint.count_request();
    worker.metrics.upstream_request();
    let limit = span.limit(endpoint, body);
    let trying = Try {
        worker,
        endpoint,
        connect: span.limits.map(|limits| limits.connect),
    };
    // Pinned here, so that it stands in the future of the request once and not once per branch.
    let exchanging = std::pin::pin!(exchange_somehow(&trying, source, body));
    let reply = match limit {
        None => exchanging.await,
        Some(limit) => match timeout_at(Instant::from_std(span.began + limit), exchanging).await {
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

/// When a try began, and how long it may take.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) began: std::time::Instant,
    /// `None` leaves it to the endpoint's transport.
    pub(super) limits: Option<TryDurations>,
}

impl Span {
    /// From now on.
    pub(super) fn unlimited() -> Self {
        Self {
            began: std::time::Instant::now(),
            limits: None,
        }
    }

    fn limit(&self, endpoint: &EndpointState, body: &RequestBody) -> Option<Duration> {
        match self.limits {
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
        }
    }
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
    source: Source<'_>,
    body: &mut RequestBody,
) -> Result<Reply, Fault> {
    let Try {
        worker, endpoint, ..
    } = *trying;
    if let Some(http1) = worker.idle.take(endpoint) {
        match on_http1(worker, endpoint, http1, source, body).await {
            Err(Failed { again: true, .. }) => {
                return Box::pin(on_fresh(trying, source, body)).await;
            }
            done => return done.map_err(|failed| failed.fault),
        }
    }
    // Everything from here on is rarer, or costs so much more than an allocation that it may have
    // one: it does not weigh on the future of the usual way.
    Box::pin(without_http1(trying, source, body)).await
}

async fn without_http1(
    trying: &Try<'_>,
    source: Source<'_>,
    body: &mut RequestBody,
) -> Result<Reply, Fault> {
    let Try {
        worker, endpoint, ..
    } = *trying;
    if let Some(mut shared) = worker.idle.http2(endpoint) {
        let head = source.head()?;
        let gunzip = head.gunzip;
        match shared
            .exchange(message::over_http2(endpoint, head, body))
            .await
        {
            Ok(response) => {
                return Ok(Reply {
                    response: response.map(Incoming::Http2),
                    gunzip,
                    upgrade: false,
                });
            }
            Err((_, Some(unsent))) => {
                body.put_back(unsent.into_body());
                worker.idle.drop_http2(endpoint);
                return on_fresh(trying, source, body).await;
            }
            Err((error, None)) => return Err(fault_of(&error)),
        }
    }
    on_fresh(trying, source, body).await
}

async fn on_fresh(
    trying: &Try<'_>,
    source: Source<'_>,
    body: &mut RequestBody,
) -> Result<Reply, Fault> {
    let Try {
        worker, endpoint, ..
    } = *trying;
    match trying.open().await? {
        Opened::Http1(http1) => on_http1(worker, endpoint, http1, source, body)
            .await
            .map_err(|failed| failed.fault),
        Opened::Http2(mut http2) => {
            worker.idle.share_http2(endpoint, http2.clone());
            let head = source.head()?;
            let gunzip = head.gunzip;
            match http2
                .exchange(message::over_http2(endpoint, head, body))
                .await
            {
                Ok(response) => Ok(Reply {
                    response: response.map(Incoming::Http2),
                    gunzip,
                    upgrade: false,
                }),
                Err((error, _)) => Err(fault_of(&error)),
            }
        }
    }
}

struct Failed {
    fault: Fault,
    /// The request may go out again.
    again: bool,
}

/// What is remembered of a request that is on its way.
#[derive(Clone, Copy)]
struct Sent {
    gunzip: bool,
    upgrade: bool,
    /// It may be sent twice (RFC 9110, 9.2.2).
    idempotent: bool,
}

/// Hands a request to a connection: apart, so that nothing of it stays in the future that waits.
fn ask(
    http1: &mut Http1,
    endpoint: &EndpointState,
    source: Source<'_>,
    body: &mut RequestBody,
) -> Result<Sent, Fault> {
    let Outgoing {
        written,
        gunzip,
        upgrade,
    } = source.over_http1(endpoint, body)?;
    let idempotent = written.method.is_idempotent();
    http1.ask(written);
    Ok(Sent {
        gunzip,
        upgrade,
        idempotent,
    })
}

async fn on_http1(
    worker: &Rc<Worker>,
    endpoint: &Arc<EndpointState>,
    mut http1: Box<Http1>,
    source: Source<'_>,
    body: &mut RequestBody,
) -> Result<Reply, Failed> {
    let sent = ask(&mut http1, endpoint, source, body).map_err(|fault| Failed {
        fault,
        again: false,
    })?;
    let Sent {
        gunzip,
        upgrade,
        idempotent,
    } = sent;
    match http1.answered().await {
        Ok(head) => {
            let lease = Lease {
                http1,
                endpoint: endpoint.clone(),
                home: worker.idle.clone(),
            };
            let switches = upgrade && head.status == StatusCode::SWITCHING_PROTOCOLS;
            let response = Response::from_parts(head, Incoming::over(lease, switches));
            Ok(Reply {
                response,
                gunzip,
                upgrade,
            })
        }
        Err(unanswered) => {
            let unsent = unanswered.unsent.is_some();
            if let Some(unsent) = unanswered.unsent {
                body.put_back(unsent);
            }
            let broken = unanswered.broken;
            let again = body.is_replayable() && (unsent || (idempotent && is_hung_up(&broken)))
                || unsent && !matches!(body, RequestBody::Sent);
            Err(Failed {
                fault: fault_of_http1(&broken),
                again,
            })
        }
    }
}
