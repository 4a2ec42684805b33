//! What a route does with its requests: they go to its service.

use haleway_blueprint::{
    Action, Call, CallPath, CallTarget, Decoding, Failures, Forwarded, ForwardedChain, HeaderPass,
    PoolId, Proxy, QueryPass, Redirects, Retries, StatusMessage, StatusPolicy, TryLimits, Upgrade,
};

use super::{Compilation, voice};
use crate::entity::Entity;
use crate::schema::Record;
use crate::setting::NextUpstream;

/// What happens to the requests of a route.
pub(super) fn action(
    compilation: &Compilation<'_>,
    route: &Entity,
    service: Option<(&Entity, PoolId)>,
) -> Action {
    let Some((service, pool)) = service else {
        return Action::Message(StatusMessage::new(
            503,
            "no Service found with those values",
        ));
    };
    Action::Proxy(Box::new(Proxy {
        call: call(compilation, route, service, pool),
        shadows: Vec::new(),
        timeout_us: None,
        buffer_request: route.record.flag("request_buffering"),
        headers: Vec::new(),
        errors: Failures::Voiced,
    }))
}

fn call(compilation: &Compilation<'_>, route: &Entity, service: &Entity, pool: PoolId) -> Call {
    Call {
        name: format!("{} of {}", service.name(), route.name()),
        target: CallTarget::Pool(pool),
        method: None,
        path: CallPath::Joined {
            base: service.record.text("path").unwrap_or_default().to_owned(),
            strip_matched: route.record.flag("strip_path"),
        },
        query: QueryPass::AsSent,
        headers: HeaderPass::All,
        forwarded: Forwarded::Chained(chain(compilation)),
        keep_host: route.record.flag("preserve_host"),
        headers_only: None,
        query_only: None,
        ask_gzip: false,
        redirects: Redirects {
            hops_max: 0,
            resend_body: false,
        },
        upgrade: Upgrade::Tunnel,
        race: 1,
        race_timeout_us: None,
        timeout_us: None,
        try_limits: Some(try_limits(&service.record)),
        retries: retries(compilation, service),
        breaker: None,
        status: StatusPolicy::Any,
        decoding: Decoding::Raw,
        shapes: Vec::new(),
        origin: compilation.context.origin(service.span),
    }
}

/// What a service is told about the client (Kong 3: the proxy location of its nginx template).
fn chain(compilation: &Compilation<'_>) -> ForwardedChain {
    let (tokens, version) = (compilation.tokens, compilation.version);
    ForwardedChain {
        via: (tokens.via && version.appends_via()).then(|| format!("kong/{version}")),
        request_id: (tokens.upstream_request_id && version.has_request_id())
            .then(|| voice::REQUEST_ID.to_owned()),
        announce_keep_alive: true,
    }
}

/// The time limits of a service.
pub(super) fn try_limits(service: &Record) -> TryLimits {
    let us = |field: &str| {
        let ms = service.integer(field).and_then(|ms| u64::try_from(ms).ok());
        ms.unwrap_or(60_000).saturating_mul(1_000)
    };
    TryLimits {
        connect_us: us("connect_timeout"),
        send_us: us("write_timeout"),
        read_us: us("read_timeout"),
    }
}

/// Whether failed calls of a service are made again.
pub(super) fn retries(compilation: &Compilation<'_>, service: &Entity) -> Retries {
    let retries = service.record.integer("retries").unwrap_or(0);
    match NextUpstream::read(compilation.settings) {
        Some(on) => Retries {
            retries_max: u32::try_from(retries).unwrap_or(0),
            on,
        },
        None => Retries::default(),
    }
}
