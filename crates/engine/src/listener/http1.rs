//! Serves the requests of an HTTP/1 connection, one behind the other.
//!
//! The task of the connection reads a head, serves it to the last byte of its answer, and only
//! then looks at the next one: requests that are sent ahead wait. While a request is served the
//! task watches for the client's end, and a request whose client is gone is dropped with all that
//! it waits for.

mod answer;
mod wire;

use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use haleway_blueprint::HeaderCase;
use haleway_http1::{BadFraming, BadHead, Received, read_request};
use http::request::Parts;
use http::{Method, Response, StatusCode, Version};
use tracing::debug;

use super::book::Place;
use super::client_body::ClientBody;
use super::connection::{Served, Terms, unless_cut, unless_ended};
use super::tunnel::Tunnel;
use super::watched::Watched;
use crate::account::Account;
use crate::body::Body;
use crate::serve;
use crate::wire::HeadFault;
use crate::worker::Worker;

use answer::{Answering, Manner};
pub(super) use wire::Http1Body;
use wire::Wire;

/// Time in which a client may still send after the last answer. A connection that is closed with
/// bytes unread is reset, and the client may lose the answer with it.
const LINGER: Duration = Duration::from_millis(500);

/// What becomes of the connection behind an answer.
enum Next {
    /// It carries another request.
    Stay,
    /// It does so when the rest of this one's body was passed over.
    Skip,
    /// It carries another protocol.
    Switch,
    /// It is closed.
    Close,
    /// It is dropped without a word, so that an answer in the middle does not look whole.
    Drop,
    /// It is closed when the client has had time to read the answer.
    Linger,
}

/// Serves a connection to its end.
pub(super) async fn serve(worker: &Rc<Worker>, terms: Terms, place: &Place, stream: Watched) {
    let wire = Wire::new(stream);
    let connection = Connection {
        worker,
        terms,
        place,
        wire: &wire,
    };
    loop {
        let next = match connection.head().await {
            None => return wire.close(),
            Some(Ok(received)) => connection.request(received).await,
            Some(Err(fault)) => connection.refuse(&fault).await,
        };
        let tunnel = place.entry.tunnel.take();
        match next {
            Next::Stay => {}
            Next::Switch => {
                if let Some(tunnel) = tunnel {
                    carry(place, tunnel, wire).await;
                }
                return;
            }
            Next::Close => return wire.close(),
            Next::Drop => return,
            Next::Skip | Next::Linger => {
                let lingering = tokio::time::timeout(LINGER, wire.linger());
                unless_cut(place, lingering).await;
                return;
            }
        }
    }
}

/// Carries another protocol.
async fn carry(place: &Place, tunnel: Tunnel, wire: Wire) {
    if let Some((client, ahead)) = wire.into_parts() {
        place.entry.tunnelled();
        // Nobody says when a tunnel is done, so a stop waits for none.
        unless_ended(place, tunnel.carry(client, ahead)).await;
    }
}

#[derive(Clone, Copy)]
struct Connection<'a> {
    worker: &'a Rc<Worker>,
    terms: Terms,
    place: &'a Place,
    wire: &'a Wire,
}

impl Connection<'_> {
    /// The next head; `None` where the connection ends.
    async fn head(&self) -> Option<Result<Received<Box<Parts>>, HeadFault>> {
        let entry = &self.place.entry;
        let spelled = self.terms.header_case == HeaderCase::AsReceived;
        let bytes_max = self.terms.header_bytes_max;
        if !self.wire.is_empty() {
            // It was sent ahead, and its time runs from now on.
            entry.received();
        }
        let parse = |bytes: &[u8]| read_request(bytes, spelled).map(|it| it.map(Received::boxed));
        let read = std::future::poll_fn(|cx| {
            if entry.is_cut(cx.waker()) {
                return Poll::Ready(None);
            }
            let polled = self.wire.poll_head(cx, bytes_max, parse);
            // What has begun to come is served before the connection ends.
            if polled.is_pending() && entry.is_draining() && self.wire.is_empty() {
                return Poll::Ready(None);
            }
            polled.map(Some)
        });
        match read.await? {
            Ok(received) => Some(Ok(received)),
            Err(HeadFault::Ended | HeadFault::CutShort) => None,
            Err(HeadFault::Io(error)) => {
                debug!(peer = %entry.peer, %error, "the connection ended");
                None
            }
            Err(fault) => Some(Err(fault)),
        }
    }

    /// Serves one request.
    async fn request(&self, received: Received<Box<Parts>>) -> Next {
        let Received { head, told, .. } = received;
        let entry = &self.place.entry;
        let _served = Served::begin(entry, head.version);
        let framing = match told.request_body(head.version) {
            Ok(framing) => framing,
            Err(bad) => return self.refused(bad.into()).await,
        };
        let request = Asked {
            version: head.version,
            head_only: head.method == Method::HEAD,
            stays: told.stays(head.version),
        };
        let expects = head.version == Version::HTTP_11 && told.expects_continue;
        let body = self.wire.begin_body(framing, expects);
        let body = ClientBody::over_http1(body, entry);
        let serving = pin!(serve::serve(self.worker.clone(), entry.clone(), head, body));
        match self.unless_gone(serving).await {
            Some((answer, account)) => match self.answer(request, answer, account).await {
                Next::Skip => self.skip_body().await,
                next => next,
            },
            None => Next::Drop,
        }
    }

    /// Passes over what is left of a body.
    async fn skip_body(&self) -> Next {
        let skipping = tokio::time::timeout(LINGER, self.wire.skip_body());
        match unless_cut(self.place, skipping).await {
            Some(Ok(true)) => Next::Stay,
            _ => Next::Linger,
        }
    }

    /// Waits for an answer for as long as there is somebody to get it.
    async fn unless_gone<T>(&self, mut serving: Pin<&mut impl Future<Output = T>>) -> Option<T> {
        let entry = &self.place.entry;
        std::future::poll_fn(|cx| {
            if entry.is_cut(cx.waker()) {
                return Poll::Ready(None);
            }
            if let Poll::Ready(served) = serving.as_mut().poll(cx) {
                return Poll::Ready(Some(served));
            }
            self.wire.poll_gone(cx).map(|()| None)
        })
        .await
    }

    async fn answer(&self, request: Asked, answer: Response<Body>, account: Account) -> Next {
        let entry = &self.place.entry;
        let plan = self.worker.plan();
        let site = plan.site_of(entry.listener);
        let listed = site.and_then(|site| site.header_names.as_deref());
        let lost = self.wire.begin_answer();
        let manner = Manner {
            asked: request,
            closing: !request.stays || entry.is_draining() || lost,
            listed: listed.filter(|_| self.terms.header_case == HeaderCase::AsReceived),
        };
        let mut answering = Answering::new(self.worker, &manner, answer, account);
        drop(plan);
        let sent = std::future::poll_fn(|cx| {
            if entry.is_cut(cx.waker()) {
                return Poll::Ready(None);
            }
            match answering.poll_send(cx, self.wire) {
                Poll::Ready(sent) => Poll::Ready(Some(sent)),
                Poll::Pending => self.wire.poll_gone(cx).map(|()| None),
            }
        });
        match sent.await {
            Some(Ok(())) if answering.switches() => Next::Switch,
            Some(Ok(())) => self.wire.after_answer(answering.closes()),
            Some(Err(error)) => {
                debug!(peer = %entry.peer, %error, "the answer broke off");
                Next::Drop
            }
            None => Next::Drop,
        }
    }

    /// Answers what is no request.
    async fn refuse(&self, fault: &HeadFault) -> Next {
        let _served = Served::begin(&self.place.entry, Version::HTTP_11);
        self.refused(fault.into()).await
    }

    async fn refused(&self, refusal: Refusal) -> Next {
        let (worker, entry) = (self.worker, &self.place.entry);
        let Refusal { status, reason } = refusal;
        let (answer, account) = serve::refuse(worker, entry, status, reason);
        let request = Asked {
            version: Version::HTTP_11,
            head_only: false,
            stays: false,
        };
        match self.answer(request, answer, account).await {
            Next::Close => Next::Linger,
            next => next,
        }
    }
}

/// What of a request shapes its answer on the wire.
#[derive(Clone, Copy)]
struct Asked {
    version: Version,
    /// The answer's body is not wanted.
    head_only: bool,
    /// The client wants to go on.
    stays: bool,
}

/// Why something is no request, in the words of Go's server.
struct Refusal {
    status: StatusCode,
    reason: &'static str,
}

impl From<&HeadFault> for Refusal {
    fn from(fault: &HeadFault) -> Self {
        let (status, reason) = match fault {
            HeadFault::TooLarge | HeadFault::Bad(BadHead::TooMany) => {
                (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "")
            }
            HeadFault::Bad(BadHead::Target) => (StatusCode::BAD_REQUEST, "invalid URI for request"),
            _ => (StatusCode::BAD_REQUEST, ""),
        };
        Self { status, reason }
    }
}

impl From<BadFraming> for Refusal {
    fn from(bad: BadFraming) -> Self {
        let (status, reason) = match bad {
            BadFraming::Length => (StatusCode::BAD_REQUEST, "bad Content-Length"),
            BadFraming::Unexpected => (StatusCode::BAD_REQUEST, "unexpected transfer encoding"),
            BadFraming::Coding => (StatusCode::NOT_IMPLEMENTED, "unsupported transfer encoding"),
        };
        Self { status, reason }
    }
}
