//! Serves the requests of one connection.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use haleway_blueprint::HeaderCase;
use http::{Request, Version};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tracing::debug;

use super::book::{Entry, Place};
use super::client_body::ClientBody;
use super::watched::Watched;
use super::{http1, preface};
use crate::account::Account;
use crate::body::{Body, BodyError};
use crate::local::LocalExecutor;
use crate::serve;
use crate::stream::{self, StreamPlan};
use crate::upstream::Stream;
use crate::worker::Worker;

/// Time for a TLS handshake, as Go's servers give it.
const TLS_HANDSHAKE_MAX: Duration = Duration::from_secs(10);

/// Streams that one HTTP/2 connection may have open, as Go's servers allow.
const HTTP2_STREAMS_MAX: u32 = 250;

/// What a connection keeps of its listener: not the plan, which a reload may replace.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub(super) header_bytes_max: usize,
    pub(super) header_case: HeaderCase,
}

/// Serves a connection to its end.
pub(super) async fn serve(worker: &Rc<Worker>, key: SocketAddr, tcp: TcpStream, peer: SocketAddr) {
    let plan = worker.plan();
    let Some(listener) = plan.listener(key) else {
        return;
    };
    let terms = Terms {
        header_bytes_max: listener.limits.header_bytes_max,
        header_case: listener.header_case,
    };
    let place = worker.connections.enter(key, peer, &listener.limits);
    if let Some(streams) = plan.streams_of(key).cloned() {
        let tls = listener.tls.clone();
        drop(plan);
        // On the heap, so that connections with requests do not hold room for it.
        return Box::pin(serve_stream(&place, streams, tls, tcp)).await;
    }
    let opening = open(listener.tls.clone(), listener.h2c, tcp, &place.entry);
    drop(plan);
    let Some(opened) = unless_ended(&place, opening).await.flatten() else {
        return;
    };
    let stream = Watched {
        ahead: opened.ahead,
        stream: opened.stream,
        entry: place.entry.clone(),
    };
    if opened.http2 {
        Box::pin(serve_http2(worker, terms, &place, TokioIo::new(stream))).await;
    } else {
        http1::serve(worker, terms, &place, stream).await;
    }
}

/// Carries a connection without HTTP.
async fn serve_stream(
    place: &Place,
    streams: Arc<StreamPlan>,
    tls: Option<TlsAcceptor>,
    tcp: TcpStream,
) {
    let opening = stream::open(&streams, tls, tcp, &place.entry);
    let opened = unless_ended(place, opening).await.flatten();
    // It may last for long, and a plan is large.
    drop(streams);
    if let Some(opened) = opened {
        // A stop waits for it to its limit, as for a request in flight.
        unless_cut(place, opened.carry(&place.entry)).await;
    }
}

/// A connection whose protocol is known.
struct Opened {
    stream: Stream,
    /// What was read to find it out.
    ahead: Bytes,
    http2: bool,
}

async fn open(
    tls: Option<TlsAcceptor>,
    h2c: bool,
    mut tcp: TcpStream,
    entry: &Entry,
) -> Option<Opened> {
    let peer = entry.peer;
    let Some(acceptor) = tls else {
        let (http2, ahead) = match h2c {
            true => preface::read(&mut tcp).await.ok()?,
            false => (false, Bytes::new()),
        };
        let stream = Stream::Plain(tcp);
        return Some(Opened {
            stream,
            ahead,
            http2,
        });
    };
    match tokio::time::timeout(TLS_HANDSHAKE_MAX, acceptor.accept(tcp)).await {
        Ok(Ok(stream)) => {
            let session = stream.get_ref().1;
            let http2 = session.alpn_protocol() == Some(b"h2");
            entry.encrypted(session);
            Some(Opened {
                stream: Stream::Server(Box::new(stream)),
                ahead: Bytes::new(),
                http2,
            })
        }
        Ok(Err(error)) => {
            debug!(%peer, %error, "no TLS handshake");
            None
        }
        Err(_) => {
            debug!(%peer, "the TLS handshake took too long");
            None
        }
    }
}

/// Does a work for which no request has to wait, unless the connection must end: then `None`.
pub(super) async fn unless_ended<T>(place: &Place, work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|cx| {
        if place.entry.is_cut(cx.waker()) || place.entry.is_draining() {
            return Poll::Ready(None);
        }
        work.as_mut().poll(cx).map(Some)
    })
    .await
}

/// Does a work to its end, unless the connection must end at once: then `None`.
pub(super) async fn unless_cut<T>(place: &Place, work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|cx| {
        if place.entry.is_cut(cx.waker()) {
            return Poll::Ready(None);
        }
        work.as_mut().poll(cx).map(Some)
    })
    .await
}

async fn serve_http2(worker: &Rc<Worker>, terms: Terms, place: &Place, io: TokioIo<Watched>) {
    let header_list_max = u32::try_from(terms.header_bytes_max).unwrap_or(u32::MAX);
    let mut builder = hyper::server::conn::http2::Builder::new(LocalExecutor);
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(HTTP2_STREAMS_MAX)
        .max_header_list_size(header_list_max);
    let service = service_fn(|request: Request<Incoming>| {
        let (worker, entry) = (worker.clone(), place.entry.clone());
        let served = Served::begin(&entry, request.version());
        let (head, incoming) = request.into_parts();
        let body = ClientBody::over_http2(incoming, &entry);
        // On the heap: hyper moves what it is given, and only a part of it is ever used.
        let answering = Box::pin(serve::serve(worker, entry, Box::new(head), body));
        async move {
            let (answer, account) = answering.await;
            Ok::<_, Infallible>(answer.map(|body| served.with(body, account)))
        }
    });
    let connection = builder.serve_connection(io, service);
    let mut connection = std::pin::pin!(connection);
    drive(place, connection.as_mut(), |connection| {
        connection.graceful_shutdown()
    })
    .await;
}

/// Drives a connection to its end, or until the book says that it must end.
async fn drive<C, E>(place: &Place, mut connection: Pin<&mut C>, stop: impl Fn(Pin<&mut C>))
where
    C: Future<Output = Result<(), E>>,
    E: std::fmt::Display,
{
    let mut told = false;
    std::future::poll_fn(|cx| {
        if place.entry.is_cut(cx.waker()) {
            return Poll::Ready(());
        }
        if place.entry.is_draining() && !std::mem::replace(&mut told, true) {
            stop(connection.as_mut());
        }
        connection.as_mut().poll(cx).map(|done| {
            if let Err(error) = done {
                debug!(peer = %place.entry.peer, %error, "the connection ended");
            }
        })
    })
    .await;
}

/// Marks a request in the book from its head to the last byte of its answer.
pub(super) struct Served(Rc<Entry>);

impl Served {
    pub(super) fn begin(entry: &Rc<Entry>, version: Version) -> Self {
        entry.begin(version);
        Self(entry.clone())
    }

    fn with(self, body: Body, account: Account) -> AnswerBody {
        AnswerBody {
            body,
            account,
            _served: self,
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// The body of an answer; while it lives, its request is being served.
struct AnswerBody {
    body: Body,
    account: Account,
    _served: Served,
}

impl http_body::Body for AnswerBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let polled = Pin::new(&mut this.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            this.account.sent(data.len());
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
