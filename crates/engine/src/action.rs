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

pub(crate) use proxy::proxy;

/// Runs the action of a client's route. Proxying, which is most of all and must cost the least, is
/// [`proxy`] itself.
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
        ActionPlan::Echo => echo::echo(client.head, body).await,
        ActionPlan::Proxy(plan) => proxy(plan, client, body).await,
        ActionPlan::Compose(plan) => compose::compose(plan, client, body).await,
    }
}
