//! Headers and arguments as JSON: lists where a name stands more than once.

use http::HeaderMap;
use serde_json::{Map, Value as Json};

/// Headers, names in lower case.
pub(crate) fn headers(headers: &HeaderMap) -> Json {
    let mut list = Map::new();
    for (name, value) in headers {
        add(&mut list, name.as_str(), text(value.as_bytes()));
    }
    Json::Object(list)
}

/// Arguments of a query or a form; a name alone is `true`.
pub(crate) fn arguments(arguments: &[u8]) -> Json {
    let mut list = Map::new();
    for (name, value) in crate::arguments::all(arguments) {
        let value = value.map_or(Json::Bool(true), |value| text(&value));
        add(&mut list, &String::from_utf8_lossy(&name), value);
    }
    Json::Object(list)
}

fn text(bytes: &[u8]) -> Json {
    Json::String(String::from_utf8_lossy(bytes).into_owned())
}

fn add(list: &mut Map<String, Json>, name: &str, value: Json) {
    match list.get_mut(name) {
        None => drop(list.insert(name.to_owned(), value)),
        Some(Json::Array(values)) => values.push(value),
        Some(before) => *before = Json::Array(vec![before.take(), value]),
    }
}
