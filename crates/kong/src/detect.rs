//! Whether a document is Kong's, and what it needs beside itself.

use haleway_blueprint::{Supplies, Wants};
use haleway_document::Node;

use crate::Options;
use crate::read;
use crate::schema::variable;
use crate::setting;

/// Whether a document looks like Kong's: an object with `_format_version`.
#[must_use]
pub fn detects(root: &Node) -> bool {
    root.get("_format_version").is_some()
}

/// The files and variables that a document, `kong.conf` and the settings name. What is `known`
/// already may name more: ask again until nothing new is wanted.
#[must_use]
pub fn wants(root: &Node, options: &Options, known: &Supplies) -> Wants {
    let mut wants = setting::declared_wants(options);
    let prefixes = read::vault_prefixes(root);
    read::visit_texts(root, &mut |text| {
        wants.variables.extend(variable(text, &prefixes));
    });
    for (name, text) in setting::written(options, known) {
        let files = setting::files(&name, &text);
        wants.files.extend(files.into_iter().map(str::to_owned));
    }
    wants
}
