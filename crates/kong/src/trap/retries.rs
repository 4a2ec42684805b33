//! Tries after the first one.

use haleway_document::Diagnostic;

use super::View;
use crate::code;

/// Without a second try a refused connection is never counted as one.
pub(super) fn none(view: &View<'_>) -> Option<Diagnostic> {
    if view.number("passive.unhealthy.tcp_failures") == 0.0 {
        return None;
    }
    let mut services = view.subject.services.iter();
    let service = services.find(|service| service.retries == 0)?;
    let message = format!(
        "service {}: `retries` is 0, and a refused connection is counted only where another try follows, so `healthchecks.passive.unhealthy.tcp_failures` of upstream {} never counts",
        service.name, view.subject.name
    );
    let fix = "write `retries: 1` or more for the service, or add 502 to `passive.unhealthy.http_statuses`";
    let finding = Diagnostic::warning(code::TRAP_NO_RETRIES, message);
    Some(finding.at(service.span, "").help(fix))
}

/// A hash leads every try to the same target.
pub(super) fn hashed(view: &View<'_>) -> Option<Diagnostic> {
    let record = &view.subject.record;
    if record.text("algorithm") != Some("consistent-hashing") {
        return None;
    }
    let span = record
        .span("algorithm")
        .or_else(|| record.span("hash_on"))
        .unwrap_or(view.subject.span);
    let message = format!(
        "upstream {}: with `algorithm: consistent-hashing` Kong sends every further try to the target that has just failed, until it is ejected",
        view.subject.name
    );
    let fix = "Haleway goes on to the next target of the ring; for Kong, let probes find a dead target soon: `active.unhealthy.interval: 1`";
    let finding = Diagnostic::warning(code::TRAP_HASHED, message);
    Some(finding.at(span, "").help(fix))
}
