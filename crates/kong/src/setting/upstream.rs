//! `upstream_keepalive_*`: connections to services that are kept.

use super::Settings;

/// Connections that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keepalive {
    /// How many per address; 0 keeps none.
    pub(crate) per_endpoint_max: usize,
    /// How long an unused one is kept; `None` keeps it.
    pub(crate) idle_us: Option<u64>,
}

impl Keepalive {
    /// What the settings ask for.
    pub(crate) fn read(settings: &Settings<'_>) -> Self {
        let seconds = settings.number("upstream_keepalive_idle_timeout");
        // A connection that has served so many requests is as good as a new one.
        settings.number("upstream_keepalive_max_requests");
        Self {
            per_endpoint_max: usize::try_from(settings.number("upstream_keepalive_pool_size"))
                .unwrap_or(usize::MAX),
            idle_us: (seconds > 0).then(|| seconds.saturating_mul(1_000_000)),
        }
    }
}
