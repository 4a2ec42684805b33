//! The way back.

use haleway_document::Diagnostic;

use super::View;
use crate::code;

impl View<'_> {
    /// Probes bring an unhealthy target back.
    fn probes_revive(&self) -> bool {
        self.number("active.unhealthy.interval") > 0.0
            && self.number("active.healthy.successes") > 0.0
    }

    /// Ejections end by themselves.
    fn ends_by_trial(&self) -> bool {
        let half_open = |health: &haleway_blueprint::PoolHealth| health.config.half_open.is_some();
        self.health.is_some_and(half_open)
    }
}

/// Requests eject, and nothing brings back: an unhealthy target gets no requests.
pub(super) fn passive_only(view: &View<'_>) -> Option<Diagnostic> {
    let asks = view.number("active.unhealthy.interval") > 0.0;
    if !view.watches_requests() || asks || view.ends_by_trial() {
        return None;
    }
    let message = "`healthchecks.active.unhealthy.interval` is 0, so nothing asks a target that requests have ejected: it never comes back by itself";
    let fix = "write `unhealthy: {interval: 5}` and `healthy: {successes: 3}` under `active`, or let ejections end by trial with `recover` in an overlay";
    let path = "active.unhealthy.interval";
    Some(view.warn(code::TRAP_PASSIVE_ONLY, path, message, fix))
}

/// Probes ask an unhealthy target, and good answers do not count.
pub(super) fn no_successes(view: &View<'_>) -> Option<Diagnostic> {
    let path = "active.healthy.successes";
    if !view.probes() || view.number(path) > 0.0 || view.ends_by_trial() {
        return None;
    }
    let message = format!(
        "`healthchecks.{path}` is 0, so good probes count for nothing: a target that is unhealthy never comes back"
    );
    let fix = "write `successes: 1` or more under `active.healthy`";
    Some(view.warn(code::TRAP_NO_SUCCESSES, path, &message, fix))
}

/// The way back by hand is another one than in Kong 2.
pub(super) fn by_hand(view: &View<'_>) -> Option<Diagnostic> {
    let ejects = view.watches_requests() || view.probes();
    if !ejects || view.probes_revive() || view.ends_by_trial() {
        return None;
    }
    let name = &view.subject.name;
    let message = format!(
        "only an operator brings a target back, and `POST /upstreams/{name}/targets/TARGET/healthy` works on Kong 2 alone: Kong 3 wants PUT"
    );
    let fix = "let scripts send PUT; Haleway takes both";
    Some(view.warn(code::TRAP_BY_HAND, "passive", &message, fix))
}
