//! What is noted of a request when its answer is out: counters, a line of the access log, and what
//! the steps of its route log.

mod ended;

use std::net::IpAddr;
use std::rc::Rc;
use std::time::Instant;

use haleway_blueprint::AccessLogFormat;
use http::StatusCode;
use http::request::Parts;

use crate::observe::Line;
use crate::worker::Worker;

pub(crate) use ended::Entries;

/// A request whose answer is on its way. It is noted when this is dropped: when the last byte was
/// handed to the connection, or the client is gone.
pub(crate) struct Account {
    worker: Rc<Worker>,
    started: Instant,
    status: StatusCode,
    body_bytes: u64,
    /// `None` where nothing is written about the request.
    record: Option<Box<Record>>,
}

/// What is written about a request, and what only the request knows.
pub(crate) struct Record {
    pub(crate) head: Box<Parts>,
    pub(crate) client: IpAddr,
    /// A line of the access log.
    pub(crate) line: Option<AccessLogFormat>,
    /// Entries for the logs that steps keep.
    pub(crate) entries: Option<Entries>,
}

impl Account {
    pub(crate) fn new(
        worker: Rc<Worker>,
        started: Instant,
        status: StatusCode,
        record: Option<Record>,
    ) -> Self {
        let record = record.map(Box::new);
        Self {
            worker,
            started,
            status,
            body_bytes: 0,
            record,
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
        let Some(record) = &self.record else {
            return;
        };
        if let Some(format) = record.line {
            self.worker.access_log.record(&Line {
                format,
                head: &record.head,
                status: self.status,
                body_bytes: self.body_bytes,
                elapsed,
                client: record.client,
            });
        }
        if let Some(entries) = &record.entries {
            entries.write(&self.worker, record, (self.status, self.body_bytes));
        }
    }
}
