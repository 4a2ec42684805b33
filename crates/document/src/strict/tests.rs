use super::*;
use crate::{Format, Source, parse};

const CODES: StrictCodes = StrictCodes {
    unknown_key: "unknown",
    wrong_type: "type",
    bad_value: "value",
    missing_key: "missing",
};

/// What is said when `read` reads a text.
fn said(text: &str, keys: &'static [&'static str], read: impl Fn(&Fields<'_>)) -> Vec<String> {
    let mut sources = Sources::new();
    let source = sources.add(Source::new("own.yaml", text));
    let root = parse(source, text, Format::Yaml).roots.remove(0);
    let strict = Strict::new(&sources, CODES);
    if let Some(fields) = strict.fields(&root, keys, "") {
        read(&fields);
    }
    let findings = strict.finish();
    findings
        .iter()
        .map(|it| {
            let label = it.primary.as_ref().unwrap();
            let (_, at) = sources.place(label.span).unwrap();
            let (line, column) = (at.line, at.column);
            format!(
                "{line}:{column} {}: {} | {} | {}",
                it.code, it.message, label.text, it.help
            )
        })
        .collect()
}

#[test]
fn good_values_are_read() {
    let text =
        "a: x\nb: true\nc: 3\nd: 1m30s\ne: 50%\nf: two\ng: {h: off}\ni: [{h: 1}, {h: 2}]\nj:\n";
    let keys = &["a", "b", "c", "d", "e", "f", "g", "i", "j"];
    let findings = said(text, keys, |it| {
        assert_eq!(it.text("a").unwrap().value, "x");
        assert!(it.flag("b").unwrap().value);
        assert_eq!(it.count("c", 3, 3).unwrap().value, 3);
        assert_eq!(it.duration_us("d").unwrap().value, 90_000_000);
        assert_eq!(it.share_ppm("e").unwrap().value, 500_000);
        assert_eq!(it.word("f", &[("one", 1), ("two", 2)]).unwrap().value, 2);
        let below = it.object("g", &["h"]).unwrap();
        assert!(below.is_off("h"));
        assert_eq!(below.path("h"), "g.h");
        let items = it.objects("i", &["h"], 2);
        assert_eq!(items[1].path("h"), "i[1].h");
        assert_eq!(items[1].count("h", 0, 9).unwrap().value, 2);
        assert_eq!(it.text("j"), None, "null is absent");
        assert_eq!(
            it.strict().place(it.node("c").unwrap().span),
            "own.yaml:3:4"
        );
    });
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn everything_wrong_is_said_with_its_place() {
    let text = "silense: 1\ncount: 11\ntime: 2\nshare: 20\nword: wto\nlist: {}\nbelow: 3\nitems: [1, {x: 1}]\n";
    let keys = &[
        "silence", "count", "time", "share", "word", "list", "below", "items",
    ];
    let findings = said(text, keys, |it| {
        it.require("silence", "write it");
        it.count("count", 0, 10);
        it.duration_us("time");
        it.share_ppm("share");
        it.word("word", &[("one", 1), ("two", 2)]);
        it.objects("list", &[], 1);
        it.object("below", &[]);
        it.objects("items", &["y"], 5);
    });
    assert_eq!(
        findings,
        [
            "1:1 missing: `silence` is missing | here | write it",
            "1:1 unknown: unknown key `silense` | did you mean `silence`? | the keys here are: \
             silence, count, time, share, word, list, below, items",
            "2:8 value: `count` is 11 |  | write a whole number from 0 to 10",
            "3:7 type: `time` is a number, not a duration such as `2s` | write a duration such as `2s` | ",
            "4:8 type: `share` is a number, not a share such as `50%` | write a share such as `50%` | ",
            "5:7 value: `word` is `wto`, which is unknown |  | did you mean `two`? Write one of: one, two",
            "6:7 type: `list` is an object, not a list | write a list | ",
            "7:8 type: `below` is a number, not an object | write an object | ",
            "8:9 type: `items[0]` is a number, not an object | write an object | ",
            "8:13 unknown: unknown key `items[1].x` | did you mean `y`? | the keys here are: y",
        ]
    );
}

#[test]
fn lists_and_documents_have_their_limits() {
    let findings = said("a: [{}, {}, {}]\n", &["a"], |it| {
        assert_eq!(it.objects("a", &[], 2).len(), 2);
    });
    assert_eq!(
        findings,
        ["1:4 value: `a` is a list of 3 items |  | write 2 at most"]
    );
    let findings = said("- 1\n", &[], |_| ());
    assert_eq!(
        findings,
        ["1:1 type: `document` is an array, not an object | write an object | "]
    );
}
