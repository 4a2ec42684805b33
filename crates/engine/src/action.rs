//! What happens to a request that found its route.

mod compose;
mod echo;
mod failed;
mod join;
mod part;
mod proxy;
mod shadow;

use http::Response;

use crate::body::Body;
use crate::call::RequestBody;
use crate::client::Client;
use crate::plan::ActionPlan;

/// Runs the action of a client's route.
pub(crate) async fn run(client: &Client<'_>, body: RequestBody) -> Response<Body> {
    match &client.route.action {
        ActionPlan::Respond(respond) => respond.answer(),
        ActionPlan::Message(said) => {
            let Client {
                site, head, visit, ..
            } = client;
            let text = said.message.clone().into();
            site.voice.message(said.status, text, &head.headers, visit)
        }
        // The future of every request is as large as the largest action in it, and is moved once
        // per request: the large ones stand apart, so that passing through stays small.
        ActionPlan::Echo => Box::pin(echo::echo(client.head, body)).await,
        ActionPlan::Proxy(plan) => proxy::proxy(plan, client, body).await,
        ActionPlan::Compose(plan) => Box::pin(compose::compose(plan, client, body)).await,
    }
}
