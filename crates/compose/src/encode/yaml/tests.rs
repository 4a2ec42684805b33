//! Facts: what goccy/go-yaml 1.18 writes, but for the two deviations that the module names.

use bytes::Bytes;

use super::encode;
use crate::{Json, Object, parse};

fn yaml(body: &str) -> String {
    let Json::Object(data) = parse(Bytes::from(body.to_owned())).unwrap() else {
        panic!("no object: {body}");
    };
    let mut out = Vec::new();
    encode(&data, &mut out);
    String::from_utf8(out).unwrap()
}

fn of_string(text: &str) -> String {
    let mut data = Object::new();
    data.insert("k", text.to_owned());
    let mut out = Vec::new();
    encode(&data, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn structure() {
    let table = [
        ("{}", "{}\n"),
        (r#"{"a":{},"b":[]}"#, "a: {}\nb: []\n"),
        (r#"{"a":["x","y"]}"#, "a:\n- x\n- \"y\"\n"),
        (
            r#"{"a":[["x","z"],["b",["c"]],[]]}"#,
            "a:\n- - x\n  - z\n- - b\n  - - c\n- []\n",
        ),
        (
            r#"{"a":[{"b":"x","c":"z"},{"d":["x"]},{}]}"#,
            "a:\n- b: x\n  c: z\n- d:\n  - x\n- {}\n",
        ),
        (
            r#"{"a":{"b":{"c":[{"d":{"e":"f"}}]}}}"#,
            "a:\n  b:\n    c:\n    - d:\n        e: f\n",
        ),
        (
            r#"{"a":[[],[{}],[[[]]],[{"x":[]}]]}"#,
            "a:\n- []\n- - {}\n- - - []\n- - x: []\n",
        ),
        (
            r#"{"a":null,"b":true,"c":[null,""]}"#,
            "a: null\nb: true\nc:\n- null\n- \"\"\n",
        ),
        (
            r#"{"b":1.50,"a":-0,"B":1e400}"#,
            "B: 1e400\na: -0\nb: 1.50\n",
        ),
        (
            r#"{"a":[{"b":"x\ny\n","c":[1]}]}"#,
            "a:\n- b: |\n    x\n    y\n  c:\n  - 1\n",
        ),
        (
            r#"{"a":[["x\ny"],"p\nq\n"]}"#,
            "a:\n- - |-\n    x\n    y\n- |\n  p\n  q\n",
        ),
        (
            r#"{"a: b":1,"":2,"1":3,"-type":4}"#,
            "\"\": 2\n-type: 4\n\"1\": 3\n\"a: b\": 1\n",
        ),
        (r#"{"a\nb":1}"#, "\"a\\nb\": 1\n"),
    ];
    for (body, expected) in table {
        assert_eq!(yaml(body), expected, "{body}");
    }
}

#[test]
fn strings_that_stand_bare() {
    for text in [
        "a",
        "a b",
        "nil",
        "-a",
        "--",
        "?a",
        ":a",
        "a:b",
        "a'b",
        "a\"b",
        "<",
        "https://x.y",
        "100%",
        "$a",
        "(a)",
        "1e",
        "e1",
        "0x",
        "0o8",
        "1,000",
        "+",
        "a]",
        "a, b",
        "a -",
        "1.2.3",
        "12:30:45",
        "Inf",
        "NaN",
        "é",
        "日本",
        "😀",
        "_1",
        "0xZ",
        "a  b",
        "\u{a0}",
        "a\u{200b}b",
    ] {
        assert_eq!(of_string(text), format!("k: {text}\n"));
    }
}

#[test]
fn strings_that_are_quoted() {
    for text in [
        "",
        " a",
        "a ",
        "true",
        "FALSE",
        "yes",
        "n",
        "~",
        "Null",
        "1",
        "-1",
        "+1",
        "1.5",
        ".5",
        "1.",
        "1_000",
        "1_",
        "00",
        "0b1",
        "0o17",
        "0x1f",
        "1e3",
        "-2E+05",
        ".inf",
        "2020-01-01",
        "2020-01-01T10:00:00Z",
        "2020-01-01 10:00:00",
        "10:30",
        "-",
        "- a",
        ":",
        ": a",
        "a:",
        "a: b",
        "a #b",
        "a#b",
        "#",
        "[a",
        "]a",
        "{a",
        "}a",
        ",a",
        "&a",
        "*a",
        "!a",
        "|",
        "|a",
        ">",
        "%a",
        "@a",
        "`a",
        "'a",
        "=",
        "<<",
        "? a",
        "---",
        "...",
    ] {
        assert_eq!(of_string(text), format!("k: \"{text}\"\n"));
    }
}

#[test]
fn strings_that_are_escaped() {
    let table = [
        ("\"a", r#""\"a""#),
        ("a\\b", r#""a\\b""#),
        ("a\tb", r#""a\tb""#),
        ("a\rb\n", r#""a\rb\n""#),
        ("\u{0}\u{1b}\u{7f}", r#""\x00\x1b\x7f""#),
        ("\u{2028}\u{feff}", r#""\u2028\ufeff""#),
        (" a\nb", r#"" a\nb""#),
        ("key: value\nother", r#""key: value\nother""#),
        ("a\n#b", r##""a\n#b""##),
        ("\na", r#""\na""#),
        ("\n", r#""\n""#),
    ];
    for (text, expected) in table {
        assert_eq!(of_string(text), format!("k: {expected}\n"), "{text:?}");
    }
}

#[test]
fn strings_of_several_lines() {
    assert_eq!(of_string("a\nb"), "k: |-\n  a\n  b\n");
    assert_eq!(of_string("a\n"), "k: |\n  a\n");
    assert_eq!(of_string("a\n  b"), "k: |-\n  a\n    b\n");
    assert_eq!(of_string("a\n\nb\n\n"), "k: |+\n  a\n  \n  b\n\n");
    assert_eq!(of_string("true\n"), "k: |\n  true\n");
    assert_eq!(of_string("1\n2"), "k: |-\n  1\n  2\n");
}
