//! What a probe asks in HTTP/1, and in which version of it.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

use haleway_blueprint::ProbeRequest;
use haleway_health::{ProbeConfig, What};
use http::{HeaderName, HeaderValue};

use super::{Secure, host};
use crate::upstream::EndpointState;

/// What is asked in HTTP/1, ready to be sent.
///
/// It is asked in 1.1. An endpoint that does not want that version (505) is asked once more in 1.0
/// on a connection of its own, and in 1.1 again where it asks for that (505, 426). The version that
/// works is remembered; where neither does, the first answer counts. So lua-resty-healthcheck 3.1.2
/// does it.
pub(super) struct Http1 {
    /// The request in 1.1.
    request: Box<[u8]>,
    /// Where the minor version stands in it.
    minor_at: usize,
    secure: Option<Secure>,
    healthy: Box<[u16]>,
    /// The endpoint wants 1.0.
    wants_1_0: AtomicBool,
}

impl Http1 {
    pub(super) fn new(
        probe: &ProbeRequest,
        config: &ProbeConfig,
        endpoint: &EndpointState,
        secure: Option<Secure>,
    ) -> Self {
        let start = format!("GET {} HTTP/1.1\r\n", path(probe));
        let minor_at = start.len() - 3;
        let mut request = start.into_bytes();
        let given = given_headers(probe);
        let mut line = |name: &[u8], value: &[u8]| {
            request.extend_from_slice(name);
            request.extend_from_slice(b": ");
            request.extend_from_slice(value);
            request.extend_from_slice(b"\r\n");
        };
        let is_given = |wanted: &str| {
            given
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case(wanted))
        };
        if !is_given("host") {
            line(b"Host", host(probe, &endpoint.authority).as_bytes());
        }
        if !probe.keep_connection && !is_given("connection") {
            line(b"Connection", b"close");
        }
        for (name, value) in &given {
            line(name.as_bytes(), value.as_bytes());
        }
        request.extend_from_slice(b"\r\n");
        Self {
            request: request.into_boxed_slice(),
            minor_at,
            secure,
            healthy: config.classes.healthy.clone().into_boxed_slice(),
            wants_1_0: AtomicBool::new(false),
        }
    }

    /// The request in 1.1 or 1.0.
    pub(super) fn request(&self, in_1_0: bool) -> Cow<'_, [u8]> {
        if !in_1_0 {
            return Cow::Borrowed(&self.request);
        }
        let mut request = self.request.to_vec();
        request[self.minor_at] = b'0';
        Cow::Owned(request)
    }

    /// TLS, where that is spoken.
    pub(super) fn secure(&self) -> Option<&Secure> {
        self.secure.as_ref()
    }

    /// The version that is asked in first.
    pub(super) fn wants_1_0(&self) -> bool {
        self.wants_1_0.load(Ordering::Relaxed)
    }

    /// Whether this answer asks for the other version.
    pub(super) fn wants_another(&self, what: What, in_1_0: bool) -> bool {
        let asks = match what {
            What::Status(505) => true,
            What::Status(426) => in_1_0,
            _ => false,
        };
        asks && !self.is_healthy(what)
    }

    /// What counts of a second answer, in this version, where `first` was said in the other one.
    pub(super) fn settle(&self, first: Option<What>, what: What, in_1_0: bool) -> What {
        let Some(first) = first else {
            return what;
        };
        if !self.is_healthy(what) {
            return first;
        }
        self.wants_1_0.store(in_1_0, Ordering::Relaxed);
        what
    }

    fn is_healthy(&self, what: What) -> bool {
        matches!(what, What::Status(status) if self.healthy.contains(&status))
    }
}

/// A path that cannot stand in a request line asks for the root.
fn path(probe: &ProbeRequest) -> &str {
    let fits =
        probe.path.starts_with('/') && probe.path.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { &probe.path } else { "/" }
}

/// Those that can be sent, as they are written.
fn given_headers(probe: &ProbeRequest) -> Vec<(&str, &str)> {
    let sendable = probe.headers.iter().filter(|header| {
        HeaderName::from_bytes(header.name.as_bytes()).is_ok()
            && HeaderValue::from_str(&header.value).is_ok()
    });
    sendable
        .map(|header| (header.name.as_str(), header.value.as_str()))
        .collect()
}
