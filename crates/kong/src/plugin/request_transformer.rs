//! `request-transformer`: changes requests (`kong/plugins/request-transformer`).

mod template;

use haleway_blueprint::{FieldEdits, RequestEdit, RequestTemplate, RequestTemplatePart, Step};

use super::edits::{HEADER, NAME, header_pair, parted};
use super::{Build, HTTP, Plugin, PluginKind, Scopes};
use crate::schema::{Check, Field, Record, shape};

/// Bytes of a body that is changed.
const BODY_BYTES_MAX: usize = 8 << 20;

const TOO_LARGE: &str = "a body above 8 MiB that would be changed is answered with 413";

pub(super) static KIND: PluginKind = PluginKind {
    name: "request-transformer",
    priority: 801,
    version: "3.9.3",
    protocols: HTTP,
    scopes: Scopes::ALL,
    fields: FIELDS,
    checks: &[],
    build,
    writes,
    doc: "changes method, path, headers, query and body of requests",
};

static FIELDS: &[Field] = &[
    Field::of("http_method", &shape::METHOD).doc("another method"),
    Field::record("remove", REMOVE)
        .required()
        .doc("takes away what is there"),
    Field::record("rename", RENAME)
        .required()
        .doc("gives other names to what is there"),
    Field::record("replace", REPLACE)
        .required()
        .doc("sets what is there to other values"),
    Field::record("add", ADD)
        .required()
        .doc("sets what is not there"),
    Field::record("append", ADD)
        .required()
        .doc("puts values behind what is there"),
];

static REMOVE: &[Field] = &[
    list("body", &NAME).doc(TOO_LARGE),
    list("headers", &HEADER),
    list("querystring", &NAME),
];

static RENAME: &[Field] = &[
    list("body", &TEXT).doc(TOO_LARGE),
    list("headers", &HEADER_TEXT),
    list("querystring", &TEXT),
];

static REPLACE: &[Field] = &[
    list("body", &TEXT).doc(TOO_LARGE),
    list("headers", &HEADER_TEXT),
    list("querystring", &TEXT),
    Field::string("uri")
        .checks(&[Check::Text(text)])
        .doc("the path that the upstream gets, with that of the service"),
];

static ADD: &[Field] = &[
    list("body", &TEXT).doc(TOO_LARGE),
    list("headers", &HEADER_TEXT),
    list("querystring", &TEXT),
];

/// A name and a template.
static TEXT: Field = Field::string("").checks(&[Check::Text(text)]);
/// The name of a header and a template.
static HEADER_TEXT: Field =
    Field::string("").checks(&[Check::Text(header_pair), Check::Text(text)]);

const fn list(name: &'static str, element: &'static Field) -> Field {
    Field::array(name, element).required().default("[]")
}

/// Templates are read by the same rules wherever they stand, name or not.
fn text(entry: &str) -> Result<(), String> {
    template::parse(entry).map(drop)
}

/// Names as the document spells them. A name that a template makes is not known beforehand.
fn writes(config: &Record) -> Vec<String> {
    let FieldEdits {
        remove: _,
        rename,
        replace,
        add,
        append,
    } = edits(config, "headers");
    let renamed = rename.iter().filter_map(|(_, to)| match &to.parts[..] {
        [RequestTemplatePart::Text(name)] => Some(name.clone()),
        _ => None,
    });
    let valued = [replace, add, append].into_iter().flatten();
    renamed.chain(valued.map(|(name, _)| name)).collect()
}

fn build(plugin: &Plugin<'_>, _: &Build<'_>) -> Vec<Step> {
    let config = plugin.config;
    let path = config.text("replace.uri").filter(|uri| !uri.is_empty());
    vec![Step::RequestEdit(Box::new(RequestEdit {
        path: path.map(read),
        method: config.text("http_method").map(str::to_owned),
        headers: edits(config, "headers"),
        body: edits(config, "body"),
        query: edits(config, "querystring"),
        body_bytes_max: BODY_BYTES_MAX,
    }))]
}

fn edits(config: &Record, what: &str) -> FieldEdits {
    let entries = |verb: &str| {
        let entries = config.texts(&format!("{verb}.{what}")).into_iter();
        entries.map(parted)
    };
    let valued = |verb: &str| {
        let entries = entries(verb).map(|(name, value)| (name.to_owned(), value.map(read)));
        entries.collect()
    };
    let removed = entries("remove").map(|(name, _)| name.to_owned());
    let renamed = entries("rename").filter_map(|(name, to)| Some((name.to_owned(), read(to?))));
    FieldEdits {
        remove: removed.collect(),
        rename: renamed.collect(),
        replace: valued("replace"),
        add: valued("add"),
        append: valued("append"),
    }
}

/// A template; what is wrong with one was said when its field was read.
fn read(text: &str) -> RequestTemplate {
    template::parse(text).unwrap_or_default()
}
