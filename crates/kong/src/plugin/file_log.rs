//! `file-log`: logs requests to a file (`kong/plugins/file-log`).

use haleway_blueprint::{LogFile, Step};

use super::log::{CUSTOM_FIELDS, LOGGED, form};
use super::{Build, Plugin, PluginKind, Scopes, no_names};
use crate::schema::{Check, Field};

pub(super) static KIND: PluginKind = PluginKind {
    name: "file-log",
    priority: 9,
    version: "3.9.3",
    protocols: LOGGED,
    scopes: Scopes::ALL,
    fields: FIELDS,
    checks: &[],
    build,
    writes: no_names,
    doc: "appends an entry for each request to a file",
};

static FIELDS: &[Field] = &[
    Field::string("path")
        .required()
        .checks(&[Check::Text(file_name)])
        .doc("the file; it is made where there is none"),
    Field::boolean("reopen")
        .required()
        .default("false")
        .doc("opens the file anew for every write, so that it may be moved away"),
    CUSTOM_FIELDS,
];

fn file_name(text: &str) -> Result<(), String> {
    match text.is_empty() || text.contains(['*', '&', '%', '\\', '`']) {
        true => Err("not a valid filename".to_owned()),
        false => Ok(()),
    }
}

fn build(plugin: &Plugin<'_>, build: &Build<'_>) -> Vec<Step> {
    let config = plugin.config;
    vec![Step::LogFile(LogFile {
        path: config.text("path").unwrap_or_default().to_owned(),
        reopen: config.flag("reopen"),
        form: form(plugin, build),
    })]
}
