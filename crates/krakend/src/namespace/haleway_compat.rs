//! `haleway/compat`: where what KrakenD's documents print and what its code does differ, which of
//! the two is followed.

use haleway_document::{Diagnostic, Node};

use crate::code;
use crate::context::Context;
use crate::key::{Key, key};
use crate::reader::{Reader, Strictness};

/// Its keys.
pub(crate) static KEYS: &[Key] = &[key("health")];

/// Whether health endpoints answer as KrakenD's code does instead of as its documents print.
pub(crate) fn original_health(context: &Context<'_>, node: Option<&Node>) -> bool {
    let place = "haleway/compat";
    let reader = node.and_then(|node| Reader::new(context, node, KEYS, place, Strictness::Ignores));
    let Some(reader) = reader else { return false };
    let written = reader.text("health");
    reader.finish();
    match written {
        None => false,
        Some(word) if word.value == "original" => true,
        Some(word) if word.value == "documented" => false,
        Some(word) => {
            let message = format!(
                "{place}: `health` is `{}`, which is unknown, so `documented` serves",
                word.value
            );
            let finding = Diagnostic::warning(code::UNKNOWN_VALUE, message)
                .at(word.span, "")
                .help("write \"original\" or \"documented\"");
            context.report(finding);
            false
        }
    }
}
