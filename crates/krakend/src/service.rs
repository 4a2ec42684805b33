//! What all endpoints of a service share while they are compiled.

use std::cell::RefCell;

use haleway_blueprint::{Endpoint, Listener, Scheme, Step};

use crate::context::Context;
use crate::identity::Identity;
use crate::namespace::haleway_health;
use crate::namespace::router::Router;
use crate::pool::Pools;
use crate::root::Inherited;

/// The service.
pub(crate) struct Service<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) identity: Identity,
    pub(crate) router: Router,
    pub(crate) inherited: Inherited,
    /// The service's own bot detector.
    pub(crate) bot_detector: Option<Step>,
    /// The gateway's own health endpoint, where calls to it are answered in-process.
    pub(crate) own_health: Option<OwnHealth>,
    /// The service's own `haleway/health`.
    pub(crate) health: haleway_health::Written,
    pub(crate) pools: RefCell<Pools>,
}

/// Where the gateway's own health endpoint is reached.
pub(crate) struct OwnHealth {
    names: Vec<String>,
    scheme: Scheme,
    port: u16,
    path: String,
}

impl OwnHealth {
    /// The health endpoint at `path` of the gateway that listens so.
    pub(crate) fn new(listener: &Listener, path: &str) -> Self {
        let loopback = ["localhost", "127.0.0.1", "::1"]
            .into_iter()
            .map(str::to_owned);
        Self {
            names: loopback.chain([listener.address.to_string()]).collect(),
            scheme: if listener.tls.is_some() {
                Scheme::Https
            } else {
                Scheme::Http
            },
            port: listener.port,
            path: path.to_owned(),
        }
    }

    /// Whether a call leads there, whichever host is chosen.
    pub(crate) fn is_called(&self, method: &str, hosts: &[Endpoint], path: &str) -> bool {
        let own = |host: &Endpoint| {
            host.scheme == self.scheme
                && host.port == self.port
                && host.base_path.is_empty()
                && self
                    .names
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(&host.host))
        };
        method == "GET" && path == self.path && !hosts.is_empty() && hosts.iter().all(own)
    }
}
