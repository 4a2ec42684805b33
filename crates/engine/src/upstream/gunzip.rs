//! Unpacks a gzip body while it streams.

use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http_body::Frame;

use super::upstream_body::UpstreamBody;
use crate::body::BodyError;

/// A packed body that is unpacked frame by frame. One frame in gives at most what that frame holds
/// unpacked, so memory is bounded by gzip's ratio of about 1000 to one and the frame's size.
pub(crate) struct GunzipBody {
    inner: UpstreamBody,
    /// `None` once the end is reached.
    decoder: Option<MultiGzDecoder<Vec<u8>>>,
}

impl GunzipBody {
    pub(crate) fn new(inner: UpstreamBody) -> Self {
        Self {
            inner,
            decoder: Some(MultiGzDecoder::new(Vec::new())),
        }
    }

    pub(crate) fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        loop {
            let Some(decoder) = &mut this.decoder else {
                return Poll::Ready(None);
            };
            let unpacked = match std::task::ready!(Pin::new(&mut this.inner).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(packed) => decoder
                        .write_all(&packed)
                        .and_then(|()| decoder.flush())
                        .map(|()| std::mem::take(decoder.get_mut())),
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => match this.decoder.take() {
                    Some(decoder) => decoder.finish(),
                    None => return Poll::Ready(None),
                },
            };
            match unpacked {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) => return Poll::Ready(Some(Ok(Frame::data(bytes.into())))),
                Err(error) => {
                    this.decoder = None;
                    return Poll::Ready(Some(Err(BodyError::Gzip(error))));
                }
            }
        }
    }
}
