//! Lists of statuses.

use haleway_document::Diagnostic;

use super::View;
use crate::code;

/// Statuses that servers and what stands before them often answer a probe with. 429 is not among
/// them: a target that limits its rate is best left as it is.
const USUAL: &[i64] = &[
    200, 204, 301, 302, 400, 401, 403, 404, 405, 426, 500, 501, 502, 503, 504,
];

/// A probe that is answered with a status of neither list says nothing.
pub(super) fn unlisted(view: &View<'_>) -> Option<Diagnostic> {
    let healthy = view.statuses("active.healthy");
    let unhealthy = view.statuses("active.unhealthy");
    let listed = |status: &&i64| healthy.contains(status) || unhealthy.contains(status);
    let missing: Vec<i64> = USUAL.iter().filter(|it| !listed(it)).copied().collect();
    if !view.probes_http() || missing.is_empty() {
        return None;
    }
    let list = joined(&missing);
    let message = format!(
        "a probe that is answered with a status of neither list counts for nothing, so the target stays what it is; `healthchecks.active.unhealthy.http_statuses` leaves out {list}"
    );
    let mut whole: Vec<i64> = unhealthy.iter().chain(&missing).copied().collect();
    whole.retain(|status| *status >= 400 && *status != 429);
    whole.sort_unstable();
    whole.dedup();
    let fix = format!(
        "say what each of them means: `http_statuses: [{}]` under `active.unhealthy`, and the rest under `active.healthy`",
        joined(&whole)
    );
    let path = "active.unhealthy.http_statuses";
    Some(view.warn(code::TRAP_UNLISTED, path, &message, &fix))
}

/// A connection that is refused on the last try counts as 502.
pub(super) fn bad_gateway(view: &View<'_>) -> Option<Diagnostic> {
    let listed = view.statuses("passive.unhealthy");
    if view.number("passive.unhealthy.http_failures") == 0.0 || listed.contains(&502) {
        return None;
    }
    let message = "502 is not in `healthchecks.passive.unhealthy.http_statuses`, and a request whose last try finds nobody counts as 502: as nothing";
    let mut whole = listed;
    whole.retain(|status| *status != 429);
    whole.push(502);
    whole.sort_unstable();
    let fix = format!(
        "write `http_statuses: [{}]` under `passive.unhealthy`",
        joined(&whole)
    );
    let path = "passive.unhealthy.http_statuses";
    Some(view.warn(code::TRAP_BAD_GATEWAY, path, message, &fix))
}

/// A target that limits its rate is ejected, and its load moves to the others.
pub(super) fn too_many_requests(view: &View<'_>) -> Option<Diagnostic> {
    let counts = |side: &&str| {
        let limit = view.number(&format!("{side}.unhealthy.http_failures"));
        view.ejects(side) && limit > 0.0
    };
    let lists = |side: &&str| view.statuses(&format!("{side}.unhealthy")).contains(&429);
    let side = super::SIDES
        .iter()
        .find(|side| counts(side) && lists(side))?;
    let path = format!("{side}.unhealthy.http_statuses");
    let message = format!(
        "429 is in `healthchecks.{path}`: a target that limits its rate is ejected, its load moves to the others, and they follow"
    );
    let mut rest = view.statuses(&format!("{side}.unhealthy"));
    rest.retain(|status| *status != 429);
    let fix = format!(
        "leave it out: `http_statuses: [{}]` under `{side}.unhealthy`",
        joined(&rest)
    );
    Some(view.warn(code::TRAP_TOO_MANY_REQUESTS, &path, &message, &fix))
}

fn joined(statuses: &[i64]) -> String {
    let texts: Vec<String> = statuses.iter().map(i64::to_string).collect();
    texts.join(", ")
}
