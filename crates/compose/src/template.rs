//! Values of one answer as text inside the next request.

use std::fmt::Write;

use crate::{Json, Object, Text};

/// The text that a value of `data` contributes to a later step of a sequence; `None` when the last
/// segment of `path` names nothing.
///
/// KrakenD 2.13, lura's sequential merger (`resp0_a.b`). Strings and numbers stand as they are, a
/// list becomes its elements joined by commas, anything inside prints as Go's `%v` does. When a
/// segment before the last is missing or no object, the search stays on the level it had reached
/// and looks for the last segment there: that is how lura walks.
pub fn propagate(data: &Object, path: &[String]) -> Option<String> {
    let (last, parents) = path.split_last()?;
    let mut level = data;
    for segment in parents {
        match level.get(segment).and_then(Json::as_object) {
            Some(inner) => level = inner,
            None => break,
        }
    }
    let mut text = String::new();
    match level.get(last)? {
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                print_value(item, &mut text);
            }
        }
        value => print_value(value, &mut text),
    }
    Some(text)
}

/// Go's `%v` of a decoded value.
pub(crate) fn print_value(value: &Json, out: &mut String) {
    match value {
        Json::Null => out.push_str("<nil>"),
        Json::Bool(value) => {
            // Writing to a string cannot fail.
            let _ = write!(out, "{value}");
        }
        Json::Number(text) | Json::String(text) => out.push_str(text.as_str()),
        Json::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                print_value(item, out);
            }
            out.push(']');
        }
        Json::Object(object) => print_map(object.iter(), out),
        Json::Record(entries) => print_map(entries.iter().map(|(key, value)| (key, value)), out),
    }
}

fn print_map<'a>(entries: impl Iterator<Item = (&'a Text, &'a Json)>, out: &mut String) {
    out.push_str("map[");
    for (index, (key, value)) in entries.enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(key.as_str());
        out.push(':');
        print_value(value, out);
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const DATA: &str = r#"{
        "s": "a b", "n": 42, "f": 1.50, "big": 1e400, "t": true, "nil": null,
        "list": ["a", 1, null, true, [1, "x"], {"b": 2, "a": null}], "none": [], "one": [7],
        "map": {"z": 1, "a": {"k": []}, "list": [1, 2]}, "empty": {}
    }"#;

    fn text(path: &str) -> Option<String> {
        let data = crate::parse(Bytes::from_static(DATA.as_bytes())).unwrap();
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        propagate(data.as_object().unwrap(), &path)
    }

    #[test]
    fn prints_as_go_does() {
        let table = [
            ("s", "a b"),
            ("n", "42"),
            ("f", "1.50"),
            ("big", "1e400"),
            ("t", "true"),
            ("nil", "<nil>"),
            ("list", "a,1,<nil>,true,[1 x],map[a:<nil> b:2]"),
            ("none", ""),
            ("one", "7"),
            ("map", "map[a:map[k:[]] list:[1 2] z:1]"),
            ("map.list", "1,2"),
            ("map.a", "map[k:[]]"),
            ("empty", "map[]"),
        ];
        for (path, expected) in table {
            assert_eq!(text(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn walks_as_lura_does() {
        assert_eq!(text("absent"), None);
        assert_eq!(text("map.absent"), None);
        assert_eq!(
            text("absent.n").as_deref(),
            Some("42"),
            "stays on the level it reached"
        );
        assert_eq!(text("s.n").as_deref(), Some("42"), "a string has no inside");
        assert_eq!(text("map.absent.z").as_deref(), Some("1"));
        assert_eq!(propagate(&Object::new(), &[]), None);
    }
}
