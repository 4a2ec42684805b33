//! What is noted of a request when its answer is out: counters and a line of the access log.

use std::net::IpAddr;
use std::rc::Rc;
use std::time::Instant;

use haleway_blueprint::AccessLogFormat;
use http::StatusCode;
use http::request::Parts;

use crate::observe::Line;
use crate::worker::Worker;

/// A request whose answer is on its way. It is noted when this is dropped: when the last byte was
/// handed to the connection, or the client is gone.
pub(crate) struct Account {
    worker: Rc<Worker>,
    started: Instant,
    status: StatusCode,
    body_bytes: u64,
    /// `None` where the request leaves no line.
    entry: Option<Box<LogEntry>>,
}

/// What a line of the access log needs and only the request knows.
pub(crate) struct LogEntry {
    pub(crate) format: AccessLogFormat,
    pub(crate) head: Parts,
    pub(crate) client: IpAddr,
}

impl Account {
    pub(crate) fn new(
        worker: Rc<Worker>,
        started: Instant,
        status: StatusCode,
        entry: Option<LogEntry>,
    ) -> Self {
        let entry = entry.map(Box::new);
        Self {
            worker,
            started,
            status,
            body_bytes: 0,
            entry,
        }
    }

    /// Bytes of the body went out.
    pub(crate) fn sent(&mut self, bytes: usize) {
        self.body_bytes += bytes as u64;
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let elapsed = self.started.elapsed();
        self.worker.metrics.request(self.status, elapsed);
        if let Some(entry) = &self.entry {
            self.worker.access_log.record(&Line {
                format: entry.format,
                head: &entry.head,
                status: self.status,
                body_bytes: self.body_bytes,
                elapsed,
                client: entry.client,
            });
        }
    }
}
