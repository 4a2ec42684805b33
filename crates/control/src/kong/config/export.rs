//! The entities as a declarative file (`kong config db_export`, which `GET /config` answers with):
//! nothing that is null, references as ids, passwords as they are stored.

use serde_json::{Map, Value as Json};

use crate::kong::kind::KINDS;
use crate::kong::view::{self, View};

/// The file.
pub(super) fn yaml(view: &View) -> String {
    let mut out = String::from("_format_version: '3.0'\n_transform: false\n");
    for kind in KINDS {
        let entities = view.all(kind);
        if entities.is_empty() {
            continue;
        }
        let items: Vec<Json> = entities
            .iter()
            .map(|entity| {
                let mut entity = entity.clone();
                for (field, _) in kind.foreign {
                    if let Some(id) = view::foreign(&entity, field).map(str::to_owned) {
                        entity.insert((*field).to_owned(), Json::from(id));
                    }
                }
                Json::Object(entity)
            })
            .collect();
        out.push_str(kind.name);
        out.push(':');
        write(&mut out, &Json::Array(items), 0);
    }
    out
}

/// A value behind its key or dash, to the end of the line.
fn write(out: &mut String, value: &Json, indent: usize) {
    match value {
        Json::Array(items) if items.is_empty() => out.push_str(" []\n"),
        Json::Object(fields) if fields.values().all(Json::is_null) => out.push_str(" {}\n"),
        Json::Array(items) => {
            out.push('\n');
            for item in items {
                margin(out, indent);
                out.push('-');
                match item {
                    Json::Object(fields) if !fields.values().all(Json::is_null) => {
                        out.push(' ');
                        write_fields(out, fields, indent + 2, true);
                    }
                    other => write(out, other, indent + 2),
                }
            }
        }
        Json::Object(fields) => {
            out.push('\n');
            write_fields(out, fields, indent + 2, false);
        }
        Json::String(text) => {
            out.push(' ');
            scalar(out, text);
            out.push('\n');
        }
        other => {
            out.push(' ');
            out.push_str(&other.to_string());
            out.push('\n');
        }
    }
}

/// The fields that are not null; the first one may stand on the line of its dash.
fn write_fields(out: &mut String, fields: &Map<String, Json>, indent: usize, on_line: bool) {
    let set = fields.iter().filter(|(_, value)| !value.is_null());
    for (at, (name, value)) in set.enumerate() {
        if at > 0 || !on_line {
            margin(out, indent);
        }
        scalar(out, name);
        out.push(':');
        write(out, value, indent);
    }
}

fn margin(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// A text that every reader of YAML takes as one.
fn scalar(out: &mut String, text: &str) {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.');
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '/');
    if starts && text.chars().all(is_plain) && !is_word(text) {
        out.push_str(text);
    } else if text.chars().any(char::is_control) {
        // Double quotes of JSON are double quotes of YAML.
        out.push_str(&Json::from(text).to_string());
    } else {
        out.push('\'');
        out.push_str(&text.replace('\'', "''"));
        out.push('\'');
    }
}

/// Words that readers of YAML 1.1 take for something else.
fn is_word(text: &str) -> bool {
    let words = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"];
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use haleway_supply::Loaded;
    use serde_json::json;

    use super::*;
    use crate::kong::view::Facts;

    #[test]
    fn what_is_written_is_read_again() {
        let service = json!({
            "id": "a", "name": "on", "port": 80, "tags": [], "path": null, "retries": -1.5,
            "odd": "a: 'b'\n\t#c", "list": [["x"], {"a": null}, {"b": {"c": "1"}}],
            "client_certificate": {"id": "41e0df75-8715-5017-b56b-431e70ccd2ff"},
        });
        let service = service.as_object().unwrap().clone();
        let entities = BTreeMap::from([("services".to_owned(), vec![service])]);
        let text = yaml(&View::new(Facts {
            entities,
            ..Facts::default()
        }));
        let loaded = Loaded::of_text("config", &text);
        assert!(
            loaded.diagnostics.is_empty(),
            "{text} {:?}",
            loaded.diagnostics
        );
        let read: Json = serde_json::from_str(&loaded.documents[0].root.to_json()).unwrap();
        let expected = json!({
            "_format_version": "3.0",
            "_transform": false,
            "services": [{
                "id": "a", "name": "on", "port": 80, "tags": [], "retries": -1.5,
                "odd": "a: 'b'\n\t#c", "list": [["x"], {}, {"b": {"c": "1"}}],
                "client_certificate": "41e0df75-8715-5017-b56b-431e70ccd2ff",
            }],
        });
        assert_eq!(read, expected, "{text}");
    }
}
