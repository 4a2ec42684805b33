//! Fields of an entry that are set once the rest is told (Kong 3, `custom_fields_by_lua`).

use haleway_blueprint::JsonText;
use serde_json::{Map, Value as Json};

/// Sets fields of the entry that begins at `begin`, by their paths with dots.
pub(super) fn set_fields(fields: &[(String, Option<JsonText>)], out: &mut Vec<u8>, begin: usize) {
    let Ok(mut entry) = serde_json::from_slice(&out[begin..]) else {
        return;
    };
    for (path, value) in fields {
        match value {
            Some(value) => {
                let value = serde_json::from_str(value.as_str()).unwrap_or(Json::Null);
                set(&mut entry, path, value);
            }
            None => remove(&mut entry, path),
        }
    }
    out.truncate(begin);
    out.extend_from_slice(entry.to_string().as_bytes());
}

fn set(mut node: &mut Json, mut path: &str, value: Json) {
    while let Some((name, rest)) = path.split_once('.') {
        let Json::Object(fields) = node else {
            return;
        };
        let inner = fields.entry(name);
        node = inner.or_insert_with(|| Json::Object(Map::new()));
        path = rest;
    }
    if let Json::Object(fields) = node {
        fields.insert(path.to_owned(), value);
    }
}

fn remove(mut node: &mut Json, mut path: &str) {
    while let Some((name, rest)) = path.split_once('.') {
        let Some(inner) = node.get_mut(name) else {
            return;
        };
        node = inner;
        path = rest;
    }
    if let Json::Object(fields) = node {
        fields.remove(path);
    }
}
