//! What the engine tells about itself while it serves: counters and the access log.
//!
//! Each core has its own counters and its own log buffer, so the request path shares nothing and
//! locks nothing. Whoever scrapes adds the cores up; one thread writes the log of all of them.

mod access_log;
mod metrics;
mod request_log;
mod request_metrics;

pub(crate) use self::access_log::{AccessLog, AccessLogWriter, Line};
pub(crate) use self::metrics::{CoreMetrics, traffic, write_metrics};
pub(crate) use self::request_log::{RequestLog, RequestLogs};
