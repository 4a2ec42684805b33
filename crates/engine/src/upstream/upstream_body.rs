//! The body of an endpoint's answer, which owns and drives the connection that it comes from.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use super::endpoint::EndpointState;
use super::http1::Http1;
use super::idle::IdlePools;
use super::load::UnderWay;
use crate::body::BodyError;

/// A connection on loan: it goes back to the idle ones when its answer is whole, and is closed
/// when it is dropped before.
pub(crate) struct Lease {
    pub(crate) http1: Box<Http1>,
    pub(crate) endpoint: std::sync::Arc<EndpointState>,
    pub(crate) home: Rc<IdlePools>,
}

impl Lease {
    /// Gives the connection back, if it can serve again. Whether its endpoint still holds it is
    /// found out by whoever takes it next, since only then it counts.
    pub(crate) fn release(self) {
        if self.http1.is_at_rest() {
            self.home.put(&self.endpoint, self.http1);
        }
    }
}

/// The body of an answer as its connection gives it.
pub(crate) enum Incoming {
    /// All of it, and its connection is at rest again.
    Whole(Bytes),
    /// It comes over HTTP/1.1, or the connection is about to carry another protocol.
    Http1(Lease),
    /// It comes over HTTP/2, whose connections are shared.
    Http2(hyper::body::Incoming),
}

impl Incoming {
    /// What comes over a connection whose answer's head was read.
    pub(crate) fn over(mut lease: Lease, switches: bool) -> Self {
        if switches {
            return Self::Http1(lease);
        }
        match lease.http1.take_whole() {
            Some(bytes) => {
                lease.release();
                Self::Whole(bytes)
            }
            None => Self::Http1(lease),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Http1(lease) => lease.http1.is_done(),
            Self::Http2(incoming) => incoming.is_end_stream(),
        }
    }

    fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self {
            Self::Whole(bytes) => {
                let data = std::mem::take(bytes);
                Poll::Ready((!data.is_empty()).then(|| Ok(Frame::data(data))))
            }
            Self::Http1(lease) => {
                let polled = lease.http1.poll_piece(cx);
                polled.map(|frame| frame.map(|frame| frame.map_err(BodyError::Http1)))
            }
            Self::Http2(incoming) => {
                let polled = Pin::new(incoming).poll_frame(cx);
                polled.map(|frame| frame.map(|frame| frame.map_err(BodyError::Http2)))
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Http1(lease) => match lease.http1.left() {
                Some(left) => SizeHint::with_exact(left),
                None => SizeHint::new(),
            },
            Self::Http2(incoming) => incoming.size_hint(),
        }
    }

    /// There is nothing more to come: its connection goes back, or is closed.
    fn end(&mut self) {
        if let Self::Http1(lease) = std::mem::replace(self, Self::Whole(Bytes::new())) {
            lease.release();
        }
    }
}

/// The body of an endpoint's answer.
pub(crate) struct UpstreamBody {
    incoming: Incoming,
    deadline: Option<Instant>,
    /// How long each piece may take.
    pace: Option<Duration>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Ends with the body.
    under_way: Option<UnderWay>,
}

impl UpstreamBody {
    pub(crate) fn new(incoming: Incoming, deadline: Option<Instant>) -> Self {
        Self {
            incoming,
            deadline,
            pace: None,
            timer: None,
            under_way: None,
        }
    }

    /// The same, as the last part of a request under way.
    pub(crate) fn carrying(self, under_way: Option<UnderWay>) -> Self {
        let under_way = under_way.filter(|_| !matches!(self.incoming, Incoming::Whole(_)));
        Self { under_way, ..self }
    }

    /// The same, with a time limit for each piece.
    pub(crate) fn paced(self, pace: Option<Duration>) -> Self {
        Self { pace, ..self }
    }

    /// Nothing more will come.
    fn close(&mut self) {
        self.under_way = None;
        self.incoming.end();
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
        match this.incoming.poll_frame(cx) {
            Poll::Pending => this.poll_deadline(cx).map(|()| {
                this.close();
                Some(Err(BodyError::Deadline))
            }),
            Poll::Ready(Some(Ok(frame))) => {
                if this.pace.is_some() {
                    this.timer = None;
                }
                if this.incoming.is_end_stream() {
                    this.close();
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(ended) => {
                this.close();
                Poll::Ready(ended)
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
