//! The access log: one line per request.
//!
//! A core appends its lines to its own buffer. Full or old buffers go over a bounded queue to one
//! thread that writes them; where the queue is full, lines are lost and counted: a slow reader of
//! the log never slows a request down. Written buffers come back to be filled again.

mod clock;
mod escape;
mod format;
#[cfg(test)]
mod tests;
mod writer;

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError};
use std::time::{Duration, Instant};

use haleway_blueprint::AccessLogFormat;
use http::StatusCode;
use http::request::Parts;
use jiff::Timestamp;

use self::clock::Clock;
pub(crate) use self::writer::AccessLogWriter;
use self::writer::Filled;
use super::CoreMetrics;

/// Bytes in a buffer from which on it is handed over without waiting for a tick.
const BUFFER_BYTES_FULL: usize = 16 << 10;

/// Buffers that have grown beyond this are not filled again.
const BUFFER_BYTES_KEPT_MAX: usize = 64 << 10;

/// Buffers of all cores that may wait for the writer.
const QUEUE_BUFFERS_MAX: usize = 64;

/// How long the last lines of a core may wait for a place in the queue.
const LAST_WAIT_MAX: Duration = Duration::from_secs(1);

/// What a line tells.
pub(crate) struct Line<'a> {
    /// How it looks.
    pub(crate) format: AccessLogFormat,
    /// The request.
    pub(crate) head: &'a Parts,
    /// Status of the answer.
    pub(crate) status: StatusCode,
    /// Bytes of the answer's body that went out.
    pub(crate) body_bytes: u64,
    /// From the request's head to the end of the answer.
    pub(crate) elapsed: Duration,
    /// The client's address.
    pub(crate) client: IpAddr,
}

/// The access log of one core. It stays on its core; what it still holds when it is dropped goes
/// to the writer.
pub(crate) struct AccessLog {
    core: usize,
    metrics: Arc<CoreMetrics>,
    filled: SyncSender<Filled>,
    written: Receiver<Vec<u8>>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    buffer: Vec<u8>,
    lines: u64,
    clock: Clock,
    /// Room to put a decoded path together.
    scratch: Vec<u8>,
}

impl AccessLog {
    fn new(
        core: usize,
        metrics: Arc<CoreMetrics>,
        filled: SyncSender<Filled>,
        written: Receiver<Vec<u8>>,
    ) -> Self {
        Self {
            core,
            metrics,
            filled,
            written,
            state: RefCell::default(),
        }
    }

    /// Appends a line.
    pub(crate) fn record(&self, line: &Line<'_>) {
        self.record_at(line, Timestamp::now());
    }

    fn record_at(&self, line: &Line<'_>, now: Timestamp) {
        let mut state = self.state.borrow_mut();
        let State {
            buffer,
            lines,
            clock,
            scratch,
        } = &mut *state;
        clock.set(now);
        format::write(line, clock, scratch, buffer);
        *lines += 1;
        if buffer.len() >= BUFFER_BYTES_FULL {
            self.hand_over(&mut state, Duration::ZERO);
        }
    }

    /// Hands over what has been appended. To be called every 100 ms or so.
    pub(crate) fn tick(&self) {
        self.hand_over(&mut self.state.borrow_mut(), Duration::ZERO);
    }

    fn hand_over(&self, state: &mut State, wait_max: Duration) {
        if state.buffer.is_empty() {
            return;
        }
        let lines = std::mem::take(&mut state.lines);
        let empty = self.written.try_recv().unwrap_or_default();
        let bytes = std::mem::replace(&mut state.buffer, empty);
        let Err(Filled { mut bytes, .. }) = self.send(
            Filled {
                core: self.core,
                lines,
                bytes,
            },
            wait_max,
        ) else {
            return;
        };
        self.metrics.access_log_dropped(lines);
        bytes.clear();
        state.buffer = bytes;
    }

    fn send(&self, filled: Filled, wait_max: Duration) -> Result<(), Filled> {
        const PAUSE: Duration = Duration::from_millis(5);
        let started = Instant::now();
        let mut left = filled;
        loop {
            left = match self.filled.try_send(left) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(back)) if started.elapsed() < wait_max => back,
                Err(TrySendError::Full(back) | TrySendError::Disconnected(back)) => {
                    return Err(back);
                }
            };
            std::thread::sleep(PAUSE);
        }
    }
}

impl Drop for AccessLog {
    fn drop(&mut self) {
        let mut state = self.state.take();
        self.hand_over(&mut state, LAST_WAIT_MAX);
    }
}
