//! What happens to a request that found its route.

mod compose;
mod echo;
mod failed;
mod join;
mod part;
mod proxy;
mod shadow;

use http::Response;
use hyper::body::Incoming;

use crate::body::Body;
use crate::plan::ActionPlan;
use crate::serve::Client;

/// Runs the action of a client's route.
pub(crate) async fn run(client: &Client<'_>, incoming: Incoming) -> Response<Body> {
    match &client.route.action {
        ActionPlan::Respond(respond) => respond.answer(),
        ActionPlan::Echo => echo::echo(client.head, incoming).await,
        ActionPlan::Proxy(plan) => proxy::proxy(plan, client, incoming).await,
        ActionPlan::Compose(plan) => compose::compose(plan, client, incoming).await,
    }
}
