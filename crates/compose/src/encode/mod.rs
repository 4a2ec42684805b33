//! Outputs: one object becomes the body of an answer, with its content type.

mod json;
mod negotiate;
mod xml;
mod yaml;

use std::borrow::Cow;

use bytes::Bytes;

pub use json::encode as encode_json;
use negotiate::Format;
pub use xml::encode as encode_xml;
pub use yaml::encode as encode_yaml;

use crate::{Json, Object};

/// How an object is written into the body of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// The object as JSON.
    Json,
    /// The value of `collection` as JSON, or `[]`.
    JsonCollection,
    /// The string at `content` as plain text, or nothing.
    String,
    /// The object as XML.
    Xml,
    /// The object as YAML.
    Yaml {
        /// Its content type; KrakenD 1 and 2 differ in it.
        content_type: String,
    },
    /// JSON, XML or YAML, as the request's `Accept` asks; JSON when nothing fits.
    Negotiate {
        /// Content type of YAML.
        yaml_content_type: String,
    },
}

/// A body and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Value of the `Content-Type` header.
    pub content_type: Cow<'static, str>,
    /// The bytes.
    pub body: Bytes,
}

const JSON: Cow<'static, str> = Cow::Borrowed("application/json; charset=utf-8");
const PLAIN: Cow<'static, str> = Cow::Borrowed("text/plain; charset=utf-8");
const XML: Cow<'static, str> = Cow::Borrowed("application/xml");
const XML_NEGOTIATED: Cow<'static, str> = Cow::Borrowed("application/xml; charset=utf-8");

/// First guess at the size of a body, to spare small answers the growing.
const BODY_BYTES_GUESS: usize = 512;

impl Output {
    /// Writes `data`; `accept` is the request's `Accept` header, which [`Output::Negotiate`] reads.
    ///
    /// Content types are those of KrakenD 2.13: XML carries a character set only when it was
    /// negotiated. Negotiated XML has the body that [`Output::Xml`] has, as KrakenD documents it;
    /// its code leaves that body empty.
    pub fn encode(&self, data: &Object, accept: Option<&str>) -> Encoded {
        match self {
            Self::Json => json_object(data),
            Self::JsonCollection => json_collection(data),
            Self::String => plain(data),
            Self::Xml => xml_document(data, XML),
            Self::Yaml { content_type } => yaml_document(data, content_type),
            Self::Negotiate { yaml_content_type } => match negotiate::choose(accept) {
                Format::Json => json_object(data),
                Format::Xml => xml_document(data, XML_NEGOTIATED),
                Format::Yaml => yaml_document(data, yaml_content_type),
            },
        }
    }
}

fn json_object(data: &Object) -> Encoded {
    let mut body = Vec::with_capacity(BODY_BYTES_GUESS);
    json::encode_object(data, &mut body);
    Encoded {
        content_type: JSON,
        body: body.into(),
    }
}

fn json_collection(data: &Object) -> Encoded {
    let body = match data.get("collection") {
        Some(collection) => {
            let mut body = Vec::with_capacity(BODY_BYTES_GUESS);
            json::encode(collection, &mut body);
            body.into()
        }
        None => Bytes::from_static(b"[]"),
    };
    Encoded {
        content_type: JSON,
        body,
    }
}

fn plain(data: &Object) -> Encoded {
    let body = match data.get("content") {
        Some(Json::String(text)) => text.clone().into_bytes(),
        _ => Bytes::new(),
    };
    Encoded {
        content_type: PLAIN,
        body,
    }
}

fn xml_document(data: &Object, content_type: Cow<'static, str>) -> Encoded {
    let mut body = Vec::with_capacity(BODY_BYTES_GUESS);
    xml::encode(data, &mut body);
    Encoded {
        content_type,
        body: body.into(),
    }
}

fn yaml_document(data: &Object, content_type: &str) -> Encoded {
    let mut body = Vec::with_capacity(BODY_BYTES_GUESS);
    yaml::encode(data, &mut body);
    Encoded {
        content_type: Cow::Owned(content_type.to_owned()),
        body: body.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(body: &'static str) -> Object {
        match crate::parse(Bytes::from_static(body.as_bytes())).unwrap() {
            Json::Object(object) => object,
            other => panic!("no object: {other:?}"),
        }
    }

    fn text(encoded: &Encoded) -> (&str, &str) {
        (
            &encoded.content_type,
            std::str::from_utf8(&encoded.body).unwrap(),
        )
    }

    #[test]
    fn json_outputs() {
        let data = object(r#"{"b":1,"a":"<","collection":[1,2]}"#);
        let json = Output::Json.encode(&data, None);
        let expected = r#"{"a":"\u003c","b":1,"collection":[1,2]}"#;
        assert_eq!(text(&json), ("application/json; charset=utf-8", expected));
        let collection = Output::JsonCollection.encode(&data, None);
        assert_eq!(
            text(&collection),
            ("application/json; charset=utf-8", "[1,2]")
        );
        assert_eq!(
            text(&Output::JsonCollection.encode(&Object::new(), None)).1,
            "[]"
        );
        assert_eq!(text(&Output::Json.encode(&Object::new(), None)).1, "{}");
    }

    #[test]
    fn string_output_is_the_content() {
        let of = |body| Output::String.encode(&object(body), None);
        let (kind, body) = ("text/plain; charset=utf-8", "a\nb <%d>");
        assert_eq!(text(&of(r#"{"content":"a\nb <%d>"}"#)), (kind, body));
        assert_eq!(text(&of(r#"{"content":1}"#)), (kind, ""));
        assert_eq!(text(&of("{}")), (kind, ""));
    }

    #[test]
    fn negotiation_reads_accept() {
        let data = object(r#"{"a":{"b":"c"}}"#);
        let output = Output::Negotiate {
            yaml_content_type: "application/yaml".into(),
        };
        let of = |accept| output.encode(&data, accept);
        let json = ("application/json; charset=utf-8", r#"{"a":{"b":"c"}}"#);
        assert_eq!(text(&of(None)), json);
        assert_eq!(text(&of(Some("image/png"))), json);
        let xml = ("application/xml; charset=utf-8", "<a><b>c</b></a>");
        assert_eq!(text(&of(Some("application/xml"))), xml);
        assert_eq!(
            text(&of(Some("text/plain"))),
            ("application/yaml", "a:\n  b: c\n")
        );
        assert_eq!(text(&Output::Xml.encode(&data, None)).0, "application/xml");
    }
}
