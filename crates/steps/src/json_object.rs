//! A JSON object whose fields are changed while their values stay as they were written: numbers
//! keep their digits and fields their order.

use std::fmt;

use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON object. Of fields with one name the last counts.
#[derive(Debug, Default)]
pub(crate) struct JsonObject(IndexMap<String, Box<str>>);

impl JsonObject {
    /// Reads an object; `None` where it is none.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Whether a field is there and neither `false` nor, in a Lua table, nothing.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| **value != *"false")
    }

    /// Takes a field away.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.shift_remove(name);
    }

    /// Gives a field another name, in place of what has that name. Whether it was there.
    pub(crate) fn rename(&mut self, from: &str, to: &str) -> bool {
        let Some(value) = self.0.shift_remove(from) else {
            return false;
        };
        self.0.insert(to.to_owned(), value);
        true
    }

    /// Sets a field to a value, which is JSON.
    pub(crate) fn set(&mut self, name: &str, json: String) {
        self.0.insert(name.to_owned(), json.into());
    }

    /// Puts a value, which is JSON, behind those of a list. A text becomes a list with the value
    /// behind it; an object stays; anything else becomes a list of the value alone.
    pub(crate) fn append(&mut self, name: &str, json: String) {
        let before = self.0.get(name).map_or("", |value| value);
        let list = match before.as_bytes().first() {
            Some(b'"') => format!("[{before},{json}]"),
            Some(b'[') => {
                let inner = before[1..before.len() - 1].trim_end();
                let comma = if inner.trim_start().is_empty() {
                    ""
                } else {
                    ","
                };
                format!("[{inner}{comma}{json}]")
            }
            Some(b'{') => return,
            _ => format!("[{json}]"),
        };
        self.set(name, list);
    }

    /// Writes it.
    pub(crate) fn written(&self) -> Vec<u8> {
        let mut out = vec![b'{'];
        for (index, (name, value)) in self.0.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(json_string(name).as_bytes());
            out.push(b':');
            out.extend_from_slice(value.as_bytes());
        }
        out.push(b'}');
        out
    }
}

/// A text as JSON.
pub(crate) fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = JsonObject;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonObject, A::Error> {
                let mut fields = IndexMap::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    fields.insert(name, value.get().into());
                }
                Ok(JsonObject(fields))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn edited(before: &str, edit: impl FnOnce(&mut JsonObject)) -> String {
        let mut object = JsonObject::parse(before.as_bytes()).unwrap();
        edit(&mut object);
        String::from_utf8(object.written()).unwrap()
    }

    #[test]
    fn values_keep_their_spelling_and_fields_their_order() {
        let before = " {\"z\": 1.0e0, \"a\" : {\"y\": [1, 2]} ,\"\\u0062\":12345678901234567890} ";
        let after = "{\"z\":1.0e0,\"a\":{\"y\": [1, 2]},\"b\":12345678901234567890}";
        assert_eq!(edited(before, |_| {}), after);
    }

    #[test]
    fn appending_depends_on_what_is_there() {
        for (before, after) in [
            ("\"a\"", "[\"a\",2]"),
            ("[1]", "[1,2]"),
            ("[ ]", "[2]"),
            ("[1 ]", "[1,2]"),
            ("{\"b\":1}", "{\"b\":1}"),
            ("7", "[2]"),
            ("null", "[2]"),
        ] {
            let before = format!("{{\"x\":{before}}}");
            let after = format!("{{\"x\":{after}}}");
            assert_eq!(edited(&before, |it| it.append("x", "2".to_owned())), after);
        }
        assert_eq!(
            edited("{}", |it| it.append("x", "2".to_owned())),
            "{\"x\":[2]}"
        );
    }

    #[test]
    fn only_an_object_is_one() {
        for text in ["", "[]", "1", "\"a\"", "{", "{}x", "{\"a\":}"] {
            assert!(JsonObject::parse(text.as_bytes()).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_json(
            text in "[{}\\[\\]\", :a\\\\0-9]{0,30}",
            name in ".{0,8}",
            bytes in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            JsonObject::parse(&bytes);
            if let Some(mut object) = JsonObject::parse(text.as_bytes()) {
                object.append("a", json_string(&name));
                object.rename("a", &name);
                object.set(&name, "1".to_owned());
                let value: serde_json::Value = serde_json::from_slice(&object.written()).unwrap();
                prop_assert_eq!(&value[&name], 1);
            }
        }
    }
}
