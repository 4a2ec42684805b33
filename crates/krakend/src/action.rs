//! From an endpoint's parts to what happens to its requests.

use std::collections::BTreeSet;

use haleway_blueprint::{
    Action, CacheControl, Call, CallTarget, Compose, ErrorAnswer, Failures, Order, Output, Proxy,
    Respond,
};
use haleway_document::Diagnostic;

use crate::backend::Backend;
use crate::call;
use crate::code;
use crate::duration::Duration;
use crate::encoding::Leaving;
use crate::endpoint::Parts;
use crate::identity::COMPLETED;
use crate::service::Service;

/// Share of an endpoint's time that several merged calls get (lura, proxy/merging.go).
const MERGE_PERCENT: u32 = 85;

/// Bytes of one answer that is read. KrakenD sets no limit.
const BODY_BYTES_MAX: usize = 64 << 20;

/// The action of an endpoint. One that needs what is not built yet answers 500, and what is wrong
/// with it is said all the same.
pub(crate) fn of(service: &Service<'_>, parts: &Parts) -> Action {
    let (shadows, regular): (Vec<&Backend>, Vec<&Backend>) = parts
        .backends
        .iter()
        .partition(|backend| backend.proxy.shadow);
    let sequential = parts.proxy.sequential && regular.len() > 1;
    if parts.is_refused {
        for (index, backend) in regular.iter().enumerate() {
            call::path(service, parts, backend, sequential.then_some(index));
        }
        return Action::Respond(service.identity.refusal());
    }
    if regular.is_empty() {
        let message = format!(
            "{}: all backends are shadows, so every request is answered with 500",
            parts.place
        );
        let finding = Diagnostic::warning(code::ONLY_SHADOWS, message)
            .at(parts.span, "")
            .help("take `shadow` away from one backend");
        service.context.report(finding);
        let body = haleway_blueprint::Body::default();
        return Action::Respond(Respond {
            status: 500,
            headers: Vec::new(),
            body,
        });
    }
    let mut calls: Vec<Call> = Vec::new();
    for (index, backend) in regular.iter().enumerate() {
        calls.push(call::of(
            service,
            parts,
            backend,
            sequential.then_some(index),
        ));
    }
    let shadows = shadow_calls(service, parts, &shadows);
    match (&parts.leaving, calls.len()) {
        (Leaving::Passed, 1) => proxy(service, parts, calls.remove(0), shadows),
        (Leaving::Passed, _) => compose(service, parts, Output::Json, sequential, (calls, shadows)),
        (Leaving::Written(output), _) => {
            report_merge_order(service, parts, &regular, &calls, sequential);
            compose(service, parts, output.clone(), sequential, (calls, shadows))
        }
    }
}

/// Shadows live for the longest of their own timeouts (lura, proxy/shadow.go).
fn shadow_calls(service: &Service<'_>, parts: &Parts, shadows: &[&Backend]) -> Vec<Call> {
    let longest = shadows
        .iter()
        .map(|it| it.proxy.shadow_timeout.unwrap_or(parts.timeout))
        .max();
    let Some(mut timeout) = longest else {
        return Vec::new();
    };
    if shadows.len() > 1 {
        timeout = timeout.min(parts.timeout.percent(MERGE_PERCENT));
    }
    shadows
        .iter()
        .map(|backend| Call {
            timeout_us: Some(timeout.micros()),
            ..call::of(service, parts, backend, None)
        })
        .collect()
}

fn proxy(service: &Service<'_>, parts: &Parts, call: Call, shadows: Vec<Call>) -> Action {
    if let Some((_, span)) = &parts.proxy.fill {
        let message = format!(
            "{}: fixed data cannot be laid over an answer that is passed through",
            parts.place
        );
        let finding = Diagnostic::parity(code::NO_OP_IGNORES, message)
            .at(*span, "left out")
            .help("KrakenD leaves the body alone as well, but hides errors of the backend");
        service.context.report(finding);
    }
    if let Some(span) = parts.cache_ttl_written {
        let message = format!(
            "{}: `cache_ttl` has no effect on an answer that is passed through",
            parts.place
        );
        service
            .context
            .report(Diagnostic::note(code::NO_OP_IGNORES, message).at(span, ""));
    }
    report_endpoint_flatmap(
        service,
        parts,
        "an answer that is passed through is not read",
    );
    Action::Proxy(Box::new(Proxy {
        call,
        shadows,
        timeout_us: Some(parts.timeout.micros()),
        buffer_request: false,
        headers: service.identity.incomplete(),
        errors: Failures::Answer(errors(service)),
    }))
}

fn compose(
    service: &Service<'_>,
    parts: &Parts,
    output: Output,
    sequential: bool,
    (calls, shadows): (Vec<Call>, Vec<Call>),
) -> Action {
    let merges = calls.len() > 1;
    if !merges {
        report_endpoint_flatmap(
            service,
            parts,
            "it needs several backends; a backend has its own",
        );
    }
    let calls_timeout = if merges {
        parts.timeout.percent(MERGE_PERCENT)
    } else {
        parts.timeout
    };
    let flatmap = parts
        .proxy
        .flatmap
        .as_ref()
        .filter(|_| merges)
        .map(|(operations, _)| operations.clone());
    Action::Compose(Box::new(Compose {
        calls,
        shadows,
        order: if sequential {
            Order::Sequential
        } else {
            Order::Parallel
        },
        timeout_us: parts.timeout.micros(),
        calls_timeout_us: calls_timeout.micros(),
        flatmap: flatmap.unwrap_or_default(),
        fill: parts.proxy.fill.as_ref().map(|(fill, _)| fill.clone()),
        output,
        headers: vec![service.identity.version()],
        completeness_header: Some(COMPLETED.to_owned()),
        cache: cache(parts.cache_ttl),
        errors: errors(service),
        body_bytes_max: BODY_BYTES_MAX,
    }))
}

fn cache(ttl: Duration) -> Option<CacheControl> {
    (!ttl.is_zero()).then(|| CacheControl {
        max_age_s: ttl.secs(),
    })
}

fn errors(service: &Service<'_>) -> ErrorAnswer {
    ErrorAnswer {
        status: 500,
        show_text: service.router.return_error_msg,
    }
}

fn report_endpoint_flatmap(service: &Service<'_>, parts: &Parts, reason: &str) {
    if let Some((_, span)) = &parts.proxy.flatmap {
        let message = format!("{}: `flatmap_filter` does nothing: {reason}", parts.place);
        service.context.report(
            Diagnostic::warning(code::FLATMAP, message).at(*span, "ignored, by KrakenD, too"),
        );
    }
}

/// One word per endpoint, where keys of two answers may clash.
fn report_merge_order(
    service: &Service<'_>,
    parts: &Parts,
    regular: &[&Backend],
    calls: &[Call],
    sequential: bool,
) {
    let mut groups = BTreeSet::new();
    let clash = regular
        .iter()
        .zip(calls)
        .filter(|(_, call)| call.target != CallTarget::Nothing)
        .find(|(backend, _)| !groups.insert(backend.group.as_str()));
    let Some((backend, _)) = clash.filter(|_| !sequential) else {
        return;
    };
    let message = format!(
        "{}: where answers have the same key, the later backend of the configuration wins; in KrakenD the slower one",
        parts.place
    );
    let finding = Diagnostic::parity(code::MERGE_ORDER, message)
        .at(backend.span, "may have keys of an earlier backend")
        .help("give each backend its own `group` where keys may clash");
    service.context.report(finding);
}
