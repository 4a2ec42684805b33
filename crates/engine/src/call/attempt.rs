//! One try of a call: the search for an endpoint, and the exchange with it.

use std::sync::Arc;

use tokio::time::Instant;

use super::exchange::{Reply, Span, exchange};
use super::follow::{no_hosts, seen};
use super::hedge::{self, Written};
use super::key::{Key, sticky_cookie};
use super::message::{Calling, Source};
use super::plan::CallPlan;
use super::request::Results;
use super::request_body::RequestBody;
use crate::client::Client;
use crate::fault::{Fault, FaultKind};
use crate::health::Entered;
use crate::upstream::{Ask, Member, Picked, PoolState, Refused, UnderWay};

/// A request that looks for an endpoint.
pub(super) struct Search<'a> {
    pub(super) pool: &'a Arc<PoolState>,
    pub(super) key: Key<'a>,
    pub(super) client: &'a Client<'a>,
    pub(super) deadline: Instant,
}

impl Search<'_> {
    /// The next endpoint, behind those that failed.
    ///
    /// # Errors
    /// There is none.
    pub(super) async fn pick(&self, failed: &[Arc<Member>]) -> Result<Picked, Fault> {
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

/// What came of a try, not yet booked.
pub(super) struct Tried {
    pub(super) member: Arc<Member>,
    pub(super) entered: Option<Entered>,
    pub(super) under_way: Option<UnderWay>,
    pub(super) reply: Result<Reply, Fault>,
}

/// Makes one try.
///
/// # Errors
/// The request cannot be written.
pub(super) async fn attempt(
    search: &Search<'_>,
    (call, results): (&CallPlan, Results<'_>),
    body: &mut RequestBody,
    picked: Picked,
    failed: &[Arc<Member>],
) -> Result<Tried, Fault> {
    let client = search.client;
    let tried = match hedge::gates(search, call, body) {
        Some(gates) => {
            let written = Written {
                call,
                results,
                body,
            };
            Box::pin(hedge::attempt(search, gates, written, picked, failed)).await?
        }
        None => {
            let Picked {
                member,
                entered,
                under_way,
                ..
            } = picked;
            let span = Span {
                began: client.visit.tries(&member.endpoint),
                limits: call.try_limits,
            };
            let calling = Calling {
                call,
                client,
                results,
                base_path: &member.base_path,
            };
            let source = Source::Call(&calling);
            let reply = exchange(client.worker, &member.endpoint, span, source, body).await;
            Tried {
                member,
                entered,
                under_way,
                reply,
            }
        }
    };
    client.visit.answered(seen(&tried.reply));
    Ok(tried)
}

/// No endpoint was picked.
pub(super) fn refused(refused: Refused) -> Fault {
    match refused {
        Refused::NoEndpoint => no_hosts(),
        Refused::NotResolved(unresolved) => Fault::new(FaultKind::Resolve, unresolved.to_string()),
    }
}
