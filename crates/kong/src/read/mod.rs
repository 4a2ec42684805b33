//! From a declarative file to entities.
//!
//! What is read in which order follows Kong's `declarative_config.lua`: fields by their tables,
//! ids, references, and at last what must be unique. Everything that is wrong is said in one run.

mod draft;
mod frame;
pub(crate) mod identity;
mod migrate;
mod plugin;
mod resolve;

use haleway_document::{Node, Value};

use crate::context::Context;
use crate::entity::{EntityKind, Store};
use crate::schema::Vaults;

pub(crate) use frame::format_version;

/// What reading depends on beside the document.
pub(crate) struct Reading<'a> {
    /// Where findings go.
    pub(crate) context: &'a Context<'a>,
    /// What references to secrets mean.
    pub(crate) vaults: Vaults,
    /// Routes may be expressions.
    pub(crate) expressions: bool,
    /// Names of plugins that may be used; `bundled` stands for all that come along.
    pub(crate) plugins: Vec<String>,
}

impl Reading<'_> {
    /// Whether the settings let a plugin be used.
    fn enables(&self, plugin: &str) -> bool {
        let names = self.plugins.iter().map(String::as_str);
        names
            .into_iter()
            .any(|name| name == "bundled" || name == plugin)
    }
}

/// Reads a document. `None`, after findings, where it is none of Kong's.
pub(crate) fn read(reading: &Reading<'_>, root: &Node) -> Option<Store> {
    let frame = frame::read(reading, root)?;
    let mut root = root.clone();
    if frame.migrates {
        migrate::mark_patterns(reading.context, &mut root);
    }
    let mut drafts = draft::drafts(reading, &root);
    plugin::configure(reading, &mut drafts);
    if frame.transforms {
        draft::hash_passwords(&mut drafts);
    }
    resolve::resolve(reading.context, &mut drafts);
    Some(resolve::store(reading.context, drafts))
}

/// Reads one entity for what is wrong with it alone: nothing that it refers to need be there.
pub(crate) fn read_one(reading: &Reading<'_>, kind: &'static EntityKind, node: &Node) {
    let mut drafts = draft::one(reading, kind, node);
    plugin::configure(reading, &mut drafts);
}

/// The prefixes of references to secrets, from the `vaults` of a document.
pub(crate) fn vault_prefixes(root: &Node) -> std::collections::BTreeMap<String, String> {
    let vaults = root.get("vaults").and_then(Node::as_array).unwrap_or(&[]);
    let prefixes = vaults.iter().filter_map(|vault| {
        let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
        let prefix =
            text(vault, "prefix").filter(|_| text(vault, "name").as_deref() == Some("env"))?;
        let head = vault
            .get("config")
            .and_then(|config| text(config, "prefix"));
        Some((prefix, head.unwrap_or_default()))
    });
    prefixes.collect()
}

/// Every text of a tree.
pub(crate) fn visit_texts(node: &Node, visit: &mut dyn FnMut(&str)) {
    match &node.value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().for_each(|item| visit_texts(item, visit)),
        Value::Object(entries) => entries
            .iter()
            .for_each(|entry| visit_texts(&entry.node, visit)),
        _ => {}
    }
}
