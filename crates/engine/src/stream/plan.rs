//! Stream sites, compiled.

use std::sync::Arc;
use std::time::Duration;

use haleway_blueprint::{StreamProtocol, StreamSite};
use haleway_routing::RequestRouter;
use tokio_rustls::TlsAcceptor;

use crate::error::StartError;
use crate::plan::Targets;
use crate::upstream::PoolState;

/// A stream site, compiled.
pub(crate) struct StreamPlan {
    pub(super) router: RequestRouter,
    /// Connections hold theirs for as long as they last, and nothing else of a plan.
    pub(super) routes: Vec<Arc<StreamRoutePlan>>,
}

/// Where connections go.
pub(crate) struct StreamRoutePlan {
    pub(super) name: String,
    pub(super) passes_tls: bool,
    pub(super) pool: Arc<PoolState>,
    pub(super) retries_max: usize,
    pub(super) connect: Duration,
    pub(super) silence_max: Duration,
}

impl StreamPlan {
    /// Compiles a stream site.
    ///
    /// # Errors
    /// A match cannot be used, or a pool does not exist: a defect of whoever made the blueprint.
    pub(crate) fn compile(site: &StreamSite, targets: &Targets) -> Result<Self, StartError> {
        let mut routes = Vec::with_capacity(site.routes.len());
        let mut entries = Vec::new();
        for (index, route) in site.routes.iter().enumerate() {
            let pool = targets.pools.get(&route.pool).ok_or_else(|| {
                let message = format!("there is no pool {}", route.pool.0);
                StartError::new(&route.origin, message, "this is a defect of Haleway")
            })?;
            let silence_us = route.limits.send_us.max(route.limits.read_us);
            routes.push(Arc::new(StreamRoutePlan {
                name: route.name.clone(),
                passes_tls: route.protocol == StreamProtocol::TlsPassthrough,
                pool: pool.clone(),
                retries_max: route.retries.retries_max as usize,
                connect: Duration::from_micros(route.limits.connect_us),
                silence_max: Duration::from_micros(silence_us),
            }));
            entries.extend(route.matches.iter().map(|one| (index, one)));
        }
        let router = RequestRouter::new(&entries).map_err(|error| {
            let origin = &site.routes[error.route].origin;
            StartError::new(origin, error.message, "mend the match of this route")
        })?;
        Ok(Self { router, routes })
    }
}

/// The acceptor of a listener for connections: what is spoken inside of TLS is no business of ours,
/// so that no client is refused for the protocols that it offers.
pub(crate) fn without_alpn(acceptor: &TlsAcceptor) -> TlsAcceptor {
    let mut config = (**acceptor.config()).clone();
    config.alpn_protocols.clear();
    TlsAcceptor::from(Arc::new(config))
}
