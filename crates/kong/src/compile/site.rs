//! The site that all listeners of the proxy serve.

use haleway_blueprint::{
    BodySizeLimit, HeadLimit, MethodFilter, Origin, OwnAnswer, Refusal, Routing, Site, SiteId,
    StatusMessage, Step, Unmatched,
};

use super::attach::Attachments;
use super::pools::Pools;
use super::{Compilation, header_names, log, routes, voice};
use crate::setting::{HeaderBuffers, bytes, client_address};

/// The site.
pub(super) fn site(compilation: &Compilation<'_>, pools: &mut Pools) -> Site {
    let attachments = Attachments::new(compilation);
    let message = OwnAnswer::Message(StatusMessage::new(
        404,
        "no Route matched with those values",
    ));
    Site {
        id: SiteId("kong".to_owned()),
        steps: [methods(), head_limit(compilation)]
            .into_iter()
            .chain(body_limit(compilation))
            .collect(),
        routing: Routing::Requests,
        routes: routes::routes(compilation, pools, &attachments),
        unmatched: Unmatched {
            steps: attachments.unmatched(),
            not_found: message.clone(),
            method_not_allowed: message,
        },
        voice: voice::voice(compilation),
        client_address: client_address(compilation.settings),
        access_log: log::access_log(compilation),
        header_names: header_names::header_names(&attachments),
    }
}

/// nginx refuses these before Kong sees them.
fn methods() -> Step {
    Step::MethodFilter(MethodFilter {
        refused: vec!["TRACE".to_owned(), "CONNECT".to_owned()],
        refusal: Refusal::new(405, "Method not allowed"),
    })
}

/// How large nginx lets the head of a request be.
fn head_limit(compilation: &Compilation<'_>) -> Step {
    let buffers = HeaderBuffers::read(compilation.settings);
    Step::HeadLimit(HeadLimit {
        line_bytes_max: buffers.size_bytes,
        bytes_max: buffers.bytes_max(),
        target_too_long: Refusal::new(414, "URI too long"),
        headers_too_large: Refusal::new(400, "Request header or cookie too large"),
    })
}

/// `client_max_body_size` of nginx; 0 sets no limit.
fn body_limit(compilation: &Compilation<'_>) -> Option<Step> {
    let name = "nginx_http_client_max_body_size";
    let text = compilation.settings.text(name);
    let Some(bytes_max) = bytes(text) else {
        let what = format!("\"client_max_body_size\" directive invalid value: '{text}'");
        compilation.settings.refuse(name, &what);
        return None;
    };
    (bytes_max > 0).then(|| {
        Step::BodySizeLimit(BodySizeLimit {
            bytes_max,
            too_large: Refusal::new(413, "Payload too large"),
            too_large_expected: Refusal::new(413, "Payload too large"),
            length_required: None,
            origin: Origin::default_value(),
        })
    })
}
