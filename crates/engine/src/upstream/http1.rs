//! An HTTP/1.1 connection to an endpoint, driven by whoever owns it.

use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Connection, SendRequest};
use hyper_util::rt::TokioIo;

use super::metered::{Allowance, Metered};
use super::stream::Stream;
use crate::body::Body;

/// An HTTP/1.1 connection to an endpoint. Nothing happens on it unless its owner polls.
pub(crate) struct Http1 {
    sender: SendRequest<Body>,
    connection: Box<Connection<TokioIo<Metered>, Body>>,
    allowance: Rc<Allowance>,
    closed: bool,
}

/// A request that brought no answer.
pub(crate) struct Unanswered {
    /// Why.
    pub(crate) error: hyper::Error,
    /// The request, if not one byte of it was written.
    pub(crate) unsent: Option<Request<Body>>,
}

impl Http1 {
    pub(super) fn new(
        sender: SendRequest<Body>,
        connection: Connection<TokioIo<Metered>, Body>,
        allowance: Rc<Allowance>,
    ) -> Self {
        Self {
            sender,
            connection: Box::new(connection),
            allowance,
            closed: false,
        }
    }

    /// Sends a request and drives the connection until the head of the answer is here. The body
    /// of the answer needs the connection to be driven on.
    pub(crate) async fn exchange(
        &mut self,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, Unanswered> {
        self.allowance.limit();
        let mut answer = pin!(self.sender.try_send_request(request));
        let answered = std::future::poll_fn(|cx| {
            // The connection first: it takes the request up and brings the answer.
            if !self.closed && self.connection.poll_without_shutdown(cx).is_ready() {
                self.closed = true;
            }
            answer.as_mut().poll(cx)
        })
        .await;
        self.allowance.lift();
        answered.map_err(|mut failed| Unanswered {
            unsent: failed.take_message(),
            error: failed.into_error(),
        })
    }

    /// Drives the connection for the body of the answer.
    pub(crate) fn poll_drive(&mut self, cx: &mut Context<'_>) {
        if !self.closed && self.connection.poll_without_shutdown(cx).is_ready() {
            self.closed = true;
        }
    }

    /// Whether the connection can take a request now. Polls it once, which is how a close by the
    /// endpoint is noticed.
    pub(crate) fn reusable(&mut self) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        self.poll_drive(&mut cx);
        !self.closed && matches!(self.sender.poll_ready(&mut cx), Poll::Ready(Ok(())))
    }

    /// Takes the socket back, with what was read beyond the last answer: for a tunnel.
    pub(crate) fn into_stream(self) -> (Stream, bytes::Bytes) {
        let parts = self.connection.into_parts();
        (parts.io.into_inner().into_stream(), parts.read_buf)
    }
}

/// Polls a body that needs its connection to be driven.
pub(crate) fn poll_body(
    http1: &mut Http1,
    incoming: &mut Incoming,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<http_body::Frame<bytes::Bytes>, hyper::Error>>> {
    use http_body::Body as _;
    // Asking first tells the connection that more is wanted; then it brings what there is.
    if let Poll::Ready(frame) = Pin::new(&mut *incoming).poll_frame(cx) {
        return Poll::Ready(frame);
    }
    http1.poll_drive(cx);
    Pin::new(incoming).poll_frame(cx)
}
