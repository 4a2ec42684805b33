//! What belongs to one request and stands in no head: when it came, its id, its tries.

use std::cell::{Cell, OnceCell, RefCell};
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use haleway_health::What;
use http::uri::PathAndQuery;
use http::{HeaderValue, Uri, Version};
use smallvec::SmallVec;

use crate::listener::Entry;
use crate::random::random;
use crate::upstream::EndpointState;

/// One request's way through the engine.
pub(crate) struct Visit {
    pub(crate) started: Instant,
    /// What was asked for, as it came.
    pub(crate) uri: Uri,
    /// It came over TLS.
    pub(crate) tls: bool,
    /// It came over HTTP/2.
    pub(crate) http2: bool,
    /// The port that it came in at.
    pub(crate) port: u16,
    /// Tries are written down: somebody asks for them later.
    traced: bool,
    /// What endpoints are asked for is written down, too.
    pub(crate) logged: Cell<bool>,
    request_id: OnceCell<HeaderValue>,
    tries: RefCell<SmallVec<[Try; 1]>>,
    /// Since when another endpoint is looked for.
    seeking: Cell<Option<Instant>>,
    answered: Cell<Option<Answered>>,
    /// Path and query as the last endpoint got them, where somebody asks for that.
    pub(crate) upstream_uri: RefCell<String>,
    /// Cookies that the client is to carry from now on.
    pub(crate) cookies: RefCell<Vec<HeaderValue>>,
}

/// One try at an endpoint.
pub(crate) struct Try {
    pub(crate) endpoint: Arc<EndpointState>,
    /// When an endpoint began to be looked for; for the first try, when it was found.
    pub(crate) sought: Instant,
    pub(crate) began: Instant,
    /// How it failed, where another endpoint was looked for.
    pub(crate) left: Option<What>,
}

/// When and how the last try was answered.
#[derive(Clone, Copy)]
struct Answered {
    at: Instant,
    status: Option<(u16, Version)>,
}

impl Visit {
    pub(crate) fn new(
        started: Instant,
        uri: Uri,
        version: Version,
        connection: &Entry,
        traced: bool,
    ) -> Self {
        Self {
            started,
            uri,
            tls: connection.is_tls(),
            http2: version == Version::HTTP_2,
            port: connection.listener.port(),
            traced,
            logged: Cell::new(false),
            request_id: OnceCell::new(),
            tries: RefCell::default(),
            seeking: Cell::new(None),
            answered: Cell::new(None),
            upstream_uri: RefCell::default(),
            cookies: RefCell::default(),
        }
    }

    /// Its id: 32 hexadecimal digits, made when it is first asked for.
    pub(crate) fn request_id(&self) -> &HeaderValue {
        self.request_id.get_or_init(|| {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            let mut text = [0; 32];
            for (half, mut number) in text.chunks_mut(16).zip([random(), random()]) {
                for digit in half {
                    *digit = DIGITS[(number >> 60) as usize];
                    number <<= 4;
                }
            }
            HeaderValue::from_bytes(&text).expect("digits may stand in a header")
        })
    }

    /// The same as text.
    pub(crate) fn request_id_text(&self) -> &str {
        self.request_id().to_str().unwrap_or_default()
    }

    /// When it began, in microseconds since 1970.
    pub(crate) fn started_unix_us(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let began = now
            .unwrap_or_default()
            .saturating_sub(self.started.elapsed());
        u64::try_from(began.as_micros()).unwrap_or(u64::MAX)
    }

    /// What an endpoint is asked for.
    pub(crate) fn asks(&self, target: &PathAndQuery) {
        if self.logged.get() {
            let mut uri = self.upstream_uri.borrow_mut();
            uri.clear();
            uri.push_str(target.as_str());
        }
    }

    /// A try begins. Returns when that is.
    pub(crate) fn tries(&self, endpoint: &Arc<EndpointState>) -> Instant {
        let began = Instant::now();
        if self.traced {
            self.tries.borrow_mut().push(Try {
                endpoint: endpoint.clone(),
                sought: self.seeking.take().unwrap_or(began),
                began,
                left: None,
            });
        }
        began
    }

    /// A try at this endpoint has failed, and another one is looked for.
    pub(crate) fn leaves(&self, endpoint: &Arc<EndpointState>, what: What) {
        let mut tries = self.tries.borrow_mut();
        let mut latest = tries.iter_mut().rev();
        if let Some(tried) = latest.find(|it| Arc::ptr_eq(&it.endpoint, endpoint)) {
            tried.left = Some(what);
            self.seeking.set(Some(Instant::now()));
        }
    }

    /// Since when another endpoint was looked for, where none was found.
    pub(crate) fn sought_in_vain(&self) -> Option<Instant> {
        self.seeking.get()
    }

    /// The last try has an answer's head, or has failed.
    pub(crate) fn answered(&self, status: Option<(u16, Version)>) {
        if self.traced {
            let at = Instant::now();
            self.answered.set(Some(Answered { at, status }));
        }
    }

    /// Whether an endpoint was asked.
    pub(crate) fn was_tried(&self) -> bool {
        !self.tries.borrow().is_empty()
    }

    /// When the last try began and when it was answered.
    pub(crate) fn last_try(&self) -> Option<(Instant, Instant)> {
        let began = self.tries.borrow().last()?.began;
        let answered = self.answered.get().map_or_else(Instant::now, |it| it.at);
        Some((began, answered.max(began)))
    }

    /// The status of the last try.
    pub(crate) fn upstream_status(&self) -> Option<u16> {
        self.answered.get()?.status.map(|(status, _)| status)
    }

    /// The protocol of the last answer.
    pub(crate) fn upstream_version(&self) -> Option<Version> {
        self.answered.get()?.status.map(|(_, version)| version)
    }

    /// The tries so far.
    pub(crate) fn all_tries(&self) -> std::cell::Ref<'_, [Try]> {
        std::cell::Ref::map(self.tries.borrow(), |tries| tries.as_slice())
    }
}
