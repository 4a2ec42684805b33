//! The thread that writes the lines of all cores.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use super::super::CoreMetrics;
use super::{AccessLog, BUFFER_BYTES_KEPT_MAX, QUEUE_BUFFERS_MAX};

/// Written buffers that wait to be filled again by their core; further ones are let go.
const SPARE_BUFFERS_MAX: usize = 4;

/// Lines on their way to the writer.
pub(super) struct Filled {
    pub(super) core: usize,
    pub(super) lines: u64,
    pub(super) bytes: Vec<u8>,
}

/// The writer of the access log. Its thread ends when the last [`AccessLog`] is gone and all that
/// was handed over is written.
pub(crate) struct AccessLogWriter {
    /// Closes when the thread ends.
    ended: Receiver<()>,
}

impl AccessLogWriter {
    /// Starts the thread, with one log for each core's counters.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start(
        out: Box<dyn Write + Send>,
        cores: &[Arc<CoreMetrics>],
    ) -> io::Result<(Self, Vec<AccessLog>)> {
        let (filled, queue) = sync_channel(QUEUE_BUFFERS_MAX);
        let mut logs = Vec::with_capacity(cores.len());
        let mut returns = Vec::with_capacity(cores.len());
        for (core, metrics) in cores.iter().enumerate() {
            let (give_back, written) = sync_channel(SPARE_BUFFERS_MAX);
            logs.push(AccessLog::new(
                core,
                metrics.clone(),
                filled.clone(),
                written,
            ));
            returns.push(Return {
                metrics: metrics.clone(),
                buffers: give_back,
            });
        }
        let (ending, ended) = sync_channel(0);
        std::thread::Builder::new()
            .name("access-log".to_owned())
            .spawn(move || {
                write_all(out, &queue, &returns);
                drop(ending);
            })?;
        Ok((Self { ended }, logs))
    }

    /// Waits until everything is written. `false`: it is not, after that time, because a log of a
    /// core still exists or nobody takes the lines.
    pub(crate) fn finish(self, wait_max: Duration) -> bool {
        self.ended.recv_timeout(wait_max) == Err(RecvTimeoutError::Disconnected)
    }
}

/// Where a written buffer goes back to.
struct Return {
    metrics: Arc<CoreMetrics>,
    buffers: SyncSender<Vec<u8>>,
}

fn write_all(mut out: Box<dyn Write + Send>, queue: &Receiver<Filled>, returns: &[Return]) {
    for Filled {
        core,
        lines,
        mut bytes,
    } in queue
    {
        let back = &returns[core];
        if out.write_all(&bytes).and_then(|()| out.flush()).is_err() {
            back.metrics.access_log_dropped(lines);
        }
        bytes.clear();
        if bytes.capacity() <= BUFFER_BYTES_KEPT_MAX {
            // A core that has enough spare buffers, or is gone, needs no more.
            drop(back.buffers.try_send(bytes));
        }
    }
}
