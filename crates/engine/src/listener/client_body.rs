//! The body of a client's request, which the book knows of while it is coming.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::book::Entry;

/// The body of a client's request. While it is coming, the time to read a request runs.
pub(crate) struct ClientBody {
    incoming: Incoming,
    /// `None` once all of it is here.
    coming: Option<Rc<Entry>>,
}

impl ClientBody {
    pub(crate) fn new(incoming: Incoming, connection: &Rc<Entry>) -> Self {
        let coming = (!incoming.is_end_stream()).then(|| connection.clone());
        if let Some(entry) = &coming {
            entry.body_begins();
        }
        Self { incoming, coming }
    }

    fn ended(&mut self) {
        if let Some(entry) = self.coming.take() {
            entry.body_ends();
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
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.incoming).poll_frame(cx);
        let over = matches!(&polled, Poll::Ready(None | Some(Err(_))));
        if over || self.incoming.is_end_stream() {
            self.ended();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
