//! Facts: what gofeed 1.2.1 makes of these feeds, with the keys of krakend-rss, in sorted order.

use bytes::Bytes;

use crate::{Decoding, encode_json};

fn decoded(body: &[u8]) -> String {
    match Decoding::Rss.decode(Bytes::copy_from_slice(body)) {
        Ok(object) => {
            let mut out = Vec::new();
            encode_json(&object.into(), &mut out);
            String::from_utf8(out).unwrap()
        }
        Err(error) => format!("!{error}"),
    }
}

/// Compares value by value, so that a failure names the place.
fn assert_same(body: &str, expected: &str) {
    let got: serde_json::Value = serde_json::from_str(&decoded(body.as_bytes())).unwrap();
    let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
    let pretty = |value| serde_json::to_string_pretty(value).unwrap();
    let (got, expected) = (pretty(&got), pretty(&expected));
    let pairs = got.lines().zip(expected.lines());
    if let Some((got, expected)) = pairs.into_iter().find(|(got, expected)| got != expected) {
        panic!("got {got}, expected {expected}");
    }
    assert_eq!(got.lines().count(), expected.lines().count());
}

#[test]
fn rss_2() {
    assert_same(
        include_str!("samples/rss2.xml"),
        include_str!("samples/rss2.expected.json"),
    );
}

#[test]
fn rdf() {
    assert_same(
        include_str!("samples/rdf.xml"),
        include_str!("samples/rdf.expected.json"),
    );
}

#[test]
fn atom() {
    assert_same(
        include_str!("samples/atom.xml"),
        include_str!("samples/atom.expected.json"),
    );
}

#[test]
fn json_feed() {
    assert_same(
        include_str!("samples/feed.json"),
        include_str!("samples/feed.expected.json"),
    );
}

#[test]
fn what_is_no_feed_is_refused() {
    for body in ["", "  ", "text", "<html/>", "{", "[]", "{]"] {
        assert_eq!(
            decoded(body.as_bytes()),
            "!Failed to detect feed type",
            "{body}"
        );
    }
    let broken = decoded(b"<rss><channel>");
    assert_eq!(broken, "!XML syntax error on line 1: unexpected EOF");
}
