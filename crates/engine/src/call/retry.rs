//! Makes a call, past the gates of its pool, and again when it fails.
//!
//! A try is settled at its gate before the next one begins, so that an endpoint that it ejects gets
//! no further request. A redirect that is followed is no new try.

use std::sync::Arc;

use smallvec::SmallVec;
use tokio::time::Instant;

use super::attempt::{Search, Tried, attempt};
use super::follow::{Answer, is_final, no_hosts, redirected};
use super::key::Key;
use super::plan::CallPlan;
use super::repeat::may_repeat;
use super::request::Results;
use super::request_body::RequestBody;
use crate::client::Client;
use crate::fault::Fault;
use crate::upstream::Member;

/// Members that failed a request and are remembered without an allocation.
const FAILED_USUAL: usize = 4;

/// Makes a call for a client until it has an answer, its tries are used up, or it cannot be made
/// again; redirects are followed. The caller gives up at the deadline.
pub(crate) async fn send(
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
        let tried = attempt(&search, (call, results), body, picked, &failed).await?;
        let again = retries_left > 0 && may_repeat(call, client, body, &tried.reply);
        let what = tried.what();
        let Tried {
            member,
            entered,
            under_way,
            reply,
        } = tried;
        if let Some(entered) = entered {
            entered.settle(what, !again);
        }
        if !again {
            return match reply {
                Ok(reply) if is_final(call, &reply) => Ok(Answer::new(reply, member, under_way)),
                // Failures and redirects are rare: only they pay for a second copy of the head,
                // and for a future of their own.
                reply => Box::pin(redirected(call, client, results, member, reply, body)).await,
            };
        }
        client.visit.leaves(&member.endpoint, what);
        failed.push(member);
        picked = search.pick(&failed).await?;
        retries_left -= 1;
    }
}
