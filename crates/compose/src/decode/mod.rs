//! Decodings: the body of a pool's answer becomes an object.

mod error;
mod feed;
mod json;
mod markup;
mod string;
mod xml;

use bytes::Bytes;

pub use error::DecodeError;
pub use json::parse;

use crate::{Json, Object, Text};

/// How a body is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoding {
    /// JSON; an object is expected.
    Json,
    /// JSON; a list is expected and goes to `collection`.
    JsonCollection,
    /// JSON; a list goes to `collection`, anything else that is no object to `scalar_key`.
    SafeJson {
        /// The key for scalars; KrakenD's versions differ in it.
        scalar_key: String,
    },
    /// Any text; it goes to `content`.
    String,
    /// XML.
    Xml,
    /// XML; the document goes to `collection`.
    XmlCollection,
    /// A feed: RSS, RDF, Atom or JSON Feed.
    Rss,
    /// Nothing is read.
    Discard,
}

/// Go's names of the types that its JSON decoder is given.
const GO_MAP: &str = "map[string]interface {}";
const GO_LIST: &str = "[]interface {}";

impl Decoding {
    /// Reads `body`, which is already decompressed.
    ///
    /// Keys and error texts are those of KrakenD 2.13 (lura, krakend-xml, krakend-rss).
    ///
    /// # Errors
    /// When the body is not what this decoding expects.
    pub fn decode(&self, body: Bytes) -> Result<Object, DecodeError> {
        match self {
            Self::Json => match parse(body)? {
                Json::Object(object) => Ok(object),
                Json::Null => Ok(Object::new()),
                other => Err(DecodeError::Kind {
                    found: kind(&other),
                    wanted: GO_MAP,
                }),
            },
            Self::JsonCollection => match parse(body)? {
                list @ (Json::Array(_) | Json::Null) => Ok(single("collection", list)),
                other => Err(DecodeError::Kind {
                    found: kind(&other),
                    wanted: GO_LIST,
                }),
            },
            Self::SafeJson { scalar_key } => Ok(match parse(body)? {
                Json::Object(object) => object,
                list @ Json::Array(_) => single("collection", list),
                scalar => single(scalar_key.clone(), scalar),
            }),
            Self::String => Ok(single("content", Json::String(lossless(body)))),
            Self::Xml => xml::decode(&body),
            Self::XmlCollection => Ok(single("collection", Json::Object(xml::decode(&body)?))),
            Self::Rss => feed::decode(body),
            Self::Discard => Ok(Object::new()),
        }
    }
}

fn single(key: impl Into<Text>, value: Json) -> Object {
    let mut object = Object::new();
    object.insert(key, value);
    object
}

/// The body as text: shared when it is UTF-8, repaired when it is not.
fn lossless(body: Bytes) -> Text {
    Text::try_from(body.clone()).unwrap_or_else(|_| Text::from(string::repair(&body)))
}

/// The kind of a value in the words of Go's JSON decoder.
fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) | Json::Record(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(decoding: &Decoding, body: &'static str) -> Result<String, String> {
        let object = decoding.decode(Bytes::from_static(body.as_bytes()));
        let object = object.map_err(|error| error.to_string())?;
        let mut out = Vec::new();
        crate::encode_json(&object.into(), &mut out);
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn json_wants_an_object() {
        let of = |body| decoded(&Decoding::Json, body);
        assert_eq!(of(r#"{"b":1,"a":[]}"#).unwrap(), r#"{"a":[],"b":1}"#);
        assert_eq!(of("null").unwrap(), "{}");
        let text = "json: cannot unmarshal array into Go value of type map[string]interface {}";
        assert_eq!(of("[1]").unwrap_err(), text);
        assert_eq!(of("12").unwrap_err(), text.replace("array", "number"));
        assert_eq!(of("true").unwrap_err(), text.replace("array", "bool"));
        assert_eq!(of(r#""s""#).unwrap_err(), text.replace("array", "string"));
    }

    #[test]
    fn collection_wants_a_list() {
        let of = |body| decoded(&Decoding::JsonCollection, body);
        assert_eq!(of("[1,{}]").unwrap(), r#"{"collection":[1,{}]}"#);
        assert_eq!(of("null").unwrap(), r#"{"collection":null}"#);
        let text = "json: cannot unmarshal object into Go value of type []interface {}";
        assert_eq!(of("{}").unwrap_err(), text);
    }

    #[test]
    fn safe_json_takes_anything() {
        let of = |body| {
            decoded(
                &Decoding::SafeJson {
                    scalar_key: "content".into(),
                },
                body,
            )
        };
        assert_eq!(of(r#"{"a":1}"#).unwrap(), r#"{"a":1}"#);
        assert_eq!(of("[1]").unwrap(), r#"{"collection":[1]}"#);
        assert_eq!(of("1.50").unwrap(), r#"{"content":1.50}"#);
        assert_eq!(of("null").unwrap(), r#"{"content":null}"#);
        assert_eq!(of("").unwrap_err(), "EOF");
    }

    #[test]
    fn string_and_discard() {
        assert_eq!(
            decoded(&Decoding::String, "a<b").unwrap(),
            r#"{"content":"a\u003cb"}"#
        );
        assert_eq!(decoded(&Decoding::Discard, "a<b").unwrap(), "{}");
        let broken = Decoding::String
            .decode(Bytes::from_static(b"a\xff\xe2\x82b"))
            .unwrap();
        assert_eq!(
            broken.get("content").unwrap().as_str(),
            Some("a\u{fffd}\u{fffd}\u{fffd}b")
        );
    }
}
