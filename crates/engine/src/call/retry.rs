//! Calls past gates, and calls that are made again when they fail.
//!
//! A try is settled at its gate before the next one begins, so that an endpoint that it ejects gets
//! no further request. A redirect that is followed is no new try.

use std::sync::Arc;

use haleway_health::What;
use tokio::time::Instant;

use super::exchange::exchange;
use super::follow::{Answer, answered, no_hosts};
use super::plan::CallPlan;
use super::request::{Head, Results};
use super::request_body::RequestBody;
use crate::client::Client;
use crate::fault::{Fault, FaultKind};
use crate::health::Entered;
use crate::upstream::{Member, PoolState};

/// Makes a call until it has an answer, its tries are used up, or it cannot be made again.
pub(super) async fn send(
    call: &CallPlan,
    client: &Client<'_>,
    results: Results<'_>,
    body: &mut RequestBody,
    deadline: Instant,
) -> Result<Answer, Fault> {
    let pool = call.pool.as_ref().ok_or_else(no_hosts)?;
    let (mut member, mut entered) = choose(pool, None, deadline).ok_or_else(no_hosts)?;
    let mut retries_left = call.retries_max;
    loop {
        let write = || Head::new(call, client, results, &member.base_path);
        let reply = exchange(client.worker, &member.endpoint, &write, body).await;
        let again = retries_left > 0
            && reply
                .as_ref()
                .is_err_and(|fault| may_repeat(call, client, body, fault));
        let what = match &reply {
            Ok(reply) => What::Status(reply.response.status().as_u16()),
            Err(fault) => fault.what,
        };
        if let Some(entered) = entered {
            entered.settle(what, !again);
        }
        let next = again
            .then(|| choose(pool, Some(&member), deadline))
            .flatten();
        let Some(next) = next else {
            return answered(call, client, results, member, reply, body).await;
        };
        (member, entered) = next;
        retries_left -= 1;
    }
}

type Choice = (Arc<Member>, Option<Entered>);

fn choose(
    pool: &Arc<PoolState>,
    failed: Option<&Arc<Member>>,
    deadline: Instant,
) -> Option<Choice> {
    match (&pool.gates, failed) {
        (Some(gates), failed) => {
            let (member, entered) = pool.enter(gates, failed, deadline)?;
            Some((member, Some(entered)))
        }
        (None, Some(failed)) => Some((pool.pick_other(failed)?, None)),
        (None, None) => Some((pool.pick()?, None)),
    }
}

/// Whether a failed try may be followed by another one: nothing was sent, or it may be sent twice
/// (RFC 9110, 9.2.2).
fn may_repeat(call: &CallPlan, client: &Client<'_>, body: &RequestBody, fault: &Fault) -> bool {
    let method = call.method.as_ref().unwrap_or(&client.head.method);
    match fault.kind {
        FaultKind::Resolve | FaultKind::Connect | FaultKind::Tls => {
            !matches!(body, RequestBody::Sent)
        }
        FaultKind::Reset | FaultKind::Timeout => method.is_idempotent() && body.is_replayable(),
        _ => false,
    }
}
