//! The one body type that stands between hyper and everything else.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use haleway_http1::Framing;
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::listener::ClientBody;
use crate::upstream::{GunzipBody, UpstreamBody};
use crate::wire::BodyFault;

/// A body on its way to a client or to an endpoint.
pub(crate) enum Body {
    /// Nothing.
    Empty,
    /// All of it, at hand.
    Full(Bytes),
    /// From the client, with the framing that the client chose.
    Client(ClientBody),
    /// From the client, framed anew: its length is not told.
    Chunked(ClientBody),
    /// At hand, but framed without its length.
    ChunkedFull(Bytes),
    /// From the client; its beginning is at hand.
    Begun(Box<BegunBody>),
    /// From an endpoint. The body owns and drives the connection it comes from.
    Upstream(Box<UpstreamBody>),
    /// From an endpoint, unpacked on the way.
    Gunzip(Box<GunzipBody>),
}

/// A client's body of which a part was read.
pub(crate) struct BegunBody {
    pub(crate) held: Bytes,
    pub(crate) rest: ClientBody,
}

/// Why a body broke off.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// What came over an HTTP/1 connection.
    Http1(BodyFault),
    /// What came over an HTTP/2 connection.
    Http2(hyper::Error),
    /// A time limit passed.
    Deadline,
    /// It was packed and could not be unpacked.
    Gzip(std::io::Error),
}

impl std::fmt::Display for BodyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Http1(_) | Self::Http2(_) => f.write_str("the connection broke off"),
            Self::Deadline => f.write_str("the time limit passed"),
            Self::Gzip(_) => f.write_str("the gzip stream is damaged"),
        }
    }
}

impl std::error::Error for BodyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Http1(fault) => Some(fault),
            Self::Http2(error) => Some(error),
            Self::Deadline => None,
            Self::Gzip(error) => Some(error),
        }
    }
}

impl Body {
    /// A body at hand.
    pub(crate) fn full(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        if bytes.is_empty() {
            Self::Empty
        } else {
            Self::Full(bytes)
        }
    }

    /// Whether its first piece is here, without waiting for anybody.
    pub(crate) fn is_at_hand(&self) -> bool {
        match self {
            Self::Empty | Self::Full(_) | Self::ChunkedFull(_) => true,
            Self::Client(_)
            | Self::Chunked(_)
            | Self::Begun(_)
            | Self::Upstream(_)
            | Self::Gunzip(_) => false,
        }
    }

    /// How it is framed on HTTP/1.1.
    pub(crate) fn framing(&self) -> Framing {
        match self {
            Self::Empty => Framing::None,
            body => match body.size_hint().exact() {
                Some(bytes) => Framing::Length(bytes),
                None => Framing::Chunked,
            },
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.get_mut() {
            Self::Empty => Poll::Ready(None),
            this @ (Self::Full(_) | Self::ChunkedFull(_)) => {
                let (Self::Full(bytes) | Self::ChunkedFull(bytes)) =
                    std::mem::replace(this, Self::Empty)
                else {
                    return Poll::Ready(None);
                };
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Self::Client(incoming) | Self::Chunked(incoming) => Pin::new(incoming).poll_frame(cx),
            Self::Begun(begun) if !begun.held.is_empty() => {
                let held = std::mem::take(&mut begun.held);
                Poll::Ready(Some(Ok(Frame::data(held))))
            }
            Self::Begun(begun) => Pin::new(&mut begun.rest).poll_frame(cx),
            Self::Upstream(body) => Pin::new(&mut **body).poll_frame(cx),
            Self::Gunzip(body) => Pin::new(&mut **body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Full(bytes) | Self::ChunkedFull(bytes) => bytes.is_empty(),
            Self::Client(incoming) | Self::Chunked(incoming) => incoming.is_end_stream(),
            Self::Begun(begun) => begun.held.is_empty() && begun.rest.is_end_stream(),
            Self::Upstream(body) => body.is_end_stream(),
            Self::Gunzip(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Client(incoming) => incoming.size_hint(),
            Self::Begun(begun) => {
                let (held, rest) = (begun.held.len() as u64, begun.rest.size_hint());
                match rest.exact() {
                    Some(rest) => SizeHint::with_exact(held.saturating_add(rest)),
                    None => SizeHint::new(),
                }
            }
            Self::Upstream(body) => body.size_hint(),
            Self::Chunked(_) | Self::ChunkedFull(_) | Self::Gunzip(_) => SizeHint::new(),
        }
    }
}
