//! A request that has ended, as the logs of steps tell it.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use haleway_blueprint::JsonText;
use haleway_health::What;
use haleway_steps::{Ended, Found, Latencies, Notes, StepPlan, TlsSeen, Tried};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, StatusCode, Version};

use super::Record;
use crate::client::host_text;
use crate::listener::Entry;
use crate::plan::{FailurePlan, RoutePlan};
use crate::visit::{Try, Visit};
use crate::worker::{Current, Worker};

/// What steps of a request's way write about it.
pub(crate) struct Entries {
    pub(crate) plan: Rc<Current>,
    pub(crate) connection: Rc<Entry>,
    /// `None` where no route was found.
    pub(crate) route: Option<Arc<RoutePlan>>,
    pub(crate) visit: Visit,
    pub(crate) notes: Notes,
    pub(crate) answer_headers: HeaderMap,
}

/// An answer as it went out.
struct Sent<'a> {
    status: StatusCode,
    headers: &'a HeaderMap,
    body_bytes: u64,
}

/// Bytes of `HTTP/1.1`, the blanks and the end of a first line.
const FIRST_LINE_BYTES: usize = 12;

impl Entries {
    /// Writes an entry for every step that asks for one.
    pub(super) fn write(&self, worker: &Worker, record: &Record, answer: (StatusCode, u64)) {
        let Some(site) = self.plan.site_of(self.connection.listener) else {
            return;
        };
        let route = self.route.as_deref();
        let steps: &[StepPlan] = route.map_or(&site.unmatched_steps, |route| &route.steps);
        let tries = self.tries(&site.voice.failures);
        let upstream_uri = self.visit.upstream_uri.borrow();
        let headers = self.headers_sent(record, answer.1);
        let sent = Sent {
            status: answer.0,
            headers: &headers,
            body_bytes: answer.1,
        };
        let ended = self.ended(record, &sent, &tries, &upstream_uri);
        for sink in steps.iter().filter_map(|step| step.log(&self.notes)) {
            worker.request_log.record(sink, &ended);
        }
    }

    fn ended<'a>(
        &'a self,
        record: &'a Record,
        sent: &Sent<'a>,
        tries: &'a [Tried],
        upstream_uri: &'a str,
    ) -> Ended<'a> {
        let visit = &self.visit;
        let route = self.route.as_deref();
        let uri = visit.uri.path_and_query().map_or("/", |it| it.as_str());
        let described: &[(String, JsonText)] = route.map_or(&[], |route| &route.described);
        let authority = host_text(&record.head);
        let host = authority
            .rsplit_once(':')
            .filter(|(_, port)| port.parse::<u16>().is_ok());
        Ended {
            head: &record.head,
            uri,
            host: host.map_or(authority, |(host, _)| host),
            port: visit.port,
            tls: self.connection.tls().map(|tls| TlsSeen {
                version: tls.version,
                cipher: &tls.cipher,
                client_verify: "NONE",
            }),
            request_id: visit.request_id_text(),
            request_bytes: request_bytes(record, uri),
            status: sent.status.as_u16(),
            answer_headers: sent.headers,
            answer_bytes: FIRST_LINE_BYTES as u64 + header_bytes(sent.headers) + sent.body_bytes,
            proxied: visit.was_tried() && visit.upstream_status().is_some(),
            upstream_uri,
            upstream_status: visit.upstream_status(),
            tries,
            notes: &self.notes,
            route: route.map(|route| route.name.as_str()),
            service: route.and_then(|route| route.service.as_deref()),
            described,
            client: record.client,
            started_unix_ms: visit.started_unix_us() / 1000,
            latencies: latencies(visit),
        }
    }

    /// The headers of the answer as they went out: a body whose length nobody told came in chunks.
    fn headers_sent(&self, record: &Record, body_bytes: u64) -> Cow<'_, HeaderMap> {
        let headers = &self.answer_headers;
        let told = headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
        if told || body_bytes == 0 || record.head.version != Version::HTTP_11 {
            return Cow::Borrowed(headers);
        }
        let mut headers = headers.clone();
        headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        Cow::Owned(headers)
    }

    fn tries(&self, failures: &FailurePlan) -> Vec<Tried> {
        let started_ms = self.visit.started_unix_us() / 1000;
        let unix_ms = |at: Instant| {
            let behind = at.saturating_duration_since(self.visit.started);
            started_ms + millis(behind)
        };
        let tried = |one: &Try| {
            let address = one.endpoint.address;
            let ip = address.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |it| it.ip());
            Tried {
                sought_unix_ms: unix_ms(one.sought),
                found: Some(Found {
                    ip,
                    port: one.endpoint.port,
                    sought_ms: millis(one.began.saturating_duration_since(one.sought)),
                    failed: one.left.map(|what| stands_for(what, failures)),
                }),
            }
        };
        let mut tries: Vec<Tried> = self.visit.all_tries().iter().map(tried).collect();
        tries.extend(self.visit.sought_in_vain().map(|at| Tried {
            sought_unix_ms: unix_ms(at),
            found: None,
        }));
        tries
    }
}

/// The status that a client would get for this failure.
fn stands_for(what: What, failures: &FailurePlan) -> u16 {
    let said = match what {
        What::Status(status) => return status,
        What::ConnectTimeout | What::TlsTimeout | What::AnswerTimeout => &failures.timeout,
        _ => &failures.bad_answer,
    };
    said.status.as_u16()
}

fn request_bytes(record: &Record, uri: &str) -> u64 {
    let head = &record.head;
    let line = head.method.as_str().len() + uri.len() + FIRST_LINE_BYTES;
    let length = head.headers.get(CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok());
    let body: u64 = length.and_then(|text| text.parse().ok()).unwrap_or(0);
    line as u64 + header_bytes(&head.headers) + body
}

/// Bytes of a block of headers, its last line included.
fn header_bytes(headers: &HeaderMap) -> u64 {
    let lines = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4);
    lines.sum::<usize>() as u64 + 2
}

fn latencies(visit: &Visit) -> Latencies {
    let now = Instant::now();
    let whole = now.saturating_duration_since(visit.started);
    match visit.last_try() {
        Some((began, answered)) => Latencies {
            request_ms: millis(whole),
            own_ms: millis(began.saturating_duration_since(visit.started)),
            upstream_ms: Some(millis(answered.saturating_duration_since(began))),
            receive_ms: millis(now.saturating_duration_since(answered)),
        },
        None => Latencies {
            request_ms: millis(whole),
            own_ms: millis(whole),
            upstream_ms: None,
            receive_ms: 0,
        },
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
