use crate::{Format, Parsed, SourceId, parse};

fn read(text: &str) -> Parsed {
    parse(SourceId(0), text, Format::Json)
}

/// All findings, one per line, without the file's name.
fn said(text: &str) -> String {
    super::super::said::said(Format::Json, text, true)
}

fn tree(text: &str) -> String {
    read(text)
        .roots
        .first()
        .map_or_else(|| "none".to_owned(), crate::Node::to_json)
}

/// Text, what is said about it, and what is read all the same.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "{ \"version: 2 }\n",
        "1:3: error[T0103]: the string `\"version: 2 }` is not closed (add the closing quotation mark: probably `\"version\": 2`)",
        r#"{"version":2}"#,
    ),
    (
        "{\n  \"version\": 2,\n  \"timeout: \"2s\"\n}",
        "3:3: error[T0103]: the string `\"timeout:` is not closed (add the closing quotation mark: probably `\"timeout\": ...`)",
        r#"{"version":2,"timeout":"2s"}"#,
    ),
    (
        "{\"name\": \"abc,\n \"port\": 1}",
        "1:10: error[T0103]: the string `\"abc,` is not closed (add the closing quotation mark: probably `\"abc\"`)",
        r#"{"name":"abc","port":1}"#,
    ),
    (
        r#"["a, "b"]"#,
        "1:2: error[T0103]: the string `\"a` is not closed (add the closing quotation mark: probably `\"a\"`)",
        r#"["a","b"]"#,
    ),
    (
        "[\"a\nb\"]",
        "1:2: error[T0103]: the string `\"a` is not closed on its line (add the closing quotation mark; a line break inside a string is written `\\n`)",
        "none",
    ),
    (
        "{\"version}",
        "1:2: error[T0103]: the key `\"version}` is not closed (add the closing `\"`)",
        "none",
    ),
    (
        "[\"a\tb\"]",
        "1:4: error[T0104]: a string contains the control character U+0009 (write `\\t`)",
        r#"["a\tb"]"#,
    ),
    (
        r#"["\d\x41\'"]"#,
        "1:3: error[T0105]: `\\d` is no JSON escape (a backslash itself is written twice: `\\\\d`)\n1:5: error[T0105]: `\\x` is no JSON escape (a character by its number is written like `\\u0041`)\n1:9: error[T0105]: `\\'` is no JSON escape (a single quotation mark needs no backslash)",
        "",
    ),
    (
        r#"["\u12g4"]"#,
        "1:3: error[T0105]: the escape `\\u` needs four hexadecimal digits (write it like `\\u00e9`, or write the character itself)",
        r#"["12g4"]"#,
    ),
    (
        "{\"a\": 1\n \"b\": 2}",
        "1:8: error[T0106]: there is no comma between two elements (write `,` between them)",
        r#"{"a":1,"b":2}"#,
    ),
    (
        "[1; 2]",
        "1:3: error[T0106]: elements are separated by commas, not by `;` (write `,`)",
        "[1,2]",
    ),
    (
        r#"{"a" 1}"#,
        "1:5: error[T0107]: there is no colon behind the key `\"a\"` (write `:` between key and value)",
        r#"{"a":1}"#,
    ),
    (
        r#"{"a" = 1, "b" => 2}"#,
        "1:6: error[T0107]: the key `\"a\"` is followed by `=`, not by a colon (write `:`)\n1:15: error[T0107]: the key `\"b\"` is followed by `=`, not by a colon (write `:`)",
        r#"{"a":1,"b":2}"#,
    ),
    (
        r#"{"a", "b": 1}"#,
        "1:5: error[T0107]: the key `\"a\"` has no value (write a colon and the value behind the key)",
        r#"{"a":null,"b":1}"#,
    ),
    (
        "[1, 2,]",
        "1:6: error[T0108]: there is a comma behind the last element (remove the comma)",
        "[1,2]",
    ),
    (
        "{'a': 'b'}",
        "1:2: error[T0109]: JSON strings stand in `\"`, not in `'` (write `\"a\"`)\n1:7: error[T0109]: JSON strings stand in `\"`, not in `'` (write `\"b\"`)",
        r#"{"a":"b"}"#,
    ),
    (
        "{\u{201c}a\u{201d}: 1}",
        "1:2: error[T0109]: JSON strings stand in `\"`, not in `\u{201c}` (write `\"a\"`)",
        r#"{"a":1}"#,
    ),
    (
        "{'a: 1}",
        "1:2: error[T0109]: the string `'a: 1}` is not closed (strings stand in quotation marks: `\"`)",
        "none",
    ),
    (
        "{version: 2, port\": 3}",
        "1:2: error[T0110]: the key `version` has no quotation marks (write `\"version\"`)\n1:14: error[T0110]: the key `port` has no opening quotation mark (write `\"port\"`)",
        r#"{"version":2,"port":3}"#,
    ),
    (
        "[True, None, ture, abc]",
        "1:2: error[T0110]: `True` is no JSON value (write `true`)\n1:8: error[T0110]: `None` is no JSON value (write `null`)\n1:14: error[T0110]: `ture` is no JSON value (write `true`)\n1:20: error[T0110]: the text `abc` has no quotation marks (write `\"abc\"`)",
        r#"[true,null,true,"abc"]"#,
    ),
    (
        "{\"a\": [1, 2\n",
        "1:12: error[T0111]: the document ends before `]` closes the array (1 more brackets are open around it) (add `]`)",
        "none",
    ),
    (
        "[1}",
        "1:3: error[T0112]: expected `]`, found `}` (write `]`, or add it before `}`)",
        "none",
    ),
    (
        "[01, +1, .5, 1., 0x1F, 1_000]",
        "1:2: error[T0113]: the number `01` begins with a zero (write `1`)\n1:6: error[T0113]: the number `+1` begins with a plus sign (write `1`)\n1:10: error[T0113]: the number `.5` has a point without a digit on both sides (write `0.5`)\n1:14: error[T0113]: the number `1.` has a point without a digit on both sides (write `1.0`)\n1:18: error[T0113]: the number `0x1F` is not decimal, as JSON wants it (write `31`)\n1:24: error[T0113]: the number `1_000` contains an underscore (write `1000`)",
        "[1,1,0.5,1.0,31,1000]",
    ),
    (
        "[10s, NaN, -Infinity, 1e999, 127.0.0.1]",
        "1:2: error[T0113]: `10s` is not a number (a text stands in quotation marks: `\"10s\"`)\n1:7: error[T0113]: JSON has no number `NaN` (write a number that has digits, or `null`)\n1:12: error[T0113]: JSON has no number `-Infinity` (write a number that has digits, or `null`)\n1:23: error[T0113]: the number `1e999` is too large (the largest is about `1.8e308`)\n1:30: error[T0113]: `127.0.0.1` is not a number (a text stands in quotation marks: `\"127.0.0.1\"`)",
        r#"["10s",null,null,0,"127.0.0.1"]"#,
    ),
    (
        "{}}",
        "1:3: error[T0114]: there is one `}` too many (remove it)",
        "{}",
    ),
    (
        "{} {}",
        "1:4: error[T0114]: the document has ended, but `{` follows (a file holds exactly one JSON value; remove the rest)",
        "{}",
    ),
    (
        "{} // c",
        "1:4: error[T0115]: JSON has no comments (remove it, or keep it as a key of its own: `\"_comment\": \"...\"`)",
        "{}",
    ),
    (
        "[/* a\n */ 1] # x",
        "1:2: error[T0115]: JSON has no comments (remove it, or keep it as a key of its own: `\"_comment\": \"...\"`)\n2:8: error[T0115]: JSON has no comments (remove it, or keep it as a key of its own: `\"_comment\": \"...\"`)",
        "[1]",
    ),
    (
        r#"{"a": , "b": [1,,2]}"#,
        "1:7: error[T0116]: a value is missing before `,` (write the value, or `null`, or remove what announces it)\n1:17: error[T0116]: a value is missing before `,` (write the value, or `null`, or remove what announces it)",
        r#"{"a":null,"b":[1,2]}"#,
    ),
    (
        r#"["a "b" c", 1]"#,
        "1:5: error[T0117]: a quotation mark inside a string ends it (a quotation mark that belongs to the text is written `\\\"`)",
        r#"["a \"b\" c",1]"#,
    ),
    (
        "\u{feff}{}",
        "1:1: error[T0006]: the file begins with a byte order mark, which JSON does not allow (save it as \"UTF-8\", not as \"UTF-8 with BOM\")",
        "{}",
    ),
    (
        " \n",
        "1:1: error[T0007]: the document is empty (it needs at least `{}`)",
        "none",
    ),
    (
        "{\u{a0}}",
        "1:2: error[T0101]: the character U+00A0 is no JSON white space (replace it by an ordinary space)",
        "{}",
    ),
    (
        r#"{"a": {{ .x }}}"#,
        "1:8: error[T0101]: expected a key in quotation marks or `}`, found `{` (this looks like a template; it must be rendered before it is JSON)",
        "none",
    ),
    (
        r#"{"a": 1, "b": 2, "a": 3}"#,
        "1:18: warning[T0102]: the key `\"a\"` stands twice (remove one of them)",
        r#"{"b":2,"a":3}"#,
    ),
];

#[test]
fn every_mistake_is_named_and_passed() {
    let mut wrong = String::new();
    for (text, expected, read) in MISTAKES {
        let (found, found_tree) = (said(text), tree(text));
        let tree_differs = !read.is_empty() && found_tree != *read;
        if found != *expected || tree_differs {
            wrong += &format!("{text:?}\n{found}\n{found_tree}\n\n");
        }
    }
    assert!(wrong.is_empty(), "not as expected:\n{wrong}");
}

#[test]
fn several_mistakes_come_of_one_run() {
    let text = "{\n  \"version: 3,\n  \"list\": [1 2,],\n  port: 08080,\n}";
    let codes: Vec<_> = read(text)
        .diagnostics
        .iter()
        .map(|finding| finding.code)
        .collect();
    assert_eq!(
        codes,
        ["T0103", "T0106", "T0108", "T0110", "T0113", "T0108"]
    );
    assert_eq!(tree(text), r#"{"version":3,"list":[1,2],"port":8080}"#);
}

#[test]
fn valid_documents_are_read_without_a_word() {
    let texts = [
        (
            r#" { "a" : [ 1 , -0.5e+10 , true , false , null , "" ] } "#,
            r#"{"a":[1,-0.5e+10,true,false,null,""]}"#,
        ),
        (
            r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#,
            r#""\"\\/\b\f\n\r\té😀""#,
        ),
        ("\"\u{7f}\u{2028}\"", "\"\u{7f}\u{2028}\""),
        (
            "12345678901234567890.12345678901234567890",
            "12345678901234567890.12345678901234567890",
        ),
    ];
    for (text, expected) in texts {
        assert_eq!(said(text), "", "{text}");
        assert_eq!(tree(text), expected);
    }
}

#[test]
fn half_a_surrogate_pair_is_the_replacement_character_as_in_go() {
    for text in [r#""\ud800""#, r#""\udc00""#] {
        assert_eq!(tree(text), "\"\u{fffd}\"");
    }
    assert_eq!(tree(r#""\ud800\ud800\udc00""#), "\"\u{fffd}\u{10000}\"");
    assert_eq!(tree(r#""\ud800\u0041""#), "\"\u{fffd}A\"");
}

#[test]
fn a_double_key_names_both_places() {
    let text = "{\"a\": 1,\n\"a\": 2,\n\"a\": 3}";
    let found = read(text).diagnostics;
    assert_eq!(found.len(), 2);
    let place = |span: crate::Span| (span.start, span.end);
    assert_eq!(
        found[0].primary.as_ref().map(|label| place(label.span)),
        Some((9, 12))
    );
    assert_eq!(place(found[0].secondary[0].span), (1, 4));
    assert_eq!(
        found[1].primary.as_ref().map(|label| place(label.span)),
        Some((17, 20))
    );
    assert_eq!(place(found[1].secondary[0].span), (9, 12));
    assert_eq!(tree(text), r#"{"a":3}"#);
}

#[test]
fn an_unclosed_bracket_points_where_the_indentation_is_wrong() {
    let text = "{\n  \"a\": {\n    \"b\": 1,\n  \"c\": 2\n}\n";
    let found = &read(text).diagnostics[0];
    assert_eq!(found.code, "T0111");
    let places: Vec<_> = found
        .secondary
        .iter()
        .map(|label| label.span.start)
        .collect();
    let inner = text.find("{\n    ").expect("the inner object") as u32;
    let end = text.rfind('}').expect("the closing bracket") as u32;
    assert_eq!(places, [0, inner, end]);
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(said(&nested(128)), "");
    assert!(said(&nested(129)).contains("T0003"));
    assert!(said(&"[".repeat(1_000_000)).contains("T0003"));
    assert!(said(&"{\"a\":".repeat(1_000_000)).contains("T0003"));
}

#[test]
fn findings_are_bounded_and_the_rest_is_counted() {
    let found = read(&format!("[{}1]", "01,".repeat(1_500))).diagnostics;
    assert_eq!(found.len(), 1_001);
    let last = found.last().expect("the count");
    assert_eq!(
        (last.code, &*last.message),
        ("T0005", "500 more findings in this source are not shown")
    );
}
