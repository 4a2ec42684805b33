//! One upstream call whose answer passes through unread.

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, Entry, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, Response, StatusCode};
use smallvec::SmallVec;
use tokio::time::error::Elapsed;
use tokio::time::{Duration, Instant, timeout_at};

use super::{failed, shadow};
use crate::body::Body;
use crate::call::{Answer, HELD_BYTES_MAX, RequestBody, Results, send};
use crate::client::Client;
use crate::fault::{Fault, FaultKind};
use crate::health::{BreakerState, through};
use crate::hop::{self, Hop};
use crate::listener::Tunnel;
use crate::plan::ProxyPlan;
use crate::upstream::{GunzipBody, Incoming, UpstreamBody};

/// Passes a request on and its answer back.
pub(crate) async fn proxy(
    plan: &ProxyPlan,
    client: &Client<'_>,
    mut body: RequestBody,
) -> Response<Body> {
    let deadline = plan.timeout.map(|limit| Instant::now() + limit);
    let ends = deadline.unwrap_or_else(|| Instant::from_std(client.visit.started) + FAR_AWAY);
    let answered = if is_plain(plan, client, &body) {
        // Pinned here, so that it stands in the future of the request once and not once per branch.
        let results = Results::default();
        let sending = std::pin::pin!(send(&plan.call, client, results, &mut body, ends));
        match deadline {
            Some(deadline) => in_time(timeout_at(deadline, sending).await),
            None => sending.await,
        }
    } else {
        // On the heap: what most requests do not need must not make the future of all large.
        in_time(timeout_at(ends, Box::pin(call(plan, client, body, ends))).await)
    };
    match answered.and_then(as_asked) {
        Ok(answer) => pass_back(plan, client, answer, deadline),
        Err(fault) => {
            failed::note(client, &fault);
            match &plan.errors {
                Some(errors) => failed::answer(errors, &plan.headers, &fault),
                None => {
                    let Client {
                        site, head, visit, ..
                    } = client;
                    site.voice.fault(&fault, &head.headers, visit)
                }
            }
        }
    }
}

/// Stands for no time limit where a moment is needed.
const FAR_AWAY: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

fn in_time(answered: Result<Result<Answer, Fault>, Elapsed>) -> Result<Answer, Fault> {
    answered.unwrap_or_else(|_| Err(Fault::timeout()))
}

/// Whether all there is to do is to send the request.
fn is_plain(plan: &ProxyPlan, client: &Client<'_>, body: &RequestBody) -> bool {
    let at_once = body.is_none() || !(holds_whole(plan) || holds_what_fits(plan, client));
    at_once && plan.shadows.is_empty() && plan.call.breaker.is_none() && plan.call.pool.is_some()
}

/// Whether all of the body must be here before it is sent.
fn holds_whole(plan: &ProxyPlan) -> bool {
    !plan.shadows.is_empty() || plan.call.resend_body
}

/// Whether that is wanted, but not needed.
fn holds_what_fits(plan: &ProxyPlan, client: &Client<'_>) -> bool {
    let repeats = plan.call.retries_max > 0 && client.head.method.is_idempotent();
    plan.buffer_request || repeats
}

async fn call(
    plan: &ProxyPlan,
    client: &Client<'_>,
    mut body: RequestBody,
    deadline: Instant,
) -> Result<Answer, Fault> {
    if holds_whole(plan) {
        body.hold(HELD_BYTES_MAX).await?;
    } else if holds_what_fits(plan, client) {
        // A larger one goes on its way all the same; it is tried once.
        body.hold_what_fits(HELD_BYTES_MAX).await?;
    }
    for call in &plan.shadows {
        let limit = plan.timeout.unwrap_or(FAR_AWAY);
        shadow::start(call, client, body.copy(), limit);
    }
    if plan.call.pool.is_none() {
        let text = "this call goes nowhere";
        return Err(Fault::new(FaultKind::NoEndpoint, text));
    }
    match &plan.call.breaker {
        None => send(&plan.call, client, Results::default(), &mut body, deadline).await,
        Some(breaker) => guarded(plan, breaker, client, &mut body, deadline).await,
    }
}

/// The answer, if its protocol was not switched unasked.
fn as_asked(answer: Answer) -> Result<Answer, Fault> {
    let switched = answer.reply.response.status() == StatusCode::SWITCHING_PROTOCOLS;
    if switched && !answer.reply.upgrade {
        let text = "the protocol was switched unasked";
        return Err(Fault::new(FaultKind::Protocol, text));
    }
    Ok(answer)
}

/// The call behind its breaker.
async fn guarded(
    plan: &ProxyPlan,
    breaker: &BreakerState,
    client: &Client<'_>,
    body: &mut RequestBody,
    deadline: Instant,
) -> Result<Answer, Fault> {
    let sending = send(&plan.call, client, Results::default(), body, deadline);
    through(breaker, deadline, sending).await
}

fn pass_back(
    plan: &ProxyPlan,
    client: &Client<'_>,
    answer: Answer,
    deadline: Option<Instant>,
) -> Response<Body> {
    let reply = answer.reply;
    let (head, incoming) = reply.response.into_parts();
    if head.status == StatusCode::SWITCHING_PROTOCOLS && reply.upgrade {
        return tunnel(plan, client, &head.headers, incoming, answer.under_way);
    }
    let packed = reply.gunzip
        && head
            .headers
            .get(CONTENT_ENCODING)
            .is_some_and(|coding| coding.as_bytes() == b"gzip");
    let body = UpstreamBody::new(incoming, deadline)
        .carrying(answer.under_way)
        .paced(plan.call.try_limits.map(|limits| limits.read));
    let mut response = Response::new(if packed {
        Body::Gunzip(Box::new(GunzipBody::new(body)))
    } else {
        Body::Upstream(Box::new(body))
    });
    *response.status_mut() = head.status;
    if plan.call.passes_spelling() {
        // The reason phrase and the spelling of names.
        *response.extensions_mut() = head.extensions;
    }
    *response.headers_mut() = passed(&plan.headers, head.headers);
    if packed {
        // As Go's transport does when it unpacks on its own account.
        response.headers_mut().remove(CONTENT_ENCODING);
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    response
}

/// Our headers, then the upstream's that may pass.
fn passed(ours: &HeaderMap, mut theirs: HeaderMap) -> HeaderMap {
    let hop = Hop::of(&theirs);
    let mut doomed: SmallVec<[HeaderName; 4]> = SmallVec::new();
    for name in theirs.keys().filter(|name| !hop.passes(name)) {
        // Chunks say where the body ends; a length beside them, which may be another one, is
        // ignored and must not reach the client (RFC 9112, 6.3).
        if *name == TRANSFER_ENCODING {
            doomed.push(CONTENT_LENGTH);
        }
        doomed.push(name.clone());
    }
    for name in doomed {
        theirs.remove(name);
    }
    for (name, value) in ours {
        match theirs.entry(name) {
            Entry::Vacant(free) => {
                free.insert(value.clone());
            }
            // Both stand, ours first, as KrakenD adds the upstream's to its own.
            Entry::Occupied(mut taken) => {
                let behind: Vec<_> = taken.insert_mult(value.clone()).collect();
                for value in behind {
                    taken.append(value);
                }
            }
        }
    }
    theirs
}

fn tunnel(
    plan: &ProxyPlan,
    client: &Client<'_>,
    theirs: &HeaderMap,
    incoming: Incoming,
    under_way: Option<crate::upstream::UnderWay>,
) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    let Incoming::Http1(lease) = incoming else {
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        return response;
    };
    let (upstream, ahead) = lease.http1.into_stream();
    client.connection.tunnel.replace(Some(Tunnel {
        upstream,
        ahead,
        under_way,
    }));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    *response.headers_mut() = passed(&plan.headers, theirs.clone());
    hop::copy_upgrade(theirs, response.headers_mut());
    response
}
