//! The body of a client's request, which the book knows of while it is coming.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::book::Entry;
use super::http1::Http1Body;
use crate::body::BodyError;

/// The body of a client's request. While it is coming, the time to read a request runs.
pub(crate) struct ClientBody {
    source: Source,
    /// `None` once all of it is here.
    coming: Option<Rc<Entry>>,
}

enum Source {
    Nothing,
    Http1(Http1Body),
    Http2(Incoming),
}

impl ClientBody {
    /// What follows a head on an HTTP/1 connection; `None` where nothing does.
    pub(super) fn over_http1(body: Option<Http1Body>, connection: &Rc<Entry>) -> Self {
        Self::new(body.map_or(Source::Nothing, Source::Http1), connection)
    }

    /// The body of an HTTP/2 request.
    pub(super) fn over_http2(incoming: Incoming, connection: &Rc<Entry>) -> Self {
        Self::new(Source::Http2(incoming), connection)
    }

    fn new(source: Source, connection: &Rc<Entry>) -> Self {
        let coming = (!source.is_end_stream()).then(|| connection.clone());
        if let Some(entry) = &coming {
            entry.body_begins();
        }
        Self { source, coming }
    }

    fn ended(&mut self) {
        if let Some(entry) = self.coming.take() {
            entry.body_ends();
        }
    }
}

impl Source {
    fn is_end_stream(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Http1(body) => body.is_done(),
            Self::Http2(incoming) => incoming.is_end_stream(),
        }
    }
}

impl Drop for ClientBody {
    fn drop(&mut self) {
        self.ended();
    }
}

impl Body for ClientBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = match &mut self.source {
            Source::Nothing => Poll::Ready(None),
            Source::Http1(body) => body
                .poll_piece(cx)
                .map(|it| it.map(|it| it.map_err(BodyError::Http1))),
            Source::Http2(incoming) => {
                let polled = Pin::new(incoming).poll_frame(cx);
                polled.map(|it| it.map(|it| it.map_err(BodyError::Http2)))
            }
        };
        let over = matches!(&polled, Poll::Ready(None | Some(Err(_))));
        if over || self.source.is_end_stream() {
            self.ended();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.source.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Nothing => SizeHint::with_exact(0),
            Source::Http1(body) => match body.left() {
                Some(left) => SizeHint::with_exact(left),
                None => SizeHint::new(),
            },
            Source::Http2(incoming) => incoming.size_hint(),
        }
    }
}
