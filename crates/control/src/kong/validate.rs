//! `/schemas/{entity}/validate`: what is wrong with an entity, before it is used.

use std::fmt;
use std::sync::Arc;

use haleway_document::{Format, Node, Source, Sources, Wording, parse};
use http::{HeaderMap, StatusCode};
use serde_json::{Value as Json, json};

use super::answer;
use super::config::{fault, lua};
use super::request::media_type;
use super::schema;
use super::view::View;
use crate::answer::Answer;

/// Looks at an entity of a kind; `None` where there is no such kind.
type Look = dyn Fn(&str, &Node) -> Option<Vec<Wording>> + Send + Sync;

/// What knows whether an entity may be used. The default knows no kind of entity.
#[derive(Clone, Default)]
pub struct Validate(Option<Arc<Look>>);

impl Validate {
    /// Asks this for the kind and the entity.
    pub fn by(look: impl Fn(&str, &Node) -> Option<Vec<Wording>> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(look)))
    }

    fn look(&self, kind: &str, entity: &Node) -> Option<Vec<Wording>> {
        self.0.as_ref()?(kind, entity)
    }
}

impl fmt::Debug for Validate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Validate")
    }
}

/// `POST /schemas/{entity}/validate`
pub(super) fn post(view: &View, kind: &str, headers: &HeaderMap, body: &[u8]) -> Answer {
    let no_json = || answer::message(StatusCode::BAD_REQUEST, "Cannot parse JSON body");
    let body = match (media_type(headers).as_str(), body) {
        (_, []) => b"{}",
        ("" | "application/json", body) => body,
        _ => {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return answer::message(status, "Unsupported media type");
        }
    };
    let Some(entity) = std::str::from_utf8(body).ok().and_then(object) else {
        return no_json();
    };
    match view.facts().validate.look(kind, &entity) {
        None => schema::missing("entity", kind),
        Some(wrong) if wrong.is_empty() => {
            answer::message(StatusCode::OK, "schema validation successful")
        }
        Some(wrong) => answer::json(StatusCode::BAD_REQUEST, &violation(&wrong)),
    }
}

/// A text as an object of JSON.
fn object(text: &str) -> Option<Node> {
    let mut sources = Sources::new();
    let source = sources.add(Source::new("body", text));
    let parsed = parse(source, text, Format::Json);
    let sound = !parsed.diagnostics.iter().any(|finding| finding.is_error());
    let root = parsed.roots.into_iter().next()?;
    (sound && root.as_object().is_some()).then_some(root)
}

/// Error 2 (`kong/db/errors.lua`, `schema_violation`).
fn violation(wrong: &[Wording]) -> Json {
    let pairs = wrong.iter();
    let fields = fault::tree(pairs.map(|it| (it.field.as_str(), it.message.as_str())));
    let said = said(&fields);
    let all = said.join("; ");
    json!({
        "code": 2,
        "name": "schema violation",
        "message": match said.len() {
            1 => format!("schema violation ({all})"),
            count => format!("{count} schema violations ({all})"),
        },
        "fields": fields,
    })
}

/// What is said of the entity, then of its fields by their names, then of theirs.
fn said(fields: &Json) -> Vec<String> {
    let mut said = Vec::new();
    let Json::Object(fields) = fields else {
        return said;
    };
    let whole = fields.get(fault::ENTITY).and_then(Json::as_array);
    said.extend(whole.into_iter().flatten().map(text));
    let mut names: Vec<&String> = fields
        .keys()
        .filter(|name| *name != fault::ENTITY)
        .collect();
    names.sort_unstable();
    for name in names {
        match &fields[name] {
            Json::Object(inner) => {
                let mut inner: Vec<_> = inner.iter().collect();
                inner.sort_unstable_by_key(|(name, _)| *name);
                let inner = inner.into_iter();
                said.extend(inner.map(|(key, value)| format!("{name}.{key}: {}", text(value))));
            }
            Json::Array(items) => {
                let items = items.iter().enumerate().filter(|(_, item)| !item.is_null());
                said.extend(items.map(|(at, item)| format!("{name}.{}: {}", at + 1, text(item))));
            }
            value => said.push(format!("{name}: {}", text(value))),
        }
    }
    said
}

fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        value => lua::pretty(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worded(field: &str, message: &str) -> Wording {
        Wording {
            field: field.to_owned(),
            message: message.to_owned(),
        }
    }

    #[test]
    fn what_is_wrong_stands_in_a_tree_and_in_a_sentence() {
        let one = violation(&[worded("host", "required field missing")]);
        assert_eq!(one["code"], 2);
        assert_eq!(
            one["message"],
            "schema violation (host: required field missing)"
        );
        assert_eq!(one["fields"], json!({"host": "required field missing"}));
        let many = violation(&[
            worded("paths[2]", "should start with: /"),
            worded("config.redis.port", "expected an integer"),
            worded("config.day", "expected a number"),
            worded("", "one of these"),
        ]);
        let expected = "4 schema violations (one of these; config.day: expected a number; \
                        config.redis: {\n  port = \"expected an integer\"\n}; \
                        paths.2: should start with: /)";
        assert_eq!(many["message"], expected);
        let expected = json!({
            "@entity": ["one of these"],
            "config": {"day": "expected a number", "redis": {"port": "expected an integer"}},
            "paths": [null, "should start with: /"],
        });
        assert_eq!(many["fields"], expected);
    }
}
