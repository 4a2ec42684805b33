//! One upstream call whose answer passes through unread.

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, Entry, TRANSFER_ENCODING};
use http::{HeaderMap, Response, StatusCode};
use tokio::time::{Duration, Instant};

use super::{failed, shadow};
use crate::body::Body;
use crate::call::{Answer, HELD_BYTES_MAX, RequestBody, Results, send};
use crate::client::Client;
use crate::fault::Fault;
use crate::health::{BreakerState, through};
use crate::hop::{self, Hop};
use crate::listener::Tunnel;
use crate::plan::ProxyPlan;
use crate::upstream::{GunzipBody, UpstreamBody};

/// Passes a request on and its answer back.
pub(super) async fn proxy(
    plan: &ProxyPlan,
    client: &Client<'_>,
    body: RequestBody,
) -> Response<Body> {
    let deadline = plan.timeout.map(|limit| Instant::now() + limit);
    // Pinned here, so that it stands in the future of the request once and not once per branch.
    let calling = std::pin::pin!(call(
        plan,
        client,
        body,
        deadline.unwrap_or_else(|| Instant::now() + FAR_AWAY)
    ));
    let answered = match deadline {
        Some(deadline) => {
            let answered = tokio::time::timeout_at(deadline, calling).await;
            answered.unwrap_or_else(|_| Err(Fault::timeout()))
        }
        None => calling.await,
    };
    match answered {
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

async fn call(
    plan: &ProxyPlan,
    client: &Client<'_>,
    mut body: RequestBody,
    deadline: Instant,
) -> Result<Answer, Fault> {
    let repeats = plan.call.retries_max > 0 && client.head.method.is_idempotent();
    if !plan.shadows.is_empty() || plan.call.resend_body {
        body.hold(HELD_BYTES_MAX).await?;
    } else if plan.buffer_request || repeats {
        // A larger one goes on its way all the same; it is tried once.
        body.hold_what_fits(HELD_BYTES_MAX).await?;
    }
    for call in &plan.shadows {
        let limit = plan.timeout.unwrap_or(FAR_AWAY);
        shadow::start(call, client, body.copy(), limit);
    }
    if plan.call.pool.is_none() {
        let text = "this call goes nowhere";
        return Err(Fault::new(crate::fault::FaultKind::NoEndpoint, text));
    }
    let results = Results::default();
    let answer = match &plan.call.breaker {
        None => send(&plan.call, client, results, &mut body, deadline).await?,
        Some(breaker) => Box::pin(guarded(plan, breaker, client, &mut body, deadline)).await?,
    };
    let switched = answer.reply.response.status() == StatusCode::SWITCHING_PROTOCOLS;
    if switched && !answer.reply.upgrade {
        let text = "the protocol was switched unasked";
        return Err(Fault::new(crate::fault::FaultKind::Protocol, text));
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
        return tunnel(plan, client, &head.headers, reply.lease, answer.under_way);
    }
    let packed = reply.gunzip
        && head
            .headers
            .get(CONTENT_ENCODING)
            .is_some_and(|coding| coding.as_bytes() == b"gzip");
    let body = UpstreamBody::new(incoming, reply.lease, deadline)
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
    // Chunks say where the body ends; a length beside them, which may be another one, is ignored
    // and must not reach the client (RFC 9112, 6.3).
    if theirs.contains_key(TRANSFER_ENCODING) {
        theirs.remove(CONTENT_LENGTH);
    }
    let hop = Hop::of(&theirs);
    let doomed: Vec<_> = theirs
        .keys()
        .filter(|name| !hop.passes(name))
        .cloned()
        .collect();
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
    lease: Option<crate::upstream::Lease>,
    under_way: Option<crate::upstream::UnderWay>,
) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    let Some(lease) = lease else {
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
