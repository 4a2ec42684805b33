//! The root of a declarative file: its version, and the keys that are no entities.

use haleway_document::{Diagnostic, Node, Span, nearest};

use super::Reading;
use crate::code;
use crate::entity;

/// What the root says about the rest.
pub(super) struct Frame {
    /// Older paths are migrated.
    pub(super) migrates: bool,
    /// Passwords are written as they are typed.
    pub(super) transforms: bool,
}

/// The versions of the format.
const VERSIONS: &[&str] = &["1.1", "2.1", "3.0"];

/// Keys that are no entities. `_info`, `_workspace`, `_konnect` and `_plugin_configs` are decK's.
const FRAME_KEYS: &[&str] = &[
    "_format_version",
    "_transform",
    "_comment",
    "_ignore",
    "_info",
    "_workspace",
    "_konnect",
    "_plugin_configs",
];

/// The key that says the version.
pub(crate) const FORMAT_VERSION: &str = "_format_version";

/// Entities of Kong Enterprise, which its free edition calls unknown fields.
const ENTERPRISE: &[&str] = &[
    "consumer_groups",
    "consumer_group_consumers",
    "consumer_group_plugins",
    "licenses",
    "rbac_roles",
    "rbac_users",
    "workspaces",
    "files",
    "partials",
    "custom_plugins",
    "degraphql_routes",
    "event_hooks",
];

/// The version that a document says.
pub(crate) fn format_version(root: &Node) -> Option<&str> {
    let version = root.get(FORMAT_VERSION)?.as_str()?;
    VERSIONS.iter().copied().find(|known| *known == version)
}

/// Reads the root. `None`, after findings, where it is no declarative file.
pub(super) fn read(reading: &Reading<'_>, root: &Node) -> Option<Frame> {
    let Some(entries) = root.as_object() else {
        let message = "failed parsing declarative configuration: expected an object";
        reading.context.report(
            Diagnostic::error(code::WRONG_TYPE, message)
                .at(root.span, "")
                .worded("error", message),
        );
        return None;
    };
    for entry in entries {
        let name = entry.key.text.as_str();
        if !FRAME_KEYS.contains(&name) && entity::kind(name, false).is_none() {
            unknown(reading, name, entry.key.span);
        }
    }
    let version = version(reading, root);
    let transforms = match root.get("_transform").map(|node| (node, node.as_bool())) {
        None => true,
        Some((_, Some(value))) => value,
        Some((node, None)) => {
            let message = "`_transform`: expected a boolean";
            let finding = Diagnostic::error(code::WRONG_TYPE, message).at(node.span, "");
            let finding = finding.worded("_transform", "expected a boolean");
            reading.context.report(finding);
            true
        }
    };
    Some(Frame {
        migrates: matches!(version, Some("1.1" | "2.1")),
        transforms,
    })
}

fn version<'n>(reading: &Reading<'_>, root: &'n Node) -> Option<&'n str> {
    let found = format_version(root);
    if found.is_some() {
        return found;
    }
    let start = Span {
        end: root.span.start,
        ..root.span
    };
    let (words, span, label) = match root.get(FORMAT_VERSION) {
        None => (
            "required field missing".to_owned(),
            start,
            "a declarative file begins with its version",
        ),
        Some(node) => {
            let words = match node.as_str() {
                Some(_) => format!("expected one of: {}", VERSIONS.join(", ")),
                None => "expected a string".to_owned(),
            };
            (words, node.span, "")
        }
    };
    let message = format!("`{FORMAT_VERSION}`: {words}");
    let finding = Diagnostic::error(code::FORMAT_VERSION, message).at(span, label);
    let finding = finding.worded(FORMAT_VERSION, words);
    reading
        .context
        .report(finding.help("write `_format_version: \"3.0\"`, with the quotation marks"));
    None
}

fn unknown(reading: &Reading<'_>, name: &str, span: Span) {
    let known = entity::KINDS.iter().map(|kind| kind.name);
    let hint = nearest(name, known.chain(FRAME_KEYS.iter().copied()));
    let label = hint.map_or_else(String::new, |hint| format!("did you mean `{hint}`?"));
    let mut finding = Diagnostic::error(code::UNKNOWN_FIELD, format!("`{name}`: unknown field"))
        .at(span, label)
        .worded(name, "unknown field");
    if ENTERPRISE.contains(&name) {
        finding = finding.help("Kong Enterprise has it, its free edition refuses it, too");
    } else if name == "filter_chains" {
        finding = finding.help("filters of WebAssembly cannot run here");
    }
    reading.context.report(finding);
}
