//! `KRAKEND_PORT` and the like: values of the environment that stand above those of the document.
//! KrakenD 2.12 takes them for every scalar of the root; 1.x only where the document has the key.

use haleway_document::{Diagnostic, Node, Value, nearest};

use crate::code;
use crate::context::Context;
use crate::reader::Override;
use crate::root::{ROOT_KEYS, SCALARS};

/// How the variables begin.
pub(crate) const PREFIX: &str = "KRAKEND_";

/// The values of the environment for keys of the root.
pub(crate) fn overrides(context: &Context<'_>, root: &Node) -> Vec<Override> {
    let mut found = Vec::new();
    for (variable, value) in &context.supplies.variables {
        let Some(rest) = variable.strip_prefix(PREFIX) else {
            continue;
        };
        let written = rest.to_ascii_lowercase();
        let key = ROOT_KEYS.iter().find(|key| key.name == written);
        let Some(key) = key.filter(|key| SCALARS.contains(&key.name)) else {
            warn_if_near(context, variable, &written);
            continue;
        };
        let place = root.get(key.name);
        if place.is_none() && !context.profile.environment_adds_keys {
            let message = format!(
                "{variable} is not taken: the document has no `{}`",
                key.name
            );
            let help =
                "KrakenD 1.x replaces values from the environment only where the document has them";
            context.report(Diagnostic::warning(code::ENVIRONMENT, message).help(help));
            continue;
        }
        let mut span = root.span;
        span.end = span.start;
        let span = place.map_or(span, |node| node.span);
        let node = Node {
            value: Value::String(value.clone()),
            span,
        };
        found.push(Override {
            key: key.name,
            variable: variable.clone(),
            node,
        });
    }
    found
}

/// Other programs have variables that begin so, too: only what looks misspelt is worth a word.
fn warn_if_near(context: &Context<'_>, variable: &str, written: &str) {
    if let Some(hint) = nearest(written, SCALARS.iter().copied()) {
        let hint = hint.to_ascii_uppercase();
        let message = format!("{variable} names no key of the configuration");
        context.report(
            Diagnostic::warning(code::ENVIRONMENT, message)
                .help(format!("did you mean {PREFIX}{hint}?")),
        );
    }
}
