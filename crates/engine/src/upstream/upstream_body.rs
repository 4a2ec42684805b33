//! The body of an endpoint's answer, which owns and drives the connection that it comes from.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

use super::endpoint::EndpointState;
use super::http1::{Http1, poll_body};
use super::idle::IdlePools;
use super::load::UnderWay;
use crate::body::BodyError;

/// A connection on loan: it goes back to the idle ones when its answer is whole, and is closed
/// when it is dropped before.
pub(crate) struct Lease {
    pub(crate) http1: Http1,
    pub(crate) endpoint: std::sync::Arc<EndpointState>,
    pub(crate) home: Rc<IdlePools>,
}

impl Lease {
    /// Gives the connection back. Whether it can serve again is found out by whoever takes it
    /// next, since only then it counts.
    pub(crate) fn release(self) {
        self.home.put(&self.endpoint, self.http1);
    }
}

/// The body of an endpoint's answer.
pub(crate) struct UpstreamBody {
    incoming: Incoming,
    /// `None` once it went home, and for HTTP/2, whose connections are shared.
    lease: Option<Lease>,
    deadline: Option<Instant>,
    /// How long each piece may take.
    pace: Option<Duration>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Ends with the body.
    under_way: Option<UnderWay>,
}

impl UpstreamBody {
    pub(crate) fn new(incoming: Incoming, lease: Option<Lease>, deadline: Option<Instant>) -> Self {
        let mut body = Self {
            incoming,
            lease,
            deadline,
            pace: None,
            timer: None,
            under_way: None,
        };
        body.release_when_whole();
        body
    }

    /// The same, as the last part of a request under way.
    pub(crate) fn carrying(self, under_way: Option<UnderWay>) -> Self {
        let under_way = under_way.filter(|_| !self.incoming.is_end_stream());
        Self { under_way, ..self }
    }

    /// The same, with a time limit for each piece.
    pub(crate) fn paced(self, pace: Option<Duration>) -> Self {
        Self { pace, ..self }
    }

    fn release_when_whole(&mut self) {
        if self.incoming.is_end_stream() {
            self.under_way = None;
            if let Some(lease) = self.lease.take() {
                lease.release();
            }
        }
    }

    /// The answer broke off.
    fn close(&mut self) {
        self.under_way = None;
        self.lease = None;
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let pace = self.pace.map(|pace| Instant::now() + pace);
        let Some(ends) = self.deadline.into_iter().chain(pace).min() else {
            return Poll::Pending;
        };
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(ends)));
        timer.as_mut().poll(cx)
    }

    pub(crate) fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let polled = match &mut this.lease {
            Some(lease) => poll_body(&mut lease.http1, &mut this.incoming, cx),
            None => Pin::new(&mut this.incoming).poll_frame(cx),
        };
        match polled {
            Poll::Pending => this.poll_deadline(cx).map(|()| {
                this.close();
                Some(Err(BodyError::Deadline))
            }),
            Poll::Ready(Some(Err(error))) => {
                this.close();
                Poll::Ready(Some(Err(BodyError::Hyper(error))))
            }
            Poll::Ready(frame) => {
                if this.pace.is_some() {
                    this.timer = None;
                }
                this.release_when_whole();
                Poll::Ready(frame.map(|frame| frame.map_err(BodyError::Hyper)))
            }
        }
    }

    pub(crate) fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    pub(crate) fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
