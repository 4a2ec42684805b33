//! `router.error_body`: JSON bodies for requests that find no route (krakend-ce 2.1).

use crate::code;
use crate::context::Context;
use crate::json;
use crate::key::{Key, key};
use crate::reader::{Reader, Strictness};

use haleway_document::{Diagnostic, Node};

/// Its keys.
pub(crate) static KEYS: &[Key] = &[key("404"), key("405")];

/// The bodies, where they are given.
#[derive(Default)]
pub(crate) struct ErrorBodies {
    pub(crate) not_found: Option<String>,
    pub(crate) method_not_allowed: Option<String>,
}

/// Reads the key of the router's block.
pub(crate) fn read(context: &Context<'_>, router: &Reader<'_>) -> ErrorBodies {
    let reader = router.node("error_body").and_then(|node| {
        Reader::new(
            context,
            node,
            KEYS,
            "router.error_body",
            Strictness::Ignores,
        )
    });
    let Some(reader) = reader else {
        return ErrorBodies::default();
    };
    let body = |key| reader.node(key).and_then(|node| text(context, node));
    let bodies = ErrorBodies {
        not_found: body("404"),
        method_not_allowed: body("405"),
    };
    reader.finish();
    bodies
}

fn text(context: &Context<'_>, node: &Node) -> Option<String> {
    let text = json::text(node);
    if text.is_none() {
        let message = "router.error_body: a value is nested too deeply and is left out";
        context.report(Diagnostic::warning(code::TOO_DEEP, message).at(node.span, ""));
    }
    text
}
