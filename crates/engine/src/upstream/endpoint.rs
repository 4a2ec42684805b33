//! Endpoints as the engine knows them, and the registry that lets them outlive a reload.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use haleway_blueprint::{Endpoint, Scheme, Transport};
use http::HeaderValue;

use super::tls::{self, ClientTls};
use crate::health::GateBook;

/// How endpoints are spoken to, ready for use.
pub(crate) struct TransportPlan {
    pub(crate) settings: Transport,
    /// Made when it is first needed: the system's authorities take long to read.
    tls: OnceLock<Result<ClientTls, String>>,
    /// Tells transports apart in an endpoint's identity.
    number: usize,
}

impl TransportPlan {
    /// TLS towards the endpoints.
    ///
    /// # Errors
    /// A certificate, key or authority cannot be used.
    pub(crate) fn tls(&self) -> Result<&ClientTls, String> {
        let made = self.tls.get_or_init(|| tls::client(&self.settings));
        made.as_ref().map_err(String::clone)
    }
}

/// One endpoint of one process, shared by all cores and all plans that name it.
pub(crate) struct EndpointState {
    /// Index of its idle connections on every core.
    pub(crate) slot: usize,
    pub(crate) scheme: Scheme,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The socket address, where it is known; `None` looks the host up for each connection.
    pub(crate) address: Option<SocketAddr>,
    /// The `Host` header.
    pub(crate) authority: HeaderValue,
    pub(crate) transport: Arc<TransportPlan>,
    requests: AtomicU64,
    failures: AtomicU64,
}

impl EndpointState {
    /// Counts a request sent to it.
    pub(crate) fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a request that got no answer from it.
    pub(crate) fn count_failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// Requests sent and requests that got no answer.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (
            self.requests.load(Ordering::Relaxed),
            self.failures.load(Ordering::Relaxed),
        )
    }
}

/// Scheme, host, port, authority, transport and address: what makes two endpoints the same one.
type Identity = (Scheme, String, u16, String, usize, Option<IpAddr>);

/// All endpoints of the process. Plans and redirects get theirs here, so that the same endpoint
/// keeps its idle connections and counters, whichever plan names it.
#[derive(Default)]
pub(crate) struct Registry {
    inner: Mutex<Inner>,
    /// Gates outlive a reload, too.
    pub(crate) gates: GateBook,
    /// And so does what steps remember.
    pub(crate) memory: Arc<haleway_steps::Memory>,
}

#[derive(Default)]
struct Inner {
    endpoints: HashMap<Identity, Weak<EndpointState>>,
    transports: Vec<Weak<TransportPlan>>,
    transports_made: usize,
    slots_made: usize,
}

/// Endpoints that are remembered before those no longer used are looked for.
const SWEEP_AT: usize = 1024;

impl Registry {
    /// The transport with these settings.
    pub(crate) fn transport(&self, settings: &Transport) -> Arc<TransportPlan> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.transports.retain(|weak| weak.strong_count() > 0);
        let mut known = inner.transports.iter().filter_map(Weak::upgrade);
        if let Some(known) = known.find(|known| known.settings == *settings) {
            return known;
        }
        inner.transports_made += 1;
        let number = inner.transports_made;
        let tls = OnceLock::new();
        let made = Arc::new(TransportPlan {
            settings: settings.clone(),
            tls,
            number,
        });
        inner.transports.push(Arc::downgrade(&made));
        made
    }

    /// The endpoint of this description.
    ///
    /// # Errors
    /// Its authority cannot stand in a header.
    pub(crate) fn endpoint(
        &self,
        description: &Endpoint,
        transport: &Arc<TransportPlan>,
    ) -> Result<Arc<EndpointState>, String> {
        self.endpoint_at(description, None, transport)
    }

    /// The same where the address of its host is known.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn endpoint_at(
        &self,
        description: &Endpoint,
        ip: Option<IpAddr>,
        transport: &Arc<TransportPlan>,
    ) -> Result<Arc<EndpointState>, String> {
        let Endpoint {
            scheme,
            host,
            port,
            authority,
            ..
        } = description;
        let identity = (
            *scheme,
            host.clone(),
            *port,
            authority.clone(),
            transport.number,
            ip,
        );
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = inner.endpoints.get(&identity).and_then(Weak::upgrade) {
            return Ok(known);
        }
        let header = HeaderValue::from_str(authority)
            .map_err(|_| format!("{authority:?} cannot be a Host header"))?;
        if inner.endpoints.len() >= SWEEP_AT {
            inner.endpoints.retain(|_, weak| weak.strong_count() > 0);
        }
        // Slots are never used again: a connection at rest must not serve another endpoint.
        let slot = inner.slots_made;
        inner.slots_made += 1;
        let made = Arc::new(EndpointState {
            slot,
            scheme: *scheme,
            host: host.clone(),
            port: *port,
            address: ip
                .or_else(|| host.parse().ok())
                .map(|ip| SocketAddr::new(ip, *port)),
            authority: header,
            transport: transport.clone(),
            requests: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        });
        inner.endpoints.insert(identity, Arc::downgrade(&made));
        Ok(made)
    }
}
