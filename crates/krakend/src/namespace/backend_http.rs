//! `backend/http`: how errors of a backend reach the client (lura, transport/http/client/status.go).

use haleway_blueprint::StatusPolicy;
use haleway_document::Node;

use crate::context::Context;
use crate::key::{Key, key};
use crate::reader::{Reader, Strictness};

/// Its keys.
pub(crate) static KEYS: &[Key] = &[key("return_error_details"), key("return_error_code")];

/// How statuses of a backend count.
pub(crate) fn status_policy(
    context: &Context<'_>,
    node: Option<&Node>,
    place: &str,
) -> StatusPolicy {
    let profile = context.profile;
    let plain = StatusPolicy::Success(profile.status_text);
    let reader = node.and_then(|node| Reader::new(context, node, KEYS, place, Strictness::Ignores));
    let Some(reader) = reader else { return plain };
    let details = reader.text("return_error_details").map(|it| it.value);
    let asks_details = reader.node("return_error_details").is_some();
    let code = reader.flag("return_error_code");
    reader.finish();
    match details {
        Some(name) if !name.is_empty() => StatusPolicy::Details {
            name,
            body_encoding: profile.details_body_encoding,
        },
        _ if code && !asks_details => StatusPolicy::Code,
        _ => plain,
    }
}
