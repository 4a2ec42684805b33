//! `/status/ready` on the status listener (`kong/status/ready.lua`): whether new requests should
//! come here.

use http::{HeaderMap, StatusCode};

use super::answer;
use super::node::Node;
use super::query::Arguments;
use super::request::media_type;
use super::view::{EMPTY_HASH, View};
use crate::answer::Answer;

/// 200, or 503 with the reason.
pub(super) fn ready(node: &Node, view: &View) -> Answer {
    let reason = if node.is_draining() {
        "draining"
    } else if view.facts().hash == EMPTY_HASH {
        "no configuration available (empty configuration present)"
    } else {
        return answer::message(StatusCode::OK, "ready");
    };
    answer::message(StatusCode::SERVICE_UNAVAILABLE, reason)
}

/// `status=draining`: from now on readiness says no. Requests are served as before.
pub(super) fn leave(node: &Node, headers: &HeaderMap, body: &[u8]) -> Answer {
    let wanted = match media_type(headers).as_str() {
        "application/json" => serde_json::from_slice::<serde_json::Value>(body)
            .ok()
            .and_then(|body| Some(body.get("status")?.as_str()?.to_owned())),
        _ => {
            let arguments = Arguments::of(&String::from_utf8_lossy(body));
            arguments.value("status").map(str::to_owned)
        }
    };
    if wanted.as_deref() != Some("draining") {
        let message = "expected a status of 'draining'";
        return answer::message(StatusCode::BAD_REQUEST, message);
    }
    node.leave();
    answer::empty(StatusCode::NO_CONTENT)
}
