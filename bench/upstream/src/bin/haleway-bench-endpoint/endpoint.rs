//! What an endpoint answers and what it counts.

use std::borrow::Cow;
use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering::Relaxed};

use haleway_bench_upstream::{Answer, Service, padded, target};
use tokio::net::TcpStream;

const BODY_BYTES: usize = 120;
const SET_STATUS: &[u8] = b"/control/status/";
const TELL_COUNTS: &[u8] = b"/control/counts";

/// An endpoint with its name, its present status and its counts.
pub(crate) struct Endpoint {
    name: String,
    body: String,
    status: AtomicU16,
    connections: AtomicU64,
    requests: AtomicU64,
    /// Which of this machine's addresses clients have connected to.
    addresses: Mutex<HashSet<IpAddr>>,
}

impl Endpoint {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            body: padded(BODY_BYTES),
            status: AtomicU16::new(200),
            connections: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            addresses: Mutex::default(),
        }
    }

    fn answer_text(&self, status: u16, body: &str) -> String {
        let (name, length) = (&self.name, body.len());
        let reason = if status == 200 { "OK" } else { "As Told" };
        format!(
            "HTTP/1.1 {status} {reason}\r\nX-Endpoint: {name}\r\nContent-Type: \
             application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    }

    fn counts(&self) -> String {
        let addresses = self.addresses.lock().map_or(0, |set| set.len());
        let (connections, requests) = (self.connections.load(Relaxed), self.requests.load(Relaxed));
        format!(r#"{{"connections":{connections},"requests":{requests},"addresses":{addresses}}}"#)
    }

    fn text(&self, target: &[u8]) -> String {
        if target == TELL_COUNTS {
            return self.answer_text(200, &self.counts());
        }
        if let Some(status) = target.strip_prefix(SET_STATUS) {
            let status = std::str::from_utf8(status)
                .ok()
                .and_then(|s| s.parse().ok());
            self.status.store(status.unwrap_or(200), Relaxed);
            return self.answer_text(200, "{}");
        }
        self.requests.fetch_add(1, Relaxed);
        self.answer_text(self.status.load(Relaxed), &self.body)
    }
}

impl Service for Endpoint {
    fn connected(&self, stream: &TcpStream) {
        self.connections.fetch_add(1, Relaxed);
        if let (Ok(local), Ok(mut addresses)) = (stream.local_addr(), self.addresses.lock()) {
            addresses.insert(local.ip());
        }
    }

    fn answer(&self, head: &[u8]) -> Answer<'_> {
        Answer {
            bytes: Cow::Owned(self.text(target(head)).into_bytes()),
            close: ends_connection(head),
        }
    }
}

/// Whether the client wants the connection to end behind the answer: probes of HTTP/1.0, and
/// those that say so.
fn ends_connection(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let mut lines = head.split("\r\n");
    let old = lines.next().is_some_and(|line| line.ends_with("http/1.0"));
    old || lines.any(|line| line.replace(' ', "") == "connection:close")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(endpoint: &Endpoint, path: &str) -> String {
        let head = format!("GET {path} HTTP/1.1\r\nHost: x");
        String::from_utf8(endpoint.answer(head.as_bytes()).bytes.into_owned()).unwrap()
    }

    #[test]
    fn answers_with_its_name_and_the_status_it_was_told() {
        let endpoint = Endpoint::new("a");
        let good = answer(&endpoint, "/small");
        assert!(
            good.starts_with("HTTP/1.1 200 OK\r\nX-Endpoint: a\r\n"),
            "{good}"
        );
        answer(&endpoint, "/control/status/500");
        assert!(answer(&endpoint, "/up").starts_with("HTTP/1.1 500 "));
        answer(&endpoint, "/control/status/200");
        assert!(answer(&endpoint, "/up").starts_with("HTTP/1.1 200 "));
    }

    #[test]
    fn counts_all_but_control() {
        let endpoint = Endpoint::new("a");
        for path in ["/up", "/control/counts", "/small"] {
            answer(&endpoint, path);
        }
        let counts = answer(&endpoint, "/control/counts");
        assert!(counts.contains(r#""requests":2"#), "{counts}");
    }

    #[test]
    fn ends_a_connection_that_is_not_to_be_kept() {
        assert!(ends_connection(b"GET / HTTP/1.0\r\nHost: x"));
        assert!(ends_connection(b"GET / HTTP/1.1\r\nConnection: Close"));
        assert!(!ends_connection(b"GET / HTTP/1.1\r\nHost: x"));
    }
}
