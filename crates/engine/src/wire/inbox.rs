//! What comes in on an HTTP/1 connection.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use haleway_http1::{BadBody, BadHead, BodyReader, Piece, Received};
use http_body::Frame;
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

use super::scratch::{READ_BYTES_MAX, with_read_buffer};

/// Bytes that one read of a body may bring.
const PIECE_BYTES_MAX: usize = 64 * 1024;

/// No head came.
#[derive(Debug)]
pub(crate) enum HeadFault {
    /// The other side has ended the connection, and nothing of a head was there.
    Ended,
    /// It ended in the middle of one.
    CutShort,
    /// The head is larger than its limit.
    TooLarge,
    /// It is no head.
    Bad(BadHead),
    /// The connection is lost.
    Io(io::Error),
}

/// A body broke off.
#[derive(Debug)]
pub(crate) enum BodyFault {
    /// It breaks its own framing, or ended early.
    Bad(BadBody),
    /// The connection is lost.
    Io(io::Error),
}

impl std::fmt::Display for BodyFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bad(bad) => bad.fmt(f),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BodyFault {}

/// What came in and was not asked for yet.
#[derive(Default)]
pub(crate) struct Inbox {
    held: BytesMut,
    /// Bytes of it that were looked at in vain for the end of a head.
    seen: usize,
    /// Bytes of empty lines before a head that were passed over.
    skipped: usize,
}

/// What a read has brought.
enum Look<T> {
    Found(Received<T>),
    More,
}

impl Inbox {
    /// Bytes that were read ahead by somebody else.
    pub(crate) fn of(ahead: Bytes) -> Self {
        Self {
            held: ahead.into(),
            ..Self::default()
        }
    }

    /// Nothing is waiting in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// All that is waiting in it.
    pub(crate) fn into_bytes(self) -> Bytes {
        self.held.freeze()
    }

    /// Reads until there is a whole head. `parse` is asked when there may be one.
    pub(crate) fn poll_head<S, T>(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut S,
        bytes_max: usize,
        parse: impl Fn(&[u8]) -> Result<Option<Received<T>>, BadHead>,
    ) -> Poll<Result<Received<T>, HeadFault>>
    where
        S: AsyncRead + Unpin,
    {
        if !self.held.is_empty()
            && let Look::Found(head) = self.look(bytes_max, &parse)?
        {
            return Poll::Ready(Ok(head));
        }
        loop {
            let looked = with_read_buffer(|buffer| {
                let mut buffer = ReadBuf::new(buffer);
                ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer)).map_err(HeadFault::Io)?;
                Poll::Ready(self.take_up(buffer.filled(), bytes_max, &parse))
            });
            if let Look::Found(head) = ready!(looked)? {
                return Poll::Ready(Ok(head));
            }
        }
    }

    /// Looks for a head in what was just read, without a copy where nothing else is waiting.
    fn take_up<T>(
        &mut self,
        read: &[u8],
        bytes_max: usize,
        parse: &impl Fn(&[u8]) -> Result<Option<Received<T>>, BadHead>,
    ) -> Result<Look<T>, HeadFault> {
        if read.is_empty() {
            return Err(match self.held.is_empty() {
                true => HeadFault::Ended,
                false => HeadFault::CutShort,
            });
        }
        if !self.held.is_empty() {
            self.held.extend_from_slice(read);
            return self.look(bytes_max, parse);
        }
        match parse(read).map_err(HeadFault::Bad)? {
            Some(head) if head.bytes > bytes_max => Err(HeadFault::TooLarge),
            Some(head) => {
                self.held.extend_from_slice(&read[head.bytes..]);
                Ok(Look::Found(head))
            }
            None if read.len() > bytes_max => Err(HeadFault::TooLarge),
            None => {
                self.held.extend_from_slice(read);
                self.seen = read.len();
                Ok(Look::More)
            }
        }
    }

    /// Looks for a head in what is held. It is parsed only where it may be whole, so that one that
    /// comes byte by byte costs no more than its bytes.
    fn look<T>(
        &mut self,
        bytes_max: usize,
        parse: &impl Fn(&[u8]) -> Result<Option<Received<T>>, BadHead>,
    ) -> Result<Look<T>, HeadFault> {
        let empty = self
            .held
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let empty = empty.count();
        if empty > 0 {
            self.held.advance(empty);
            self.skipped += empty;
            self.seen = 0;
        }
        let from = self.seen.saturating_sub(3);
        if self.seen == 0 || may_end(self.held.get(from..).unwrap_or_default()) {
            let parsed = parse(&self.held).map_err(HeadFault::Bad)?;
            if let Some(head) = parsed.filter(|head| head.bytes <= bytes_max) {
                self.held.advance(head.bytes);
                (self.seen, self.skipped) = (0, 0);
                self.let_go();
                return Ok(Look::Found(head));
            }
        }
        self.seen = self.held.len();
        match self.skipped + self.held.len() > bytes_max {
            true => Err(HeadFault::TooLarge),
            false => Ok(Look::More),
        }
    }

    /// The whole of a body of this length, if it is here and nothing behind it.
    pub(crate) fn take_whole(&mut self, bytes: u64) -> Option<Bytes> {
        (self.held.len() as u64 == bytes).then(|| std::mem::take(&mut self.held).freeze())
    }

    /// The next piece of a body; `None` behind its end.
    pub(crate) fn poll_piece<S>(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut S,
        reader: &mut BodyReader,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>>
    where
        S: AsyncRead + Unpin,
    {
        loop {
            if reader.is_done() {
                return Poll::Ready(None);
            }
            if let Some(piece) = self.piece(reader).transpose() {
                return Poll::Ready(Some(piece));
            }
            if reader.is_done() {
                return Poll::Ready(None);
            }
            let left = reader.left().unwrap_or(READ_BYTES_MAX as u64);
            let room = usize::try_from(left).map_or(PIECE_BYTES_MAX, |it| it.min(PIECE_BYTES_MAX));
            self.held.reserve(room);
            let read = match pin!(stream.read_buf(&mut self.held)).poll(cx) {
                Poll::Ready(read) => read,
                Poll::Pending => {
                    // Who waits holds no room for what may come.
                    self.let_go();
                    return Poll::Pending;
                }
            };
            match read {
                Ok(0) => {
                    let finished = reader.finish().map_err(BodyFault::Bad);
                    return Poll::Ready(finished.err().map(Err));
                }
                Ok(_) => {}
                Err(error) => return Poll::Ready(Some(Err(BodyFault::Io(error)))),
            }
        }
    }

    /// Gives room back that nothing is in.
    fn let_go(&mut self) {
        if self.held.is_empty() {
            self.held = BytesMut::new();
        }
    }

    /// The next piece among what is held, without a copy.
    fn piece(&mut self, reader: &mut BodyReader) -> Result<Option<Frame<Bytes>>, BodyFault> {
        let (done, piece) = reader.read(&self.held).map_err(BodyFault::Bad)?;
        let frame = match piece {
            Piece::Data(data) => {
                let bytes = data.len();
                self.held.advance(done - bytes);
                let data = match self.held.len() == bytes {
                    true => std::mem::take(&mut self.held),
                    false => self.held.split_to(bytes),
                };
                return Ok(Some(Frame::data(data.freeze())));
            }
            Piece::Trailers(trailers) => Some(Frame::trailers(trailers)),
            Piece::End | Piece::More => None,
        };
        self.held.advance(done);
        Ok(frame)
    }

    /// Reads what comes for nothing, up to the end of the connection or until no more of it may
    /// come.
    pub(crate) fn poll_discard<S>(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut S,
        left: &mut u64,
    ) -> Poll<()>
    where
        S: AsyncRead + Unpin,
    {
        while *left > 0 {
            self.held.clear();
            let polled = self.poll_ended(cx, stream);
            *left = left.saturating_sub(self.held.len() as u64);
            if polled.is_ready() || self.held.is_empty() {
                return polled;
            }
        }
        Poll::Ready(())
    }

    /// Waits for the other side to end the connection. What else it sends is held, up to a limit,
    /// beyond which nothing is read and its end is not seen.
    pub(crate) fn poll_ended<S>(&mut self, cx: &mut Context<'_>, stream: &mut S) -> Poll<()>
    where
        S: AsyncRead + Unpin,
    {
        while self.held.len() < READ_BYTES_MAX {
            let read = with_read_buffer(|buffer| {
                let mut buffer = ReadBuf::new(buffer);
                let polled = Pin::new(&mut *stream).poll_read(cx, &mut buffer);
                polled.map_ok(|()| {
                    self.held.extend_from_slice(buffer.filled());
                    buffer.filled().len()
                })
            });
            match ready!(read) {
                // Who sent more requests and then closed his side still wants the answers.
                Ok(0) if !self.held.is_empty() => return Poll::Pending,
                Ok(0) | Err(_) => return Poll::Ready(()),
                Ok(_) => {}
            }
        }
        Poll::Pending
    }
}

/// Whether a head may end in these bytes: with an empty line.
fn may_end(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', bytes)
        .any(|at| matches!(bytes.get(at + 1..), Some([b'\n', ..] | [b'\r', b'\n', ..])))
}
