//! Second tries: a request that waits for an endpoint in doubt is sent to another one, too, within
//! the pool's budget, and the first answer is the request's.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use haleway_health::What;
use tokio::task::spawn_local;
use tokio::time::{Instant, timeout_at};

use super::attempt::{Search, Tried};
use super::exchange::{Span, exchange};
use super::message::Source;
use super::plan::CallPlan;
use super::request::{Head, Results};
use super::request_body::RequestBody;
use crate::client::Client;
use crate::fault::Fault;
use crate::health::{Entered, PoolGates};
use crate::upstream::{Member, Picked, UnderWay};
use crate::worker::Worker;

/// The gates of a pool whose requests may be sent twice, if this one may.
pub(super) fn gates<'a>(
    search: &Search<'a>,
    call: &CallPlan,
    body: &RequestBody,
) -> Option<&'a Arc<PoolGates>> {
    let gates = search.pool.gates.as_ref()?;
    let method = call.method.as_ref().unwrap_or(&search.client.head.method);
    let fits = gates.hedges() && method.is_idempotent() && body.is_replayable();
    fits.then_some(gates)
}

/// Makes a try, and a second one elsewhere where its endpoint falls silent.
///
/// # Errors
/// The request cannot be written.
pub(super) async fn attempt(
    search: &Search<'_>,
    gates: &Arc<PoolGates>,
    written: Written<'_>,
    picked: Picked,
    failed: &[Arc<Member>],
) -> Result<Tried, Fault> {
    let member = picked.member.clone();
    let suspected = picked.entered.as_ref().map(Entered::suspected);
    let mut first = written.attempt(search.client, picked)?;
    let Some(suspected) = suspected else {
        return Ok(first.await);
    };
    tokio::select! {
        biased;
        tried = &mut first => return Ok(tried),
        () = suspected => {}
    }
    let mut avoided = failed.to_vec();
    avoided.push(member.clone());
    let second = search.pick(&avoided).await.ok();
    let second = second.filter(|it| !Arc::ptr_eq(&it.member, &member) && gates.may_hedge());
    let Some(second) = second else {
        return Ok(first.await);
    };
    let mut second = written.attempt(search.client, second)?;
    let (tried, other) = tokio::select! {
        biased;
        tried = &mut first => (tried, second),
        tried = &mut second => (tried, first),
    };
    if tried.reply.is_err() {
        tried.settle(true);
        return Ok(other.await);
    }
    go_on(other, search.deadline);
    Ok(tried)
}

/// The slower try goes on by itself until it is settled or its time is over: what comes of it says
/// whether its endpoint is back, and while it is a trial nobody else has to wait for that.
fn go_on(attempt: Attempt, deadline: Instant) {
    spawn_local(async move {
        if let Ok(tried) = timeout_at(deadline, attempt).await {
            tried.settle(false);
        }
    });
}

/// A try that owns what it needs.
type Attempt = Pin<Box<dyn Future<Output = Tried>>>;

/// What both tries send.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) call: &'a CallPlan,
    pub(super) results: Results<'a>,
    pub(super) body: &'a RequestBody,
}

impl Written<'_> {
    fn attempt(&self, client: &Client<'_>, picked: Picked) -> Result<Attempt, Fault> {
        let head = Head::new(self.call, client, self.results, &picked.member.base_path)?;
        let span = Span {
            began: client.visit.tries(&picked.member.endpoint),
            limits: self.call.try_limits,
        };
        Ok(Box::pin(send(Sending {
            worker: client.worker.clone(),
            span,
            head,
            body: self.body.copy(),
            member: picked.member,
            entered: picked.entered,
            under_way: picked.under_way,
        })))
    }
}

struct Sending {
    worker: Rc<Worker>,
    span: Span,
    head: Head,
    body: RequestBody,
    member: Arc<Member>,
    entered: Option<Entered>,
    under_way: Option<UnderWay>,
}

async fn send(mut sending: Sending) -> Tried {
    let endpoint = &sending.member.endpoint;
    let reply = exchange(
        &sending.worker,
        endpoint,
        sending.span,
        Source::Head(&sending.head),
        &mut sending.body,
    );
    let reply = reply.await;
    Tried {
        member: sending.member,
        entered: sending.entered,
        under_way: sending.under_way,
        reply,
    }
}

impl Tried {
    /// Books what came of the try.
    pub(super) fn settle(self, again: bool) {
        let what = self.what();
        if let Some(entered) = self.entered {
            entered.settle(what, !again);
        }
    }

    /// What was seen of the endpoint.
    pub(super) fn what(&self) -> What {
        match &self.reply {
            Ok(reply) => What::Status(reply.response.status().as_u16()),
            Err(fault) => fault.what,
        }
    }
}
