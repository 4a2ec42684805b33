//! Files of the formats 1.1 and 2.1: paths that look like patterns get the `~` that Kong 3 asks for
//! (`kong/db/declarative/migrations/route_path.lua`), the others their normal form.

use haleway_document::{Diagnostic, Entry, Node, Value};

use crate::code;
use crate::context::Context;

/// Marks the patterns among the paths of all routes, those inside of services included.
pub(super) fn mark_patterns(context: &Context<'_>, root: &mut Node) {
    for route in items(root, "routes") {
        mark(context, route);
    }
    for service in items(root, "services") {
        for route in items(service, "routes") {
            mark(context, route);
        }
    }
}

fn mark(context: &Context<'_>, route: &mut Node) {
    for path in items(route, "paths") {
        let Value::String(text) = &mut path.value else {
            continue;
        };
        if !is_pattern(text) {
            *text = haleway_routing::normalise_path(text).into_owned();
            continue;
        }
        *text = format!("~{text}");
        let message =
            format!("`{text}` is read as a pattern, as Kong migrates files of this format");
        context.report(
            Diagnostic::note(code::MIGRATED, message)
                .at(path.span, "")
                .help("write the `~` and `_format_version: \"3.0\"`"),
        );
    }
}

/// Whether Kong 2 took a path for a pattern: it has a letter that plain paths do not have.
fn is_pattern(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_~/%".contains(c);
    path.starts_with('/') && !path.chars().all(plain)
}

fn items<'a>(node: &'a mut Node, key: &str) -> &'a mut [Node] {
    let Value::Object(entries) = &mut node.value else {
        return &mut [];
    };
    let entry: Option<&mut Entry> = entries.iter_mut().find(|entry| entry.key.text == key);
    match entry.map(|entry| &mut entry.node.value) {
        Some(Value::Array(items)) => items,
        _ => &mut [],
    }
}

#[cfg(test)]
mod tests {
    use super::is_pattern;

    #[test]
    fn patterns_show_by_their_letters() {
        assert!(is_pattern("/a/(b|c)") && is_pattern(r"/\d+") && is_pattern("/a$"));
        assert!(!is_pattern("/a/b-c.d_~%20") && !is_pattern("~/a+"));
    }
}
