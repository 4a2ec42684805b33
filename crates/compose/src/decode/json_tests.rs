//! Facts: what Go 1.26 makes of these bodies, read with `UseNumber` and marshalled again.

use bytes::Bytes;

use super::parse;
use crate::encode_json;
use crate::limits::JSON_DEPTH_MAX;

/// What comes out when `body` is read and written again; errors begin with an exclamation mark.
fn through(body: &[u8]) -> String {
    match parse(Bytes::copy_from_slice(body)) {
        Ok(value) => {
            let mut out = Vec::new();
            encode_json(&value, &mut out);
            String::from_utf8(out).unwrap()
        }
        Err(error) => format!("!{error}"),
    }
}

const TABLE: &[(&str, &str)] = &[
    (
        r#"{"b":1,"a":[1,2.50,-0,1e5,1E-5]}"#,
        r#"{"a":[1,2.50,-0,1e5,1E-5],"b":1}"#,
    ),
    (r#""\u00e9\ud83d\ude00""#, r#""é😀""#),
    (r#""\ud800""#, "\"\u{fffd}\""),
    (r#""\udc00x""#, "\"\u{fffd}x\""),
    (r#""\ud800\u0041""#, "\"\u{fffd}A\""),
    (r#""\ud800\ud800""#, "\"\u{fffd}\u{fffd}\""),
    (r#""\ud800\ud83d\ude00""#, "\"\u{fffd}😀\""),
    (r#""\b\f\n\r\t\/\\\"""#, r#""\b\f\n\r\t/\\\"""#),
    (r#""<>&""#, r#""\u003c\u003e\u0026""#),
    (
        r#""\u0000\u001f\u007f\u2028""#,
        "\"\\u0000\\u001f\u{7f}\\u2028\"",
    ),
    (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
    (r#"{"a":{"b":1},"a":{"c":2}}"#, r#"{"a":{"c":2}}"#),
    ("1 2", "1"),
    ("{} x", "{}"),
    ("[]]", "[]"),
    ("{}", "{}"),
    ("[]", "[]"),
    ("null", "null"),
    ("true", "true"),
    ("false", "false"),
    ("nul", "!unexpected EOF"),
    (
        "nulx",
        "!invalid character 'x' in literal null (expecting 'l')",
    ),
    ("tru", "!unexpected EOF"),
    (
        "trux",
        "!invalid character 'x' in literal true (expecting 'e')",
    ),
    ("fals", "!unexpected EOF"),
    (
        "falsy",
        "!invalid character 'y' in literal false (expecting 'e')",
    ),
    ("{", "!unexpected EOF"),
    (r#"{"a""#, "!unexpected EOF"),
    (r#"{"a":"#, "!unexpected EOF"),
    (r#"{"a":1"#, "!unexpected EOF"),
    (r#"{"a":1,"#, "!unexpected EOF"),
    (
        r#"{"a":1,}"#,
        "!invalid character '}' looking for beginning of object key string",
    ),
    (r#"{"a" 1}"#, "!invalid character '1' after object key"),
    (
        "{a:1}",
        "!invalid character 'a' looking for beginning of object key string",
    ),
    (
        "{,}",
        "!invalid character ',' looking for beginning of object key string",
    ),
    (
        "{'a':1}",
        r#"!invalid character '\'' looking for beginning of object key string"#,
    ),
    ("[", "!unexpected EOF"),
    ("[1", "!unexpected EOF"),
    ("[1,", "!unexpected EOF"),
    (
        "[1,]",
        "!invalid character ']' looking for beginning of value",
    ),
    ("[1 2]", "!invalid character '2' after array element"),
    (
        "[,]",
        "!invalid character ',' looking for beginning of value",
    ),
    ("-", "!unexpected EOF"),
    ("-a", "!invalid character 'a' in numeric literal"),
    ("01", "0"),
    ("0x1", "0"),
    ("1.", "!unexpected EOF"),
    (
        "1.a",
        "!invalid character 'a' after decimal point in numeric literal",
    ),
    ("1e", "!unexpected EOF"),
    (
        "1ea",
        "!invalid character 'a' in exponent of numeric literal",
    ),
    ("1e+", "!unexpected EOF"),
    (
        "1e+a",
        "!invalid character 'a' in exponent of numeric literal",
    ),
    (
        ".5",
        "!invalid character '.' looking for beginning of value",
    ),
    (
        "+1",
        "!invalid character '+' looking for beginning of value",
    ),
    (r#""abc"#, "!unexpected EOF"),
    (r#""a\x""#, "!invalid character 'x' in string escape code"),
    (
        r#""a\u12""#,
        r#"!invalid character '"' in \u hexadecimal character escape"#,
    ),
    (
        r#""a\u12g4""#,
        r#"!invalid character 'g' in \u hexadecimal character escape"#,
    ),
    (r#""a\"#, "!unexpected EOF"),
    ("x", "!invalid character 'x' looking for beginning of value"),
    (
        r#"\"#,
        r#"!invalid character '\\' looking for beginning of value"#,
    ),
    (
        "'",
        r#"!invalid character '\'' looking for beginning of value"#,
    ),
    (
        "<html>",
        "!invalid character '<' looking for beginning of value",
    ),
    ("é", "!invalid character 'Ã' looking for beginning of value"),
    (
        "\u{7f}",
        r#"!invalid character '\x7f' looking for beginning of value"#,
    ),
    (
        "\u{1}",
        r#"!invalid character '\x01' looking for beginning of value"#,
    ),
    (
        "\"a\u{1}b\"",
        r#"!invalid character '\x01' in string literal"#,
    ),
    ("\"a\tb\"", r#"!invalid character '\t' in string literal"#),
    (
        r#"{"a":1 "b":2}"#,
        r#"!invalid character '"' after object key:value pair"#,
    ),
    (r#"{"a":1}}"#, r#"{"a":1}"#),
    (r#"[{"a":[{"b":null}]}]"#, r#"[{"a":[{"b":null}]}]"#),
    (
        r#""\ud800\u12""#,
        r#"!invalid character '"' in \u hexadecimal character escape"#,
    ),
    (
        r#""\ud800\u12x4""#,
        r#"!invalid character 'x' in \u hexadecimal character escape"#,
    ),
    (
        r#"  {"a" : [ 1 , 2 ] , "b" : { } }  "#,
        r#"{"a":[1,2],"b":{}}"#,
    ),
    ("1.0", "1.0"),
    (
        "12345678901234567890.123456789",
        "12345678901234567890.123456789",
    ),
    ("-1", "-1"),
    ("- 1", "!invalid character ' ' in numeric literal"),
    (r#"{"":""}"#, r#"{"":""}"#),
    (r#"{"a":tru"#, "!unexpected EOF"),
    (
        "[nul]",
        "!invalid character ']' in literal null (expecting 'l')",
    ),
    (r#""é日本😀""#, r#""é日本😀""#),
    (
        "nan",
        "!invalid character 'a' in literal null (expecting 'u')",
    ),
    (
        "Infinity",
        "!invalid character 'I' looking for beginning of value",
    ),
    (
        r#"{"a":undefined}"#,
        "!invalid character 'u' looking for beginning of value",
    ),
    ("[1]x", "[1]"),
    (r#""a"b"#, r#""a""#),
    ("1a", "1"),
    ("-01", "-0"),
    ("00", "0"),
    ("0e1", "0e1"),
    ("0.0e-0", "0.0e-0"),
    (
        "\u{ad}",
        "!invalid character '\u{c2}' looking for beginning of value",
    ),
    (
        "\u{a0}",
        "!invalid character '\u{c2}' looking for beginning of value",
    ),
];

#[test]
fn reads_as_go_does() {
    let wrong: Vec<_> = TABLE
        .iter()
        .map(|(body, expected)| (body, through(body.as_bytes()), expected))
        .filter(|(_, got, expected)| got != *expected)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn bodies_without_a_value() {
    for body in ["", " ", "\r\n\t "] {
        assert_eq!(through(body.as_bytes()), "!EOF", "{body:?}");
    }
}

#[test]
fn bytes_that_are_not_utf8_become_replacement_characters() {
    assert_eq!(through(b"\"a\xffb\""), "\"a\u{fffd}b\"");
    assert_eq!(
        through(b"\"\xe6\x97\""),
        "\"\u{fffd}\u{fffd}\"",
        "one for each byte"
    );
    assert_eq!(
        through(b"{\"\xf0\x9f\x98\":1}"),
        "{\"\u{fffd}\u{fffd}\u{fffd}\":1}"
    );
    assert_eq!(
        through(b"\"\xed\xa0\x80\""),
        "\"\u{fffd}\u{fffd}\u{fffd}\"",
        "a surrogate"
    );
}

#[test]
fn strings_end_where_they_should_at_every_offset() {
    for length in 0..40 {
        let plain = "x".repeat(length);
        assert_eq!(
            through(format!("\"{plain}\"").as_bytes()),
            format!("\"{plain}\"")
        );
        let escaped = format!("\"{plain}\\n{plain}\"");
        assert_eq!(through(escaped.as_bytes()), escaped);
        let accented = format!("[\"{plain}é{plain}\",\"\u{7f}\u{80}\"]");
        assert_eq!(through(accented.as_bytes()), accented);
    }
}

#[test]
fn plain_strings_share_the_body() {
    let body = Bytes::from(br#"{"key":"value"}"#.to_vec());
    let range = body.as_ptr_range();
    let value = parse(body).unwrap();
    let shared = value
        .as_object()
        .unwrap()
        .get("key")
        .unwrap()
        .as_str()
        .unwrap();
    assert!(range.contains(&shared.as_ptr()));
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(
        through(nested(JSON_DEPTH_MAX).as_bytes()),
        nested(JSON_DEPTH_MAX)
    );
    let error = "!invalid character '[' exceeded max depth";
    assert_eq!(through(nested(JSON_DEPTH_MAX + 1).as_bytes()), error);
    assert_eq!(
        through("{\"a\":".repeat(100_000).as_bytes()),
        error.replace('[', "{")
    );
}
