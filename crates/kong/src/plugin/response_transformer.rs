//! `response-transformer`: changes answers (`kong/plugins/response-transformer`).

use haleway_blueprint::{AnswerEdit, HeaderEdits, JsonEdits, JsonText, Step};
use serde_json::Value as Json;

use super::edits::{HEADER, HEADER_NAMES, HEADER_PAIR, NAME, PAIR, parted};
use super::{Build, HTTP, Plugin, PluginKind, Scopes};
use crate::schema::{Check, Field, Record};

/// Bytes of a body that is changed.
const BODY_BYTES_MAX: usize = 16 << 20;

const TOO_LARGE: &str = "a body above 16 MiB that would be changed is answered with 502";

pub(super) static KIND: PluginKind = PluginKind {
    name: "response-transformer",
    priority: 800,
    version: "3.9.3",
    protocols: HTTP,
    scopes: Scopes::ALL,
    fields: FIELDS,
    checks: &[],
    build,
    writes,
    doc: "changes headers and JSON bodies of answers",
};

static FIELDS: &[Field] = &[
    Field::record("remove", REMOVE)
        .required()
        .doc("takes away what is there"),
    Field::record("rename", RENAME)
        .required()
        .doc("gives other names to what is there"),
    Field::record("replace", VALUES)
        .required()
        .doc("sets what is there to other values"),
    Field::record("add", VALUES)
        .required()
        .doc("sets what is not there"),
    Field::record("append", VALUES)
        .required()
        .doc("puts values behind what is there"),
];

static REMOVE: &[Field] = &[list("json", &NAME).doc(TOO_LARGE), list("headers", &HEADER)];

static RENAME: &[Field] = &[
    list("json", &PAIR).doc(TOO_LARGE),
    list("headers", &HEADER_NAMES),
];

static VALUES: &[Field] = &[
    list("json", &PAIR).doc(TOO_LARGE),
    list("json_types", &JSON_TYPE).doc("what the values of `json` are"),
    list("headers", &HEADER_PAIR),
];

static JSON_TYPE: Field =
    Field::string("").checks(&[Check::OneOf(&["boolean", "number", "string"])]);

const fn list(name: &'static str, element: &'static Field) -> Field {
    Field::array(name, element).required().default("[]")
}

fn writes(config: &Record) -> Vec<String> {
    let renamed = pairs(config, "rename.headers")
        .into_iter()
        .map(|(_, to)| to);
    let verbs = ["replace", "add", "append"].into_iter();
    let valued = verbs.flat_map(|verb| pairs(config, &format!("{verb}.headers")));
    renamed.chain(valued.map(|(name, _)| name)).collect()
}

fn build(plugin: &Plugin<'_>, _: &Build<'_>) -> Vec<Step> {
    let config = plugin.config;
    vec![Step::AnswerEdit(AnswerEdit {
        headers: HeaderEdits {
            remove: names(config, "remove.headers"),
            rename: pairs(config, "rename.headers"),
            replace: pairs(config, "replace.headers"),
            add: pairs(config, "add.headers"),
            append: pairs(config, "append.headers"),
        },
        json: JsonEdits {
            remove: names(config, "remove.json"),
            rename: pairs(config, "rename.json"),
            replace: values(config, "replace"),
            add: values(config, "add"),
            append: values(config, "append"),
        },
        body_bytes_max: BODY_BYTES_MAX,
    })]
}

fn names(config: &Record, path: &str) -> Vec<String> {
    let entries = config.texts(path).into_iter();
    entries.map(|entry| parted(entry).0.to_owned()).collect()
}

/// Names with their values. Without a value there is nothing to do.
fn pairs(config: &Record, path: &str) -> Vec<(String, String)> {
    let entries = config.texts(path).into_iter().map(parted);
    let valued = entries.filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    valued.collect()
}

/// Names with their values as JSON. A value that is not of its type is left out.
fn values(config: &Record, verb: &str) -> Vec<(String, JsonText)> {
    let types = config.texts(&format!("{verb}.json_types"));
    let entries = config.texts(&format!("{verb}.json")).into_iter();
    let valued = entries.enumerate().filter_map(|(at, entry)| {
        let (name, value) = parted(entry);
        // What is left out is the text `null` for Kong.
        let json = typed(value.unwrap_or("null"), types.get(at).copied())?;
        Some((name.to_owned(), JsonText::new(json.to_string()).ok()?))
    });
    valued.collect()
}

fn typed(value: &str, kind: Option<&str>) -> Option<Json> {
    match kind {
        Some("number") => {
            let value = value.trim();
            match value.parse::<i64>() {
                Ok(whole) => Some(Json::from(whole)),
                Err(_) => {
                    let number = value.parse::<f64>().ok()?;
                    serde_json::Number::from_f64(number).map(Json::Number)
                }
            }
        }
        Some("boolean") => Some(Json::Bool(value == "true")),
        _ => Some(Json::from(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_types() {
        for (value, kind, expected) in [
            ("a", None, Some("\"a\"")),
            ("1", Some("string"), Some("\"1\"")),
            ("1", Some("number"), Some("1")),
            (" -1.5 ", Some("number"), Some("-1.5")),
            ("x", Some("number"), None),
            ("inf", Some("number"), None),
            ("true", Some("boolean"), Some("true")),
            ("yes", Some("boolean"), Some("false")),
        ] {
            let found = typed(value, kind).map(|json| json.to_string());
            assert_eq!(found.as_deref(), expected, "{value} {kind:?}");
        }
    }
}
