use crate::{Format, Node, Parsed, SourceId, parse};

fn read(text: &str) -> Parsed {
    parse(SourceId(0), text, Format::Yaml)
}

fn trees(text: &str) -> String {
    let parsed = read(text);
    assert_eq!(parsed.diagnostics, [], "{text}");
    parsed
        .roots
        .iter()
        .map(Node::to_json)
        .collect::<Vec<_>>()
        .join(" ")
}

/// All findings, one per line, without the file's name and the help.
fn said(text: &str) -> String {
    super::super::said::said(Format::Yaml, text, false)
}

#[test]
fn scalars_mean_what_they_mean_to_yaml_v3() {
    let table = [
        ("true", "true"),
        ("False", "false"),
        ("yes", r#""yes""#),
        ("off", r#""off""#),
        ("~", "null"),
        ("Null", "null"),
        ("", "null"),
        ("12", "12"),
        ("+12", "12"),
        ("-0", "0"),
        ("0x10", "16"),
        ("-0x10", "-16"),
        ("0o10", "8"),
        ("010", "8"),
        ("08", "8"),
        ("0b101", "5"),
        ("1_000", "1000"),
        ("_1", r#""_1""#),
        ("18446744073709551615", "18446744073709551615"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("1.50", "1.50"),
        (".5", "0.5"),
        ("1.", "1.0"),
        ("1e3", "1e3"),
        ("1e999", r#""1e999""#),
        ("0x", r#""0x""#),
        ("1.2.3", r#""1.2.3""#),
        ("10s", r#""10s""#),
        ("2020-01-01", r#""2020-01-01""#),
        ("'12'", r#""12""#),
        ("\"true\"", r#""true""#),
        ("!!str 12", r#""12""#),
        ("!!int '12'", "12"),
        ("!!float 1", "1"),
        ("!own 12", r#""12""#),
        ("http://a:80/", r#""http://a:80/""#),
    ];
    for (text, json) in table {
        assert_eq!(
            trees(&format!("a: {text}\n")),
            format!(r#"{{"a":{json}}}"#),
            "{text}"
        );
    }
}

#[test]
fn block_text_keeps_its_lines() {
    assert_eq!(
        trees("a: |\n  x\n   y\nb: >-\n  x\n  y\n"),
        r#"{"a":"x\n y\n","b":"x y"}"#
    );
}

#[test]
fn a_stream_holds_several_documents() {
    assert_eq!(trees("a: 1\n---\n- 2\n...\n---\n3\n"), r#"{"a":1} [2] 3"#);
    let parsed = read("a: 1\n---\nb: [\n");
    assert_eq!(
        parsed.roots.len(),
        1,
        "the document before the mistake is there"
    );
    assert_eq!(parsed.diagnostics[0].code, "T0201");
}

#[test]
fn aliases_and_merge_keys_are_expanded() {
    let base = "base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\n";
    let expect = |mapping: &str, json: &str| {
        let all = trees(&format!("{base}a: {mapping}\n"));
        let (_, found) = all.split_once(r#""a":"#).expect("the key is there");
        assert_eq!(found, format!("{json}}}"), "{mapping}");
    };
    expect("*b", r#"{"x":1,"y":2}"#);
    expect("{<<: *b, y: 9}", r#"{"y":9,"x":1}"#);
    expect("{<<: [*b, *m], q: 0}", r#"{"q":0,"x":1,"y":2,"z":4}"#);
    expect("{\"<<\": *b}", r#"{"<<":{"x":1,"y":2}}"#);
    assert_eq!(trees("a: &a k\n*a : 1\n"), r#"{"a":"k","k":1}"#);
}

#[test]
fn keys_are_their_text() {
    assert_eq!(
        trees("1: a\ntrue: b\n~: c\n0x10: d\n"),
        r#"{"1":"a","true":"b","~":"c","0x10":"d"}"#
    );
}

#[test]
fn places_are_bytes_though_the_library_counts_characters() {
    let text =
        "\u{feff}# ünïcödé\r\nä: [ö, \"ü\", {ß: €}]\r\nlist:\r\n- 😀 x\r\n- b: |\r\n    z\r\n";
    let root = &read(text).roots[0];
    let cut = |span: crate::Span| &text[span.start as usize..span.end as usize];
    let entries = root.as_object().expect("a mapping");
    assert_eq!(cut(entries[0].key.span), "ä");
    assert_eq!(cut(entries[0].node.span), "[ö, \"ü\", {ß: €}]");
    let items = entries[0].node.as_array().expect("a list");
    assert_eq!(
        items.iter().map(|item| cut(item.span)).collect::<Vec<_>>(),
        ["ö", "\"ü\"", "{ß: €}"]
    );
    let items = entries[1].node.as_array().expect("a list");
    assert_eq!(cut(items[0].span), "😀 x");
    assert_eq!(cut(items[1].span), "b: |\r\n    z");
}

#[test]
fn what_came_through_an_alias_keeps_the_place_where_it_was_written() {
    let text = "a: &a {k: v}\nb: *a\n";
    let root = &read(text).roots[0];
    let written = root
        .get("a")
        .and_then(|a| a.get("k"))
        .expect("written")
        .span;
    let repeated = root
        .get("b")
        .and_then(|b| b.get("k"))
        .expect("repeated")
        .span;
    assert_eq!(written, repeated);
    assert_eq!(root.as_object().expect("a mapping")[1].key.span.start, 13);
}

#[test]
fn mistakes_are_named() {
    let table = [
        (
            "a: 1\na: 2\n",
            "2:1: error[T0202]: the key `a` is already defined",
        ),
        (
            "a: 1\n\"a\": 2\n",
            "2:1: error[T0202]: the key `a` is already defined",
        ),
        (
            "a: {<<: 3}\n",
            "1:9: error[T0204]: `<<` needs a mapping or a list of mappings",
        ),
        (
            "a: {<<: {}, <<: {}}\n",
            "1:13: error[T0202]: the key `<<` is already defined",
        ),
        (
            "a: -.Inf\n",
            "1:4: error[T0205]: the number `-.Inf` cannot be used here",
        ),
        (
            "a: .nan\n",
            "1:4: error[T0205]: the number `.nan` cannot be used here",
        ),
        (
            "a: !!int x\n",
            "1:4: error[T0206]: `x` is not an integer, though its tag says so",
        ),
        (
            "a: !!bool 1\n",
            "1:4: error[T0206]: `1` is not a boolean, though its tag says so",
        ),
        (
            "a: {{ .x }}\n",
            "1:5: error[T0207]: a mapping or a list cannot be a key",
        ),
        (
            "a: &a [1, *a]\n",
            "1:11: error[T0208]: an alias stands inside the value that it repeats",
        ),
        (
            "a: &a {b: &b [*a]}\n",
            "1:15: error[T0208]: an alias stands inside the value that it repeats",
        ),
        (
            "a: *b\n",
            "1:4: error[T0201]: while parsing node, found unknown anchor",
        ),
        (
            "a: b: c\n",
            "1:5: error[T0201]: mapping values are not allowed in this context",
        ),
        ("# nothing\n", "1:1: warning[T0007]: the document is empty"),
    ];
    for (text, expected) in table {
        assert_eq!(said(text), expected, "{text}");
    }
}

#[test]
fn the_last_of_doubles_is_read() {
    assert_eq!(
        read("a: 1\nb: 2\na: 3\n").roots[0].to_json(),
        r#"{"b":2,"a":3}"#
    );
}

#[test]
fn alias_bombs_are_refused() {
    let mut nodes = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for i in 1..12 {
        let alias = format!("*a{}", i - 1);
        nodes += &format!("a{i}: &a{i} [{}]\n", vec![alias; 9].join(","));
    }
    assert!(said(&nodes).contains("T0203"));

    let mut deep = String::from("a0: &a0 [x]\n");
    (1..5_000).for_each(|i| deep += &format!("a{i}: &a{i} [*a{}]\n", i - 1));
    assert!(said(&deep).contains("T0003"));

    let long = "x".repeat(1_000_000);
    let values = format!("a: &a {long}\nb: [{}]\n", "*a,".repeat(200));
    assert!(said(&values).contains("T0203"));
    let keys = format!("a: &a\n  {long}\nb:\n{}", "- {*a : 1}\n".repeat(200));
    assert!(
        said(&keys).contains("T0203"),
        "{}",
        &said(&keys)[..200.min(said(&keys).len())]
    );
}

#[test]
fn nesting_is_bounded() {
    for text in [
        "[".repeat(100_000),
        "- ".repeat(100_000),
        "{a: ".repeat(100_000),
    ] {
        assert!(said(&text).contains("T0003"), "{}", said(&text));
    }
    let fits = format!("{}{}", "[".repeat(128), "]".repeat(128));
    assert_eq!(said(&fits), "");
    assert!(said(&format!("[{fits}]")).contains("T0003"));
}
