//! Limits of the counters.

use haleway_document::Diagnostic;

use super::{FAILURES, SIDES, View};
use crate::code;

/// The largest number that Kong's library takes.
const LARGEST: f64 = 254.0;

/// Without a limit of successes failures are never forgotten.
pub(super) fn never_reset(view: &View<'_>) -> Option<Diagnostic> {
    let path = "passive.healthy.successes";
    if !view.watches_requests() || view.number(path) > 0.0 {
        return None;
    }
    let message = format!(
        "`healthchecks.{path}` is 0, so good answers never reset the count of bad ones: a limit of failures in a row becomes one of failures ever"
    );
    let fix = "write `successes: 1` under `passive.healthy`";
    Some(view.warn(code::TRAP_NEVER_RESET, path, &message, fix))
}

/// Failures of a class whose limit is 0 are never noticed.
pub(super) fn unnoticed(view: &View<'_>) -> Option<Diagnostic> {
    let mut zero: Vec<String> = Vec::new();
    for side in SIDES {
        let path = |limit: &str| format!("{side}.unhealthy.{limit}");
        let http = view.number(&path("http_failures")) > 0.0;
        // Probes that are no requests have no statuses to count.
        let probes = side == "active" && view.probes();
        if !(view.ejects(side) && (http || probes)) {
            continue;
        }
        let missed = FAILURES[1..]
            .iter()
            .map(|limit| path(limit))
            .filter(|path| view.number(path) == 0.0);
        zero.extend(missed);
    }
    let first = zero.first()?;
    let keys: Vec<String> = zero
        .iter()
        .map(|path| format!("`healthchecks.{path}`"))
        .collect();
    let verb = if keys.len() == 1 { "is" } else { "are" };
    let message = format!(
        "{} {verb} 0, so a dead target (connection refused, no answer) is never noticed",
        keys.join(", ")
    );
    let lines: Vec<String> = zero.iter().map(|path| format!("`{path}: 1`")).collect();
    let fix = format!("set each of them, for example {}", lines.join(", "));
    Some(view.warn(code::TRAP_UNNOTICED, first, &message, &fix))
}

/// 255 passes Kong's schema and breaks its library.
pub(super) fn too_large(view: &View<'_>) -> Option<Diagnostic> {
    let limits = SIDES.iter().flat_map(|side| {
        let failures = FAILURES
            .iter()
            .map(move |limit| format!("{side}.unhealthy.{limit}"));
        failures.chain([format!("{side}.healthy.successes")])
    });
    let mut large = limits.filter(|path| view.number(path) > LARGEST);
    let path = large.next()?;
    let message = format!(
        "`healthchecks.{path}` is 255, which Kong accepts and then breaks on: its library takes 254 at most"
    );
    let fix = "write 254 or less; Haleway takes 255 as it stands";
    Some(view.warn(code::TRAP_TOO_LARGE, &path, &message, fix))
}
