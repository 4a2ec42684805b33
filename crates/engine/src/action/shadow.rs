//! Calls that are made beside the real ones and whose answers nobody reads.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use tokio::task::spawn_local;
use tokio::time::{Instant, timeout_at};
use tracing::debug;

use crate::call::{CallPlan, RequestBody, Results, send};
use crate::client::{Client, HeldClient};
use crate::fault::Fault;
use crate::health::through;

/// Starts a call and forgets it. It has its own time limit, and the client does not wait for it.
pub(super) fn start(
    call: &Arc<CallPlan>,
    client: &Client<'_>,
    mut body: RequestBody,
    limit: Duration,
) {
    let limit = call.timeout.unwrap_or(limit);
    let call = call.clone();
    let held = HeldClient::of(client);
    let deadline = Instant::now() + limit;
    spawn_local(async move {
        let calling = async {
            let gone = || Fault::new(crate::fault::FaultKind::NoEndpoint, "the listener is gone");
            let client = held.client().ok_or_else(gone)?;
            let sending = send(&call, &client, Results::default(), &mut body, deadline);
            let answer = match &call.breaker {
                Some(breaker) => through(breaker, deadline, sending).await?,
                None => sending.await?,
            };
            let mut rest = answer.into_body(None);
            while let Some(Ok(_)) = rest.frame().await {}
            Ok::<_, Fault>(())
        };
        match timeout_at(deadline, calling).await {
            Ok(Ok(())) => {}
            Ok(Err(fault)) => debug!(fault = ?fault.kind, "shadow: {}", fault.text),
            Err(_) => debug!("shadow: it took too long"),
        }
    });
}
