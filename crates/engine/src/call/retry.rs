//! Calls past gates, and calls that are made again when they fail.
//!
//! A try is settled at its gate before the next one begins, so that an endpoint that it ejects gets
//! no further request. A redirect that is followed is no new try.

use std::sync::Arc;

use haleway_health::What;
use smallvec::SmallVec;
use tokio::time::Instant;

use super::exchange::exchange;
use super::follow::{Answer, answered, no_hosts, seen};
use super::key::{Key, sticky_cookie};
use super::plan::CallPlan;
use super::repeat::may_repeat;
use super::request::{Head, Results};
use super::request_body::RequestBody;
use crate::client::Client;
use crate::fault::{Fault, FaultKind};
use crate::upstream::{Ask, Member, Picked, PoolState, Refused};

/// Members that failed a request and are remembered without an allocation.
const FAILED_USUAL: usize = 4;

/// Makes a call until it has an answer, its tries are used up, or it cannot be made again.
pub(super) async fn send(
    call: &CallPlan,
    client: &Client<'_>,
    results: Results<'_>,
    body: &mut RequestBody,
    deadline: Instant,
) -> Result<Answer, Fault> {
    let pool = call.pool.as_ref().ok_or_else(no_hosts)?;
    let search = Search {
        pool,
        key: Key::of(&pool.blueprint.balance, client),
        client,
        deadline,
    };
    let mut failed: SmallVec<[Arc<Member>; FAILED_USUAL]> = SmallVec::new();
    let mut picked = search.pick(&failed).await?;
    let mut retries_left = call.retries_max;
    loop {
        let Picked {
            member,
            entered,
            under_way,
            ..
        } = picked;
        let write = || Head::new(call, client, results, &member.base_path);
        client.visit.tries(&member.endpoint);
        let limits = call.try_limits;
        let reply = exchange(client.worker, &member.endpoint, limits, &write, body).await;
        client.visit.answered(seen(&reply));
        let again = retries_left > 0 && may_repeat(call, client, body, &reply);
        let what = match &reply {
            Ok(reply) => What::Status(reply.response.status().as_u16()),
            Err(fault) => fault.what,
        };
        if let Some(entered) = entered {
            entered.settle(what, !again);
        }
        if !again {
            return answered(call, client, results, (member, under_way), reply, body).await;
        }
        failed.push(member);
        picked = search.pick(&failed).await?;
        retries_left -= 1;
    }
}

/// A request that looks for an endpoint.
struct Search<'a> {
    pool: &'a Arc<PoolState>,
    key: Key<'a>,
    client: &'a Client<'a>,
    deadline: Instant,
}

impl Search<'_> {
    async fn pick(&self, failed: &[Arc<Member>]) -> Result<Picked, Fault> {
        let ask = Ask {
            key: self.key.hashed.as_deref(),
            sticky: self.key.sticky,
            failed,
            deadline: self.deadline,
        };
        let picked = self.pool.choose(&ask).await.map_err(refused)?;
        if let Some(value) = &picked.set_sticky
            && let Some(cookie) = sticky_cookie(&self.pool.blueprint.balance, value)
        {
            self.client.visit.set_cookie(&cookie);
        }
        Ok(picked)
    }
}

/// No endpoint was picked.
pub(super) fn refused(refused: Refused) -> Fault {
    match refused {
        Refused::NoEndpoint => no_hosts(),
        Refused::NotResolved(unresolved) => Fault::new(FaultKind::Resolve, unresolved.to_string()),
    }
}
