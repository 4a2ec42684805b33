//! Finds an endpoint for a connection and connects to it.

use std::net::IpAddr;
use std::sync::Arc;

use haleway_health::What;
use smallvec::SmallVec;
use tokio::time::{Instant, timeout};
use tracing::debug;

use super::StreamRoutePlan;
use crate::fault::{Fault, FaultKind};
use crate::upstream::{Ask, EndpointState, Member, Picked, Stream, UnderWay, connect};

/// An endpoint's connection, with what it adds to its load.
pub(super) type Reached = (Stream, Option<UnderWay>);

/// Connects to an endpoint of a route: to another one where that fails, as long as the route allows
/// for it. Endpoints that have failed come last.
///
/// # Errors
/// None of those that were tried can be reached.
pub(super) async fn reach(route: &StreamRoutePlan, client: IpAddr) -> Result<Reached, Fault> {
    let mut failed: SmallVec<[Arc<Member>; 4]> = SmallVec::new();
    let address = client.to_string();
    loop {
        let ask = Ask {
            key: Some(address.as_bytes()),
            sticky: None,
            failed: &failed,
            deadline: Instant::now() + route.connect,
        };
        let refused = |_| Fault::new(FaultKind::NoEndpoint, "no endpoint is to be had");
        let picked = route.pool.choose(&ask).await.map_err(refused)?;
        let last = failed.len() >= route.retries_max;
        let member = picked.member.clone();
        match attempt(route, picked, last).await {
            Err(fault) if !last => {
                debug!(
                    route = route.name,
                    "{}; another endpoint is tried", fault.text
                );
                failed.push(member);
            }
            done => return done,
        }
    }
}

/// Connects to one endpoint and books what came of it.
async fn attempt(
    route: &StreamRoutePlan,
    mut picked: Picked,
    last: bool,
) -> Result<Reached, Fault> {
    let endpoint = &picked.member.endpoint;
    endpoint.count_request();
    let connected = in_time(route, endpoint).await;
    let what = match &connected {
        Ok(_) => What::Connected,
        Err(fault) => fault.what,
    };
    if let Some(entered) = picked.entered.take() {
        entered.settle(what, last || connected.is_ok());
    }
    if connected.is_err() {
        endpoint.count_failure();
    }
    // What it owes from now on nobody knows: to be connected is the answer.
    let under_way = picked.under_way.take();
    connected.map(|stream| (stream, under_way.map(UnderWay::answered)))
}

async fn in_time(route: &StreamRoutePlan, endpoint: &Arc<EndpointState>) -> Result<Stream, Fault> {
    let connecting = timeout(route.connect, connect(endpoint)).await;
    connecting.unwrap_or_else(|_| {
        let text = "the connection took too long";
        Err(Fault::new(FaultKind::Timeout, text).seen(What::ConnectTimeout))
    })
}
