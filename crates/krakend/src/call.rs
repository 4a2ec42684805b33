//! From a backend to one upstream call.

use haleway_blueprint::{
    Breaker, Call, CallPath, CallTarget, Decoding, Discovery, Forwarded, ForwardedHeaders,
    HeaderPass, Redirects, Segment, StatusPolicy, Template, Upgrade,
};
use haleway_document::Diagnostic;

use crate::backend::Backend;
use crate::code;
use crate::encoding::{self, Leaving};
use crate::endpoint::Parts;
use crate::path::clean;
use crate::service::Service;
use crate::url_pattern::{self, Holes};

/// Share of an endpoint's time that a race of equal calls gets (lura, proxy/concurrent.go).
const RACE_PERCENT: u32 = 75;

/// Redirects after which Go's client gives up.
const REDIRECT_HOPS_MAX: u32 = 10;

/// What Go's client calls itself where nobody says otherwise.
const GO_USER_AGENT: &str = "Go-http-client/1.1";

const USER_AGENT: &str = "User-Agent";

/// The call of a backend; `earlier` is how many answers are at hand by then, where calls are made
/// one after the other.
pub(crate) fn of(
    service: &Service<'_>,
    parts: &Parts,
    backend: &Backend,
    earlier: Option<usize>,
) -> Call {
    let context = service.context;
    let passes = parts.leaving == Leaving::Passed && parts.backends.len() == 1;
    let raw = backend.encoding == "no-op";
    let target = target(service, backend, passes);
    let mut call = Call {
        name: format!(
            "{} {}",
            backend.method,
            url_pattern::as_lura_writes(&backend.url_pattern.value)
        ),
        method: Some(backend.method.clone()),
        path: CallPath::Template(path(service, parts, backend, earlier)),
        query: parts.query.clone(),
        headers: parts.headers.clone(),
        forwarded: Forwarded::Stated(ForwardedHeaders {
            client_address: Some("X-Forwarded-For".to_owned()),
            host: Some("X-Forwarded-Host".to_owned()),
            user_agent: Some(service.identity.user_agent.clone()),
            via: Some("X-Forwarded-Via".to_owned()),
        }),
        keep_host: false,
        headers_only: backend.headers_only.clone(),
        query_only: backend.query_only.clone(),
        ask_gzip: service.inherited.ask_gzip,
        redirects: Redirects {
            hops_max: REDIRECT_HOPS_MAX,
            resend_body: backend.resends_body,
        },
        upgrade: if passes {
            upgrade(service, parts)
        } else {
            Upgrade::Never
        },
        race: parts.races,
        race_timeout_us: (parts.races > 1).then(|| parts.timeout.percent(RACE_PERCENT).micros()),
        timeout_us: None,
        try_limits: None,
        retries: backend.health.retries.clone(),
        breaker: breaker(backend, &target),
        status: if raw {
            StatusPolicy::Any
        } else {
            backend.status.clone()
        },
        decoding: if raw {
            Decoding::Raw
        } else {
            encoding::decoding(&backend.encoding, backend.is_collection, context.profile)
        },
        shapes: if target == CallTarget::Nothing {
            Vec::new()
        } else {
            backend.shapes.clone()
        },
        target,
        origin: context.origin(backend.span),
    };
    name_go_client(&mut call);
    call
}

/// A backend's `input_headers` take the gateway's own `User-Agent` away, too, and then Go's client
/// writes its own.
fn name_go_client(call: &mut Call) {
    let (Some(only), HeaderPass::Named(names)) = (&mut call.headers_only, &mut call.headers) else {
        return;
    };
    if only.iter().any(|it| it == USER_AGENT) {
        return;
    }
    names.retain(|it| it != USER_AGENT);
    only.push(USER_AGENT.to_owned());
    if let Forwarded::Stated(stated) = &mut call.forwarded {
        stated.user_agent = Some(GO_USER_AGENT.to_owned());
    }
}

/// Path and query of a call.
pub(crate) fn path(
    service: &Service<'_>,
    parts: &Parts,
    backend: &Backend,
    earlier: Option<usize>,
) -> Template {
    let holes = holes(parts, earlier);
    url_pattern::template(
        service.context,
        &backend.url_pattern,
        &holes,
        &backend.place,
    )
}

fn holes(parts: &Parts, earlier: Option<usize>) -> Holes<'_> {
    let routed = parts
        .path
        .pattern
        .segments
        .iter()
        .filter_map(|segment| match segment {
            Segment::Parameter { name, .. } | Segment::Rest(name) => Some(name.as_str()),
            Segment::Literal(_) => None,
        });
    Holes {
        parameters: &parts.path.parameters,
        routed: routed.collect(),
        earlier,
        has_claims: parts.has_claims,
    }
}

fn target(service: &Service<'_>, backend: &Backend, passes: bool) -> CallTarget {
    if let (Some(own), Discovery::Static(hosts), false) =
        (&service.own_health, &backend.discovery, passes)
        && own.is_called(&backend.method, hosts, &clean(&backend.url_pattern.value))
    {
        let message = format!(
            "{}: the gateway's own health endpoint is answered in-process and adds no fields; KrakenD adds its answer's",
            backend.place
        );
        let finding = Diagnostic::parity(code::OWN_HEALTH, message)
            .at(backend.url_pattern.span, "")
            .help("for KrakenD's answer add `\"haleway/compat\": {\"health\": \"original\"}` to the service's `extra_config`");
        service.context.report(finding);
        return CallTarget::Nothing;
    }
    let origin = service.context.origin(backend.span);
    CallTarget::Pool(service.pools.borrow_mut().of(
        backend.discovery.clone(),
        &backend.health,
        origin,
    ))
}

fn breaker(backend: &Backend, target: &CallTarget) -> Option<Breaker> {
    let CallTarget::Pool(pool) = target else {
        return None;
    };
    let written = backend.breaker.as_ref();
    written.map(|written| written.breaker(&backend.place, pool))
}

/// Where the client's `Upgrade` passes, connections may be upgraded.
fn upgrade(service: &Service<'_>, parts: &Parts) -> Upgrade {
    if let Some(span) = parts.upgrade_named {
        let message = format!(
            "{}: connections may be upgraded (WebSocket), which KrakenD Community cannot",
            parts.place
        );
        service
            .context
            .report(Diagnostic::parity(code::UPGRADE, message).at(span, ""));
        return Upgrade::Tunnel;
    }
    if parts.headers == HeaderPass::All {
        Upgrade::Tunnel
    } else {
        Upgrade::Never
    }
}
