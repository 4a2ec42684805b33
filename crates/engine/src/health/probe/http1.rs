//! A probe in HTTP/1: a request, and the first line of the answer.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

use haleway_blueprint::ProbeRequest;
use haleway_health::{ProbeConfig, What};
use http::{HeaderName, HeaderValue};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::status_line::{KEPT_MAX, status};
use super::steps::Steps;
use super::{ProbeTarget, Secure, connect, host};
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

/// Bytes of a first line that are read; a longer one is none.
const LINE_BYTES_MAX: usize = 8 * 1024;

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
        if !is_given("connection") {
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

    /// Asks, in another version once more if the endpoint wants one.
    pub(super) async fn ask(&self, target: &ProbeTarget, steps: &mut Steps<'_>) -> What {
        let in_1_0 = self.wants_1_0.load(Ordering::Relaxed);
        let first = self.once(target, in_1_0, steps).await;
        let wants_another = match first {
            What::Status(505) => true,
            What::Status(426) => in_1_0,
            _ => false,
        };
        if !wants_another || self.is_healthy(first) {
            return first;
        }
        let second = self.once(target, !in_1_0, steps).await;
        if !self.is_healthy(second) {
            return first;
        }
        self.wants_1_0.store(!in_1_0, Ordering::Relaxed);
        second
    }

    async fn once(&self, target: &ProbeTarget, in_1_0: bool, steps: &mut Steps<'_>) -> What {
        let asked = match &self.secure {
            None => self.in_clear(target, in_1_0, steps).await,
            // Rarer, and much larger.
            Some(secure) => Box::pin(self.behind_tls(secure, target, in_1_0, steps)).await,
        };
        match asked {
            Ok(what) | Err(what) => what,
        }
    }

    async fn in_clear(
        &self,
        target: &ProbeTarget,
        in_1_0: bool,
        steps: &mut Steps<'_>,
    ) -> Result<What, What> {
        let mut tcp = connect(target, steps).await?;
        exchange(&mut tcp, &self.request(in_1_0), steps).await
    }

    async fn behind_tls(
        &self,
        secure: &Secure,
        target: &ProbeTarget,
        in_1_0: bool,
        steps: &mut Steps<'_>,
    ) -> Result<What, What> {
        let tcp = connect(target, steps).await?;
        let mut stream = secure.handshake(tcp, steps).await?;
        exchange(&mut stream, &self.request(in_1_0), steps).await
    }

    fn request(&self, in_1_0: bool) -> Cow<'_, [u8]> {
        if !in_1_0 {
            return Cow::Borrowed(&self.request);
        }
        let mut request = self.request.to_vec();
        request[self.minor_at] = b'0';
        Cow::Owned(request)
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

/// Sends the request and reads the first line of the answer.
async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    request: &[u8],
    steps: &mut Steps<'_>,
) -> Result<What, What> {
    let sending = async {
        stream.write_all(request).await?;
        stream.flush().await
    };
    let sent = steps.within(sending).await.ok_or(What::AnswerTimeout)?;
    sent.map_err(|_| What::Reset)?;
    let answered = steps.within(first_line(stream)).await;
    answered.ok_or(What::AnswerTimeout)
}

async fn first_line<S: AsyncRead + Unpin>(stream: &mut S) -> What {
    let mut kept = [0; KEPT_MAX];
    let mut read = 0;
    let mut buffer = [0; 256];
    loop {
        let count = match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return What::Reset,
            Ok(count) => count,
        };
        let chunk = &buffer[..count];
        let line = chunk
            .split(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        if let Some(room) = kept.get_mut(read..) {
            let fits = room.len().min(line.len());
            room[..fits].copy_from_slice(&line[..fits]);
        }
        read += line.len();
        if line.len() < chunk.len() {
            let known = status(&kept[..read.min(KEPT_MAX)]);
            return known.map_or(What::Garbage, What::Status);
        }
        if read > LINE_BYTES_MAX {
            return What::Garbage;
        }
    }
}
