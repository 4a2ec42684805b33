use crate::{Format, Parsed, SourceId, parse};

fn read(text: &str) -> Parsed {
    parse(SourceId(0), text, Format::Toml)
}

fn tree(text: &str) -> String {
    let parsed = read(text);
    assert_eq!(parsed.diagnostics, [], "{text}");
    parsed.roots[0].to_json()
}

/// All findings, one per line, without the file's name and the help.
fn said(text: &str) -> String {
    super::super::said::said(Format::Toml, text, false)
}

#[test]
fn every_kind_of_value_has_its_json() {
    let table = [
        ("a = 1_000", r#"{"a":1000}"#),
        ("a = 0xdead_beef", r#"{"a":3735928559}"#),
        ("a = 0o17", r#"{"a":15}"#),
        ("a = -0b11", ""),
        ("a = +1.50", r#"{"a":1.50}"#),
        ("a = 1e3", r#"{"a":1e3}"#),
        ("a = true", r#"{"a":true}"#),
        ("a = 'x\\y'", r#"{"a":"x\\y"}"#),
        ("a = \"\"\"\nx\ny\"\"\"", r#"{"a":"x\ny"}"#),
        (
            "a = 1979-05-27T07:32:00Z",
            r#"{"a":"1979-05-27T07:32:00Z"}"#,
        ),
        ("a = 07:32:00", r#"{"a":"07:32:00"}"#),
        ("a = [1, \"b\", [2.5]]", r#"{"a":[1,"b",[2.5]]}"#),
        ("a.b = 1\na.c = {d = 2}", r#"{"a":{"b":1,"c":{"d":2}}}"#),
        (
            "z = 1\na = 2\n[t]\nx = 1\n[[l]]\n[[l]]\ny = 2",
            r#"{"z":1,"a":2,"t":{"x":1},"l":[{},{"y":2}]}"#,
        ),
        ("", "{}"),
    ];
    for (text, json) in table.into_iter().filter(|(_, json)| !json.is_empty()) {
        assert_eq!(tree(text), json, "{text}");
    }
    assert!(said("a = -0b11").contains("T0301"));
}

#[test]
fn values_have_their_places() {
    let text = "# ä\r\nname = \"ü\"\r\n[t]\r\nx = [1, 2]\r\n";
    let root = &read(text).roots[0];
    let cut = |span: crate::Span| &text[span.start as usize..span.end as usize];
    let entries = root.as_object().expect("a table");
    assert_eq!(
        (cut(entries[0].key.span), cut(entries[0].node.span)),
        ("name", "\"ü\"")
    );
    let x = entries[1].node.get("x").expect("the key");
    assert_eq!((cut(entries[1].key.span), cut(x.span)), ("t", "[1, 2]"));
}

#[test]
fn mistakes_are_named_all_at_once() {
    assert_eq!(
        said("a = 1\na = 2\nb = \"x\n[t\n"),
        "2:1: error[T0301]: the key `a` is already defined\n\
         3:7: error[T0301]: invalid basic string, expected `\"`\n\
         4:3: error[T0301]: unclosed table, expected `]`"
    );
    assert_eq!(
        said("a = inf\nb = nan\nc = 9223372036854775808\nd = 1e999"),
        "1:5: error[T0302]: the number `inf` cannot be used here\n\
         2:5: error[T0302]: the number `nan` cannot be used here\n\
         3:5: error[T0302]: the number `9223372036854775808` does not fit 64 bits\n\
         4:5: error[T0302]: the number `1e999` cannot be used here"
    );
}

#[test]
fn nesting_is_bounded_for_brackets_and_for_dots() {
    let keys = vec!["a"; 100_000].join(".");
    let quoted = "\"a\".".repeat(100_000);
    let half = vec!["a"; 100].join(".");
    let inline = "a.a.a.a.a={".repeat(200);
    for text in [
        format!("{keys} = 1"),
        format!("[{keys}]"),
        format!("x = {{ {keys} = 1 }}"),
        format!("{quoted}b = 1"),
        inline,
        format!("[{half}]\n{half} = 1"),
    ] {
        assert!(said(&text).contains("T0003"), "{}", &text[..40]);
    }
    assert!(
        !read(&format!("a = {}", "[".repeat(100_000)))
            .diagnostics
            .is_empty()
    );
}

#[test]
fn dots_in_texts_and_comments_are_no_levels() {
    let dots = ".".repeat(500);
    let text =
        format!("a = \"{dots}\"\nb = '{dots}'\nc = \"\"\"\n{dots}\\\"\"\"\"\n# {dots}\nd = 1.5");
    assert_eq!(said(&text), "");
    let many = "a = 1.5\n[t]\nb = [1.5, 2.5]\n".replace("a", "x");
    let lines: String = (0..300).map(|i| format!("k{i} = 1.5\n")).collect();
    assert_eq!(said(&format!("{lines}{many}")), "");
}
