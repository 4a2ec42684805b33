//! Whether a try that failed may be followed by another one.

use haleway_health::What;

use super::exchange::Reply;
use super::plan::CallPlan;
use super::request_body::RequestBody;
use crate::client::Client;
use crate::fault::{Fault, FaultKind};

/// Whether a try may be followed by another one: it failed in a way that the call tries again, and
/// nothing was sent, or what was sent may be sent twice (RFC 9110, 9.2.2).
pub(super) fn may_repeat(
    call: &CallPlan,
    client: &Client<'_>,
    body: &RequestBody,
    reply: &Result<Reply, Fault>,
) -> bool {
    let on = &call.retry_on;
    let method = call.method.as_ref().unwrap_or(&client.head.method);
    let twice = (method.is_idempotent() || on.non_idempotent) && body.is_replayable();
    let fault = match reply {
        Ok(reply) => return twice && on.statuses.contains(&reply.response.status().as_u16()),
        Err(fault) => fault,
    };
    let unsent = !matches!(body, RequestBody::Sent);
    match (fault.kind, fault.what) {
        (FaultKind::Resolve | FaultKind::Connect | FaultKind::Tls, _) => on.error && unsent,
        (FaultKind::Timeout, What::ConnectTimeout | What::TlsTimeout) => on.timeout && unsent,
        (FaultKind::Timeout, _) => on.timeout && twice,
        (FaultKind::Reset, _) => on.error && twice,
        (FaultKind::Protocol | FaultKind::TooLarge, _) => on.invalid_header && twice,
        _ => false,
    }
}
