use haleway_blueprint::RequestTemplate;
use proptest::prelude::*;

use super::*;
use crate::rehearsal::Rehearsal;

/// A template from a text in which `{h:NAME}`, `{q:NAME}`, `{c:NAME}` are holes.
fn template(text: &str) -> RequestTemplate {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, hole)) = rest.split_once('{') {
        let (hole, after) = hole.split_once('}').unwrap();
        parts.push(RequestTemplatePart::Text(before.to_owned()));
        let values = hole.split('|').map(|value| match value.split_once(':') {
            Some(("h", name)) => RequestValue::Header(name.to_owned()),
            Some(("q", name)) => RequestValue::Query(name.to_owned()),
            Some(("c", name)) => RequestValue::Capture(name.to_owned()),
            _ => RequestValue::Text(value.to_owned()),
        });
        parts.push(RequestTemplatePart::FirstOf(values.collect()));
        rest = after;
    }
    parts.push(RequestTemplatePart::Text(rest.to_owned()));
    RequestTemplate { parts }
}

/// Edits from lines: `remove a`, `rename a:b`, `add a:b`...
fn edits(lines: &str) -> FieldEdits {
    let mut edits = FieldEdits::default();
    for line in lines
        .split(';')
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        let (verb, rest) = line.split_once(' ').unwrap();
        let (name, value) = rest.split_once(':').unwrap_or((rest, ""));
        let valued = (
            name.to_owned(),
            (!value.is_empty()).then(|| template(value)),
        );
        match verb {
            "remove" => edits.remove.push(name.to_owned()),
            "rename" => edits.rename.push((name.to_owned(), template(value))),
            "replace" => edits.replace.push(valued),
            "add" => edits.add.push(valued),
            "append" => edits.append.push(valued),
            _ => panic!("{verb}"),
        }
    }
    edits
}

fn edit() -> RequestEdit {
    RequestEdit {
        body_bytes_max: 1 << 20,
        ..RequestEdit::default()
    }
}

fn run(edit: &RequestEdit, rehearsal: &mut Rehearsal) -> Option<Answer> {
    let plan = RequestEditPlan::compile(edit).unwrap();
    rehearsal.pass(|passage| plan.on_request(passage))
}

#[test]
fn headers_are_edited_in_order() {
    let table = [
        ("remove A", "a: 1|a: 2|b: 3", "b: 3"),
        ("rename A:C", "a: 1|a: 2|c: 0", "c: 1|c: 2"),
        ("rename a:A", "a: 1", "a: 1"),
        ("replace a:9", "a: 1|a: 2", "a: 9"),
        ("replace a:9", "b: 1", "b: 1"),
        ("replace a:", "a: 1", "a: 1"),
        ("add a:9; add b:8", "a: 1", "a: 1|b: 8"),
        ("append a:9; append b:8", "a: 1", "a: 1|a: 9|b: 8"),
        (
            "remove host; rename host:x; add host:y; append host:z",
            "host: h",
            "host: h",
        ),
        ("rename a:b; replace b:2; add a:3", "a: 1", "a: 3|b: 2"),
        (
            "add c:{h:a}-{h:no|h:b|x}-{h:no|x}",
            "a: 1|b: 2",
            "a: 1|b: 2|c: 1-2-x",
        ),
        // Holes see the request as it came.
        ("replace a:2; add c:{h:a}", "a: 1", "a: 2|c: 1"),
        ("add c:{c:id}{c:2}{q:q}{q:f}", "", "c: 7x y&true"),
        ("add c:{q:lines}", "", ""),
    ];
    for (lines, before, after) in table {
        let mut rehearsal = Rehearsal::get("/?q=x+y%26&f&lines=a%0d%0ab");
        rehearsal.captures = vec![("id", "7".to_owned())];
        for header in before.split('|').filter(|it| !it.is_empty()) {
            let (name, value) = header.split_once(": ").unwrap();
            rehearsal = rehearsal.header(name, value);
        }
        let edit = RequestEdit {
            headers: edits(lines),
            ..edit()
        };
        assert!(run(&edit, &mut rehearsal).is_none());
        let shown = rehearsal.head.headers.iter().map(|(name, value)| {
            let value = value.to_str().unwrap();
            format!("{name}: {value}")
        });
        let mut shown: Vec<_> = shown.collect();
        shown.sort();
        assert_eq!(shown.join("|"), after, "{lines}");
        assert_eq!(rehearsal.notes.upstream.host, None);
    }
}

#[test]
fn a_replaced_host_is_the_endpoints() {
    let edit = RequestEdit {
        headers: edits("replace Host:{h:x}.example.com"),
        ..edit()
    };
    let mut rehearsal = Rehearsal::get("/").header("host", "h").header("x", "a");
    run(&edit, &mut rehearsal);
    assert_eq!(rehearsal.notes.upstream.host.unwrap(), "a.example.com");
    assert_eq!(rehearsal.head.headers["host"], "h");
}

#[test]
fn queries_are_written_anew_sorted() {
    let table = [
        ("remove a", "/p?b=2&a=1&a=2", "/p?b=2"),
        ("remove a", "/p?a=1", "/p"),
        ("rename a:c", "/p?b=2&a=1&c=3", "/p?b=2&c=1"),
        ("replace a:9; replace b:", "/p?a=1&a=2&b", "/p?a=9"),
        ("add a:9; add c:x y", "/p?a=1", "/p?a=1&c=x%20y"),
        (
            "append a:9; append c:1; append f:2",
            "/p?a=1&f",
            "/p?a=1&a=9&c=1&f=2",
        ),
        ("add z:1", "/p?q=%2F+x&e=&f", "/p?e=&f&q=%2F%20x&z=1"),
        ("add c:{q:a}", "/p?a=1", "/p?a=1&c=1"),
    ];
    for (lines, before, after) in table {
        let edit = RequestEdit {
            query: edits(lines),
            ..edit()
        };
        let mut rehearsal = Rehearsal::get(before);
        run(&edit, &mut rehearsal);
        assert_eq!(rehearsal.head.uri.to_string(), after, "{lines}");
    }
    let mut untouched = Rehearsal::get("/p?b=2&a=%2F+");
    run(&edit(), &mut untouched);
    assert_eq!(untouched.head.uri.to_string(), "/p?b=2&a=%2F+");
}

#[test]
fn bodies_are_edited_by_their_type() {
    let json = "application/json; charset=utf-8";
    let form = "application/x-www-form-urlencoded";
    let table = [
        (json, "remove a", "{\"a\":1,\"b\":2.50}", "{\"b\":2.50}"),
        (
            json,
            "rename a:c",
            "{\"a\":[1],\"b\":2}",
            "{\"b\":2,\"c\":[1]}",
        ),
        (
            json,
            "replace a:x; replace f:y",
            "{\"a\":null,\"f\":false}",
            "{\"a\":\"x\",\"f\":false}",
        ),
        (json, "replace a:", "{\"a\":1}", "{}"),
        (
            json,
            "add a:x; add f:y; add n:",
            "{\"a\":1,\"f\":false}",
            "{\"a\":1,\"f\":\"y\"}",
        ),
        (
            json,
            "append a:x; append b:y",
            "{\"a\":\"1\"}",
            "{\"a\":[\"1\",\"x\"],\"b\":[\"y\"]}",
        ),
        (json, "add a:x; remove b", "", "{\"a\":\"x\"}"),
        (json, "add a:x", "not json", "not json"),
        (json, "add a:x", "[1]", "[1]"),
        (json, "replace no:x", "{ }", "{ }"),
        (form, "remove a; add c:x y", "a=1&b=2", "b=2&c=x%20y"),
        (form, "append a:{q:q}", "a=1", "a=1&a=v"),
        (form, "rename a:a", "a=+", "a=+"),
        ("text/plain", "add a:x", "text", "text"),
    ];
    for (content_type, lines, before, after) in table {
        let edit = RequestEdit {
            body: edits(lines),
            ..edit()
        };
        let mut rehearsal = Rehearsal::new("POST", "/?q=v").header("content-type", content_type);
        let mut rehearsal = rehearsal_with_length(&mut rehearsal, before);
        run(&edit, &mut rehearsal);
        let body = rehearsal.body.unwrap();
        assert_eq!(String::from_utf8_lossy(&body), after, "{lines} {before}");
        let length = rehearsal.head.headers["content-length"].to_str().unwrap();
        assert_eq!(length, body.len().to_string());
    }
}

fn rehearsal_with_length(rehearsal: &mut Rehearsal, body: &str) -> Rehearsal {
    let rehearsal = std::mem::replace(rehearsal, Rehearsal::get("/"));
    let length = body.len().to_string();
    rehearsal
        .header("content-length", &length)
        .body(body.to_owned())
}

#[test]
fn forms_in_parts_are_edited() {
    let part = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let edit = RequestEdit {
        body: edits("remove a; rename a:n; replace r:2; add s:3; append s:4"),
        ..edit()
    };
    let before = part("a", "1") + &part("r", "0") + "--b--\r\n";
    let mut rehearsal = Rehearsal::new("POST", "/")
        .header("content-type", "multipart/form-data; boundary=b")
        .body(before);
    run(&edit, &mut rehearsal);
    let after = part("r", "2") + &part("n", "1") + &part("s", "3") + "--b--\r\n";
    assert_eq!(String::from_utf8_lossy(&rehearsal.body.unwrap()), after);
}

#[test]
fn a_path_comes_from_a_template() {
    let table = [
        ("/users/{c:id}", "/a?x=1", Some("/users/7 8"), "/a?x=1"),
        ("/{h:h}{q:x}", "/a?x=1", Some("/ä<1"), "/a?x=1"),
        ("/new?y={q:x}", "/a?x=1", Some("/new"), "/a?y=1"),
        ("{c:none}", "/a", None, "/a"),
    ];
    for (path, uri, expected, after) in table {
        let edit = RequestEdit {
            path: Some(template(path)),
            ..edit()
        };
        let mut rehearsal = Rehearsal::get(uri).header("h", "ä<");
        rehearsal.captures = vec![("id", "7 8".to_owned())];
        assert!(run(&edit, &mut rehearsal).is_none());
        let found = rehearsal.notes.upstream.path.map(|path| {
            let decoded = percent_encoding::percent_decode_str(&path);
            decoded.decode_utf8_lossy().into_owned()
        });
        assert_eq!(found.as_deref(), expected, "{path}");
        assert_eq!(rehearsal.head.uri.to_string(), after);
    }
    let relative = RequestEdit {
        path: Some(template("x")),
        ..edit()
    };
    let refused = run(&relative, &mut Rehearsal::get("/")).unwrap();
    assert_eq!(refused.status, 500);
}

#[test]
fn a_form_joins_the_query_of_a_get() {
    let edit = RequestEdit {
        method: Some("GET".to_owned()),
        ..edit()
    };
    let plan = RequestEditPlan::compile(&edit).unwrap();
    assert!(plan.wants_body().is_some());
    let form = "application/x-www-form-urlencoded";
    let mut rehearsal = Rehearsal::new("POST", "/?b=1")
        .header("content-type", form)
        .body("b=2&a=3");
    run(&edit, &mut rehearsal);
    assert_eq!(rehearsal.head.method, "GET");
    assert_eq!(rehearsal.head.uri.to_string(), "/?a=3&b=1&b=2");
    let post = RequestEdit {
        method: Some("POST".to_owned()),
        ..edit
    };
    assert!(
        RequestEditPlan::compile(&post)
            .unwrap()
            .wants_body()
            .is_none()
    );
}

proptest! {
    #[test]
    fn no_bytes_panic(
        header in prop::collection::vec(any::<u8>(), 0..20),
        query in "[a-c=&%+0-9]{0,30}",
        body in prop::collection::vec(any::<u8>(), 0..60),
        kind in 0_usize..3,
    ) {
        let types = [
            "application/json", "multipart/form-data; boundary=-", "application/x-www-form-urlencoded",
        ];
        let all = "remove a; rename b:{q:c}; replace c:{h:x}; add d:{q:a|h:x}; append e:{h:x}{q:b}";
        let edit = RequestEdit {
            path: Some(template("/{q:a}{h:x}")),
            method: Some("GET".to_owned()),
            headers: edits(all),
            body: edits(all),
            query: edits(all),
            ..edit()
        };
        let mut rehearsal = Rehearsal::get("/").header("content-type", types[kind]).body(body);
        rehearsal.head.uri = format!("/?{query}").parse().unwrap();
        if let Ok(value) = HeaderValue::from_bytes(&header) {
            rehearsal.head.headers.insert("x", value);
        }
        prop_assert!(run(&edit, &mut rehearsal).is_none());
    }
}
