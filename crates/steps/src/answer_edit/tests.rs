use http::Response;
use proptest::prelude::*;

use super::*;

fn pairs<T>(list: &[(&str, T)]) -> Vec<(String, String)>
where
    T: AsRef<str>,
{
    let pairs = list.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), value.as_ref().to_owned()))
        .collect()
}

fn values(list: &[(&str, &str)]) -> Vec<(String, JsonText)> {
    let pairs = list.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), JsonText::new(*value).unwrap()))
        .collect()
}

fn plan(step: AnswerEdit) -> AnswerEditPlan {
    AnswerEditPlan::compile(&AnswerEdit {
        body_bytes_max: 1000,
        ..step
    })
    .unwrap()
}

fn headers(edits: HeaderEdits, before: &[(&str, &str)]) -> Vec<String> {
    let mut answer = Response::new(()).into_parts().0;
    for (name, value) in before {
        let name: HeaderName = name.parse().unwrap();
        answer.headers.append(name, value.parse().unwrap());
    }
    plan(AnswerEdit {
        headers: edits,
        ..AnswerEdit::default()
    })
    .on_answer(&mut answer);
    let lines = answer.headers.iter().map(|(name, value)| {
        let value = value.to_str().unwrap();
        format!("{name}: {value}")
    });
    let mut lines: Vec<_> = lines.collect();
    lines.sort();
    lines
}

#[test]
fn headers_are_judged_as_they_came() {
    let edits = HeaderEdits {
        remove: vec!["A".to_owned()],
        rename: pairs(&[("B", "C"), ("none", "x")]),
        replace: pairs(&[("a", "1"), ("d", "2"), ("none", "3")]),
        add: pairs(&[("c", "4"), ("e", "5"), ("d", "6")]),
        append: pairs(&[("d", "7"), ("f", "8")]),
    };
    let before = [("a", "x"), ("b", "y"), ("b", "z"), ("d", "w")];
    // `a` was there, so it is replaced though removed; `c` was not, so it is added though renamed.
    let after = ["a: 1", "c: 4", "d: 2", "d: 7", "e: 5", "f: 8"];
    assert_eq!(headers(edits, &before), after);
    let renamed = HeaderEdits {
        rename: pairs(&[("B", "C")]),
        ..HeaderEdits::default()
    };
    assert_eq!(headers(renamed, &before[1..3]), ["c: y", "c: z"]);
}

#[test]
fn json_is_edited_where_the_answer_is_json() {
    let json = || JsonEdits {
        remove: vec!["a".to_owned()],
        rename: pairs(&[("b", "c")]),
        replace: values(&[("d", "7"), ("no", "1"), ("f", "2")]),
        add: values(&[("d", "8"), ("e", "true"), ("f", "\"x\"")]),
        append: values(&[("g", "1"), ("h", "\"y\"")]),
    };
    let plan = plan(AnswerEdit {
        json: json(),
        ..AnswerEdit::default()
    });
    let edited = |body: &str| {
        let body = plan.on_answer_body(Bytes::from(body.to_owned()));
        String::from_utf8(body.to_vec()).unwrap()
    };
    let before = "{\"a\":1,\"b\":false,\"d\":null,\"f\":false,\"g\":[0],\"h\":\"z\"}";
    let after = "{\"d\":7,\"f\":\"x\",\"g\":[0,1],\"h\":[\"z\",\"y\"],\"c\":false,\"e\":true}";
    assert_eq!(edited(before), after);
    assert_eq!(edited("no json"), "no json");
    assert_eq!(edited("[1]"), "[1]");
    for (content_type, wanted) in [
        (Some("application/json"), true),
        (Some("Application/JSON; charset=utf-8"), true),
        (Some("text/html, application/json"), true),
        (Some("application/json-patch+json"), false),
        (Some("text/plain"), false),
        (None, false),
    ] {
        let mut answer = Response::new(()).into_parts().0;
        if let Some(content_type) = content_type {
            let value = HeaderValue::from_static(content_type);
            answer.headers.insert(CONTENT_TYPE, value);
        }
        let expected = wanted.then_some(1000);
        assert_eq!(
            plan.wants_answer_body(&answer),
            expected,
            "{content_type:?}"
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..80)) {
        let plan = plan(AnswerEdit {
            json: JsonEdits { append: values(&[("a", "1")]), ..JsonEdits::default() },
            ..AnswerEdit::default()
        });
        plan.on_answer_body(Bytes::from(body));
    }
}
