//! `backend/http/client`: of its keys KrakenD Community honours one.

use haleway_document::Node;

use crate::context::Context;
use crate::key::{Key, enterprise, key};
use crate::reader::{Reader, Strictness};

/// Its keys.
pub(crate) static KEYS: &[Key] = &[
    key("send_body_on_redirect"),
    enterprise("no_redirect"),
    enterprise("client_tls"),
    enterprise("proxy_address"),
];

/// Whether a followed 307 or 308 sends the body again.
pub(crate) fn resends_body(context: &Context<'_>, node: Option<&Node>, place: &str) -> bool {
    let reader = node.and_then(|node| Reader::new(context, node, KEYS, place, Strictness::Ignores));
    let Some(reader) = reader else { return false };
    let resends = reader.flag("send_body_on_redirect");
    reader.finish();
    resends
}
