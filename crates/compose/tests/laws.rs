//! Laws that hold for any input.

use bytes::Bytes;
use haleway_compose::{
    Decoding, FlatmapOp, Json, Object, Output, Shape, encode_json, gunzip, merge, parse, propagate,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::Value;

/// Any JSON value.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[a-c<&\"\\\\\n\u{2028}é😀]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map("[a-e*#-]{0,2}", inner, 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn object() -> impl Strategy<Value = Object> {
    btree_map("[a-e*#-]{0,2}", value(), 0..6).prop_map(|entries| {
        let text = Value::Object(entries.into_iter().collect()).to_string();
        match parse(text.into()) {
            Ok(Json::Object(object)) => object,
            other => panic!("an object was written: {other:?}"),
        }
    })
}

/// A path that may well exist.
fn path() -> impl Strategy<Value = Vec<String>> {
    vec("[a-e*0-2]", 0..5)
}

fn encoded(value: &Json) -> Vec<u8> {
    let mut out = Vec::new();
    encode_json(value, &mut out);
    out
}

fn decodings() -> [Decoding; 8] {
    [
        Decoding::Json,
        Decoding::JsonCollection,
        Decoding::SafeJson {
            scalar_key: "content".into(),
        },
        Decoding::String,
        Decoding::Xml,
        Decoding::XmlCollection,
        Decoding::Rss,
        Decoding::Discard,
    ]
}

fn outputs() -> [Output; 5] {
    let content_type = "application/yaml".to_owned();
    [
        Output::Json,
        Output::JsonCollection,
        Output::String,
        Output::Xml,
        Output::Yaml { content_type },
    ]
}

proptest! {
    #[test]
    fn what_is_written_reads_as_it_was(value in value()) {
        let parsed = parse(Bytes::from(value.to_string())).unwrap();
        let written = encoded(&parsed);
        prop_assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), value);
        prop_assert_eq!(parse(written.into()).unwrap(), parsed);
    }

    #[test]
    fn what_serde_accepts_is_accepted(text in r#"[\[\]{}:,"a1.eE+\-tnull \\u0d8]{0,20}"#) {
        if serde_json::from_str::<Value>(&text).is_ok() {
            prop_assert!(parse(text.into()).is_ok());
        }
    }

    #[test]
    fn no_bytes_panic(body in vec(any::<u8>(), 0..300), accept in ".{0,40}") {
        let body = Bytes::from(body);
        let _ = gunzip(&body, 1000);
        for decoding in decodings() {
            if let Ok(object) = decoding.decode(body.clone()) {
                for output in outputs() {
                    let _ = output.encode(&object, Some(&accept));
                }
            }
        }
    }

    #[test]
    fn no_markup_panics(body in "(<[a:?!/]{0,3}[ab]? ?(b='[x&;]?')?/?>|[a&;#x1\\]]|<!--|-->|<!\\[CDATA\\[|]]>|<rss>|<item>|<feed>|<entry>){0,20}") {
        let body = Bytes::from(body);
        let _ = Decoding::Xml.decode(body.clone());
        let _ = Decoding::Rss.decode(body);
    }

    #[test]
    fn every_output_takes_every_object(object in object()) {
        for output in outputs() {
            let encoded = output.encode(&object, None);
            prop_assert!(std::str::from_utf8(&encoded.body).is_ok());
        }
    }

    #[test]
    fn shapes_are_total(mut object in object(), paths in vec(path(), 2..4), name in "[a-e]") {
        let (from, to) = (paths[0].clone(), paths[1].clone());
        let shapes = [
            Shape::flatmap(vec![
                FlatmapOp::Move { from: from.clone(), to: to.clone() },
                FlatmapOp::Append { from: to.clone(), to: from.clone() },
                FlatmapOp::Delete { paths: paths.clone() },
            ]),
            Shape::deny(paths.clone()),
            Shape::allow(paths),
            Shape::mapping(vec![(name.clone(), name.clone() + ".x"), (name.clone(), "z".into())]),
            Shape::group(name),
            Shape::target(from.clone()),
        ];
        for shape in shapes {
            shape.apply(&mut object);
            let _ = propagate(&object, &from);
            prop_assert!(serde_json::from_slice::<Value>(&encoded(&object.clone().into())).is_ok());
        }
    }

    #[test]
    fn denied_paths_are_gone_and_allowed_ones_stay(mut object in object(), key in "[a-e]") {
        let mut allowed = object.clone();
        let before = object.get(&key).cloned();
        Shape::allow(vec![vec![key.clone()]]).apply(&mut allowed);
        prop_assert_eq!(allowed.get(&key).cloned(), before);
        prop_assert!(allowed.len() <= 1);
        Shape::deny(vec![vec![key.clone()]]).apply(&mut object);
        prop_assert!(!object.contains_key(&key));
    }

    #[test]
    fn merging_is_inserting_one_by_one(into in object(), from in object()) {
        let mut merged = into.clone();
        merge(&mut merged, from.clone());
        let mut expected = into;
        for (key, value) in from {
            expected.insert(key, value);
        }
        prop_assert_eq!(merged, expected);
    }
}
