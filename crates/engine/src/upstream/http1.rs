//! An HTTP/1.1 connection to an endpoint, driven by whoever owns it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use haleway_http1::{BadFraming, BodyReader, BodyWriter, Framing, read_response};
use http::{Method, StatusCode, response};
use http_body::{Body as _, Frame};

use super::stream::Stream;
use crate::body::{Body, BodyError};
use crate::wire::{BodyFault, HeadFault, Inbox, Outbox, Page};

/// An HTTP/1.1 connection to an endpoint. Nothing happens on it unless its owner polls. It stands on
/// the heap for as long as it lives, and is handed from one owner to the next.
pub(crate) struct Http1 {
    stream: Stream,
    inbox: Inbox,
    outbox: Outbox,
    asked: Asked,
    /// The answer's body.
    reader: BodyReader,
    /// It may carry another request when this one is done.
    stays: bool,
    head_bytes_max: usize,
    /// Spelling and reason phrases are passed on.
    spelled: bool,
}

/// The current request, as far as it is still of use.
#[derive(Default)]
struct Asked {
    method: Method,
    /// Until it is sent.
    head: Option<Page>,
    /// What is still to be sent of the body.
    sending: Option<Sending>,
    /// Bytes of answers before the final one.
    interim_bytes: usize,
    /// It could not be sent whole.
    lost: Option<io::Error>,
}

/// A request, its head written.
pub(crate) struct Written {
    pub(crate) method: Method,
    pub(crate) head: Page,
    pub(crate) body: Body,
    pub(crate) framing: Framing,
}

struct Sending {
    body: Body,
    writer: BodyWriter,
}

/// Why a request brought no answer.
#[derive(Debug)]
pub(crate) enum Broken {
    /// No head of an answer came, or none that can be read.
    Head(HeadFault),
    /// Nobody can say where the answer's body ends.
    Framing(BadFraming),
    /// The client's body broke off.
    RequestBody,
}

/// A request that brought no answer.
pub(crate) struct Unanswered {
    /// Why.
    pub(crate) broken: Broken,
    /// Its body, if not one byte of the request was written.
    pub(crate) unsent: Option<Body>,
}

impl Http1 {
    pub(super) fn new(stream: Stream, head_bytes_max: usize, spelled: bool) -> Box<Self> {
        Box::new(Self {
            stream,
            inbox: Inbox::default(),
            outbox: Outbox::default(),
            asked: Asked::default(),
            reader: BodyReader::new(Framing::None),
            stays: true,
            head_bytes_max,
            spelled,
        })
    }

    /// Takes up a request, of which nothing is sent before [`Self::answered`] is waited for.
    pub(crate) fn ask(&mut self, request: Written) {
        let Written {
            method,
            head,
            body,
            framing,
        } = request;
        self.outbox.begin();
        self.asked = Asked {
            method,
            head: Some(head),
            sending: (framing != Framing::None).then(|| Sending {
                body,
                writer: BodyWriter::new(framing),
            }),
            interim_bytes: 0,
            lost: None,
        };
    }

    /// Sends the request and waits for the head of its answer. The body of the answer is read with
    /// [`Self::poll_piece`], which also sends what is left of the request.
    pub(crate) async fn answered(&mut self) -> Result<response::Parts, Unanswered> {
        let answered = std::future::poll_fn(|cx| self.poll_exchange(cx)).await;
        answered.map_err(|broken| Unanswered {
            broken: match (broken, self.asked.lost.take()) {
                (Broken::Head(HeadFault::Ended), Some(error)) => Broken::Head(HeadFault::Io(error)),
                (broken, _) => broken,
            },
            unsent: self.unsent(),
        })
    }

    /// The body of a request of which nothing was sent.
    fn unsent(&mut self) -> Option<Body> {
        if self.outbox.has_begun() {
            return None;
        }
        let left = self.asked.sending.take();
        Some(left.map_or(Body::Empty, |left| left.body))
    }

    fn poll_exchange(&mut self, cx: &mut Context<'_>) -> Poll<Result<response::Parts, Broken>> {
        if self.asked.lost.is_none() {
            match self.poll_send(cx) {
                Poll::Ready(Err(Unsent::Body)) => return Poll::Ready(Err(Broken::RequestBody)),
                // The endpoint may have answered before it hung up.
                Poll::Ready(Err(Unsent::Socket(error))) => self.asked.lost = Some(error),
                Poll::Ready(Ok(())) | Poll::Pending => {}
            }
        }
        loop {
            let spelled = self.spelled;
            let bytes_max = self.head_bytes_max.saturating_sub(self.asked.interim_bytes);
            let parse = |bytes: &[u8]| read_response(bytes, spelled);
            let polled = self.inbox.poll_head(cx, &mut self.stream, bytes_max, parse);
            let received = ready!(polled).map_err(Broken::Head)?;
            let (head, told) = (received.head, received.told);
            let switches = head.status == StatusCode::SWITCHING_PROTOCOLS;
            if head.status.is_informational() && !switches {
                // Interim answers are passed over, but not for ever.
                self.asked.interim_bytes += received.bytes;
                continue;
            }
            let framing = told.response_body(&self.asked.method, (head.version, head.status));
            let framing = framing.map_err(Broken::Framing)?;
            self.reader = BodyReader::new(framing);
            self.stays = framing != Framing::UntilClose
                && !switches
                && self.asked.lost.is_none()
                && told.stays(head.version);
            return Poll::Ready(Ok(head));
        }
    }

    /// Sends what is left of the request.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Unsent>> {
        loop {
            // The page goes back as soon as it is sent: others need it while this one waits.
            let head = self.asked.head.take();
            let begins = head.is_some();
            if !begins {
                ready!(self.outbox.poll_flush(cx, &mut self.stream))?;
            }
            let mut page = head.unwrap_or_else(Page::take);
            let mut data = Bytes::new();
            let mut pending = false;
            if let Some(sending) = &mut self.asked.sending
                && (!begins || sending.body.is_at_hand())
            {
                match sending.poll_next(cx, &mut page) {
                    Poll::Ready(Some(Ok(large))) => data = large,
                    Poll::Ready(Some(Err(_))) => return Poll::Ready(Err(Unsent::Body)),
                    Poll::Ready(None) => self.asked.sending = None,
                    Poll::Pending => pending = true,
                }
            }
            if !(page.is_empty() && data.is_empty()) {
                self.outbox.send(cx, &mut self.stream, &page, data)?;
            } else if pending {
                return Poll::Pending;
            }
            if self.asked.sending.is_none() {
                let flushed = self.outbox.poll_flush(cx, &mut self.stream);
                return flushed.map_err(Unsent::Socket);
            }
        }
    }

    /// All of the answer's body, if it is here already.
    pub(crate) fn take_whole(&mut self) -> Option<Bytes> {
        if self.reader.is_done() {
            return Some(Bytes::new());
        }
        let whole = self.inbox.take_whole(self.reader.left()?)?;
        self.reader = BodyReader::new(Framing::None);
        Some(whole)
    }

    /// The next piece of the answer's body.
    pub(crate) fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        if self.asked.sending.is_some() || !self.outbox.is_idle() {
            // An answer that is here is worth more than the rest of its request: where that
            // cannot be sent the connection just carries no other one.
            if let Poll::Ready(Err(_)) = self.poll_send(cx) {
                self.stays = false;
                self.asked.sending = None;
            }
        }
        self.inbox
            .poll_piece(cx, &mut self.stream, &mut self.reader)
    }

    /// Whether the answer is whole.
    pub(crate) fn is_done(&self) -> bool {
        self.reader.is_done()
    }

    /// How many bytes of the answer's body are still to come, where that is known.
    pub(crate) fn left(&self) -> Option<u64> {
        self.reader.left()
    }

    /// Whether it may carry another request: both sides want it, and nothing of this one is left.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.stays
            && self.reader.is_done()
            && self.asked.sending.is_none()
            && self.inbox.is_empty()
            && self.outbox.is_idle()
    }

    /// Whether the endpoint still holds the connection. Polls it once, which is how a close is
    /// noticed. Whatever it sends unasked makes the connection unfit, too.
    pub(crate) fn reusable(&mut self) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        self.inbox
            .poll_ended(&mut cx, &mut self.stream)
            .is_pending()
            && self.inbox.is_empty()
    }

    /// Takes the socket back, with what was read beyond the last answer: for a tunnel.
    pub(crate) fn into_stream(self: Box<Self>) -> (Stream, Bytes) {
        (self.stream, self.inbox.into_bytes())
    }
}

/// Why a request could not be sent.
enum Unsent {
    /// Its body broke off.
    Body,
    /// The connection is lost.
    Socket(io::Error),
}

impl From<io::Error> for Unsent {
    fn from(error: io::Error) -> Self {
        Self::Socket(error)
    }
}

impl Sending {
    /// Writes the next piece behind what stands on the page; a large one is given back to be sent
    /// behind it. `None` when all of it is written.
    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        page: &mut Vec<u8>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        if self.writer.is_done() {
            return Poll::Ready(None);
        }
        Poll::Ready(match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
            Some(Ok(frame)) => {
                // Trailers are between the client and us.
                let data = frame.into_data().unwrap_or_default();
                Some(Ok(self.writer.write(data, page).unwrap_or_default()))
            }
            Some(Err(error)) => Some(Err(error)),
            None => {
                let ended = self.writer.end(page).map_err(BodyFault::Bad);
                ended.err().map(|fault| Err(BodyError::Http1(fault)))
            }
        })
    }
}
