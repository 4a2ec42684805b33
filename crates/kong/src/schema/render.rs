//! Tables of fields as Kong's `/schemas` shows them: an ordered list of objects with one key.

use serde_json::{Map, Value as Json, json};

use super::{Check, Field, Kind};

/// A table as a schema.
pub(crate) fn schema_json(fields: &[Field]) -> Json {
    let fields = fields.iter().filter(|field| field.moved_to.is_none());
    fields
        .map(|field| json!({ field.name: Json::Object(field_json(field)) }))
        .collect()
}

fn field_json(field: &Field) -> Map<String, Json> {
    let mut out = Map::new();
    out.insert("type".to_owned(), Json::from(type_word(&field.kind)));
    match &field.kind {
        Kind::Set(element) | Kind::Array(element) => {
            out.insert("elements".to_owned(), Json::Object(field_json(element)));
        }
        Kind::Map(keys, values) => {
            out.insert("keys".to_owned(), Json::Object(field_json(keys)));
            out.insert("values".to_owned(), Json::Object(field_json(values)));
        }
        Kind::Record(fields) => {
            out.insert("fields".to_owned(), schema_json(fields));
        }
        Kind::Foreign(entity) => {
            out.insert("reference".to_owned(), Json::from(*entity));
        }
        _ => {}
    }
    let default = field
        .default
        .and_then(|text| serde_json::from_str(text).ok());
    if let Some(default) = default {
        out.insert("default".to_owned(), default);
    }
    let flags = [
        ("required", field.required),
        ("auto", field.auto),
        ("unique", field.unique),
        ("referenceable", field.referenceable),
    ];
    for (name, set) in flags {
        if set {
            out.insert(name.to_owned(), Json::Bool(true));
        }
    }
    if !field.doc.is_empty() {
        out.insert("description".to_owned(), Json::from(field.doc));
    }
    for check in field.checks {
        note_check(check, &mut out);
    }
    out
}

fn note_check(check: &Check, out: &mut Map<String, Json>) {
    let (name, value) = match check {
        Check::Between(low, high) => ("between", json!([number(*low), number(*high)])),
        Check::GreaterThan(limit) => ("gt", number(*limit)),
        Check::OneOf(list) => ("one_of", json!(list)),
        Check::NotOneOf(list) => ("not_one_of", json!(list)),
        Check::OneOfIntegers(list) => ("one_of", json!(list)),
        Check::LenMin(min) => ("len_min", json!(min)),
        Check::StartsWith(head) => ("starts_with", json!(head)),
        Check::Uuid => ("uuid", Json::Bool(true)),
        Check::Exclusive(sets) => ("mutually_exclusive_subsets", json!(sets)),
        Check::Matches(_) | Check::Text(_) => return,
    };
    out.insert(name.to_owned(), value);
}

/// A bound without `.0` where it is whole.
fn number(value: f64) -> Json {
    if value.fract() == 0.0 {
        Json::from(value as i64)
    } else {
        Json::from(value)
    }
}

fn type_word(kind: &Kind) -> &'static str {
    match kind {
        Kind::String => "string",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
        Kind::Set(_) => "set",
        Kind::Array(_) => "array",
        Kind::Map(..) => "map",
        Kind::Record(_) | Kind::Any => "record",
        Kind::Foreign(_) => "foreign",
    }
}
