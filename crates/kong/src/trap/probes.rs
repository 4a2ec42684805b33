//! How and when probes go out.

use haleway_document::Diagnostic;
use haleway_health::Initial;

use super::View;
use crate::code;

/// Probes over TCP never go out for requests.
pub(super) fn tcp(view: &View<'_>) -> Option<Diagnostic> {
    if !view.probes() || view.text("active.type") != "tcp" || view.subject.is_carried {
        return None;
    }
    let message = "`healthchecks.active.type: tcp` is ignored by Kong for an upstream of HTTP services: no probe goes out";
    let fix = "write `type: http` and an `http_path`; Haleway sends the TCP probes";
    Some(view.warn(code::TRAP_TCP, "active.type", message, fix))
}

/// Probes for gRPC pass the schema and end in an exception.
pub(super) fn grpc(view: &View<'_>) -> Option<Diagnostic> {
    let kind = view.text("active.type");
    if !view.probes() || !matches!(kind, "grpc" | "grpcs") {
        return None;
    }
    let message = format!(
        "`healthchecks.active.type: {kind}` passes Kong's schema and then ends in an exception; without a database the whole configuration fails"
    );
    let fix = "write `type: http` (or `https`) and a path that answers over HTTP/1; Haleway asks the gRPC health service";
    Some(view.warn(code::TRAP_GRPC, "active.type", &message, fix))
}

/// Probes over HTTP/1.0 are refused by many servers.
pub(super) fn http_1_0(view: &View<'_>) -> Option<Diagnostic> {
    if !view.probes_http() {
        return None;
    }
    let message = "active checks: Kong up to 3.9 probes over HTTP/1.0, which servers may refuse with 426, 505 or 400";
    let fix =
        "Haleway probes over HTTP/1.1; for Kong, probe a path of a server that takes HTTP/1.0";
    Some(view.warn(code::TRAP_HTTP_1_0, "active", message, fix))
}

/// Every target serves before anybody has asked whether it can.
pub(super) fn born_healthy(view: &View<'_>) -> Option<Diagnostic> {
    let config = &view.health?.config;
    if !config.probes() || config.initial == Initial::Unhealthy {
        return None;
    }
    let message = "active checks: every new target is healthy until its first probe, one interval later, says otherwise";
    let fix = "Kong has no key for it; an overlay has: `initial: unhealthy`";
    Some(view.warn(code::TRAP_BORN_HEALTHY, "active", message, fix))
}

/// All probes of all nodes go out at once.
pub(super) fn thundering(view: &View<'_>) -> Option<Diagnostic> {
    let probe = view.health?.config.probe.as_ref()?;
    if !view.probes() || probe.jitter_ppm > 0 {
        return None;
    }
    let message = "active checks: Kong probes all targets at once, on each node on its own, and knows no jitter";
    let fix = "Haleway spreads probes over the interval; so that nodes differ, too, add `jitter: 20%` in an overlay";
    Some(view.warn(code::TRAP_THUNDERING, "active", message, fix))
}
