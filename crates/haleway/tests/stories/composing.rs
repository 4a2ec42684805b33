//! Endpoints that make one answer of several.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::config::{backend, merging, service, with};
use crate::harness::upstream::answer;
use crate::harness::{Gateway, Message, Upstream, get, post, until};

/// Answers by path: what the first path that fits says.
fn paths(replies: &'static [(&'static str, u16, &'static str)]) -> Upstream {
    Upstream::by(move |request| {
        let path = request.asked().split(' ').nth(1).unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let found = replies.iter().find(|(known, ..)| *known == path);
        let (_, status, body) = found.unwrap_or(&("", 404, "not here"));
        answer(*status, "application/json", body)
    })
}

fn ask(endpoint: Value) -> Message {
    let path = endpoint["endpoint"].as_str().unwrap().to_owned();
    let gateway = Gateway::start(&service(&[endpoint]));
    get(gateway.address(), &path)
}

fn proxy(settings: Value) -> Value {
    json!({"extra_config": {"proxy": settings}})
}

const THREE: &[(&str, u16, &str)] = &[
    ("/a", 200, r#"{"a":1.0,"same":"a"}"#),
    ("/b", 201, r#"{"b":"<&>","same":"b"}"#),
    ("/c", 200, r#"{"c":[1e2,null]}"#),
    ("/list", 200, r#"[{"n":1},{"n":2}]"#),
    ("/broken", 200, r#"{"a":"#),
    ("/accepted", 202, "{}"),
    ("/bad", 503, "out of order"),
];

#[test]
fn three_answers_become_one_with_sorted_keys_and_untouched_numbers() {
    let upstream = paths(THREE);
    let backends = ["/a", "/b", "/c"].map(|path| backend(&upstream, path));
    let endpoint = with(merging("/m", &backends), json!({"cache_ttl": "1h"}));
    let answer = ask(endpoint);
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.text(),
        r#"{"a":1.0,"b":"\u003c\u0026\u003e","c":[1e2,null],"same":"b"}"#
    );
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(answer.header("x-krakend-completed"), Some("true"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=3600"));
    assert_eq!(answer.header("x-krakend"), Some("Version 2.13.8"));
}

#[test]
fn where_keys_clash_the_later_backend_wins_however_late_it_is() {
    let slow = Upstream::with(|peer| {
        while peer.request().is_some() {
            std::thread::sleep(Duration::from_millis(30));
            peer.send(answer(200, "application/json", r#"{"same":"slow"}"#));
        }
    });
    let fast = Upstream::json(r#"{"same":"fast"}"#);
    let endpoint = merging("/m", &[backend(&slow, "/"), backend(&fast, "/")]);
    let gateway = Gateway::start(&service(&[endpoint]));
    for _ in 0..10 {
        assert_eq!(get(gateway.address(), "/m").text(), r#"{"same":"fast"}"#);
    }
}

#[test]
fn one_failure_leaves_the_rest_and_says_so() {
    let upstream = paths(THREE);
    for failing in ["/bad", "/accepted", "/list", "/broken", "/missing"] {
        let backends = ["/a", failing, "/c"].map(|path| backend(&upstream, path));
        let endpoint = with(merging("/m", &backends), json!({"cache_ttl": "1h"}));
        let answer = ask(endpoint);
        assert_eq!(answer.status(), 200, "{failing}");
        assert_eq!(
            answer.text(),
            r#"{"a":1.0,"c":[1e2,null],"same":"a"}"#,
            "{failing}"
        );
        assert_eq!(
            answer.header("x-krakend-completed"),
            Some("false"),
            "{failing}"
        );
        assert_eq!(answer.header("cache-control"), None, "{failing}");
    }
}

#[test]
fn where_all_fail_the_answer_is_500_with_a_text_each() {
    let upstream = paths(THREE);
    let endpoint = merging(
        "/m",
        &[backend(&upstream, "/bad"), backend(&upstream, "/missing")],
    );
    let answer = ask(endpoint);
    let host = upstream.host();
    assert_eq!(answer.status(), 500);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(
        answer.text(),
        format!(
            "invalid status code 503 [GET /bad]: {host}/bad\n\
             invalid status code 404 [GET /missing]: {host}/missing"
        )
    );
    assert_eq!(answer.header("x-krakend-completed"), Some("false"));
}

#[test]
fn errors_are_silent_unless_asked_for() {
    let upstream = paths(THREE);
    let endpoint = merging("/m", &[backend(&upstream, "/bad")]);
    let config = json!({"version": 3, "endpoints": [endpoint]}).to_string();
    let gateway = Gateway::start(&config);
    let answer = get(gateway.address(), "/m");
    assert_eq!((answer.status(), answer.text()), (500, ""));
    assert_eq!(answer.header("content-length"), Some("0"));
    gateway.expect_talk("invalid status code 503 [GET /bad]");
}

/// An upstream that takes requests and never answers.
fn silent() -> Upstream {
    Upstream::with(|peer| {
        peer.request();
        peer.hang();
    })
}

#[test]
fn nothing_outlives_the_timeout() {
    let (silent, good) = (silent(), Upstream::json(r#"{"a":1}"#));
    let hurried =
        |path, backends: &[Value]| with(merging(path, backends), json!({"timeout": "200ms"}));
    let gateway = Gateway::start(&service(&[
        hurried("/one", &[backend(&silent, "/")]),
        hurried("/two", &[backend(&silent, "/"), backend(&good, "/")]),
        hurried("/none", &[backend(&silent, "/"), backend(&silent, "/")]),
        with(
            hurried("/race", &[backend(&silent, "/")]),
            json!({"concurrent_calls": 3}),
        ),
        with(
            hurried("/turns", &[backend(&good, "/"), backend(&silent, "/")]),
            proxy(json!({"sequential": true})),
        ),
    ]));
    for (target, status, body) in [
        ("/one", 500, "context deadline exceeded"),
        ("/two", 200, r#"{"a":1}"#),
        (
            "/none",
            500,
            "context deadline exceeded\ncontext deadline exceeded",
        ),
        ("/race", 500, "context deadline exceeded"),
        ("/turns", 200, r#"{"a":1}"#),
    ] {
        let began = Instant::now();
        let answer = get(gateway.address(), target);
        let took = began.elapsed();
        assert_eq!((answer.status(), answer.text()), (status, body), "{target}");
        assert_eq!(
            answer.header("x-krakend-completed"),
            Some("false"),
            "{target}"
        );
        assert!(
            took > Duration::from_millis(100) && took < Duration::from_secs(1),
            "{took:?}"
        );
    }
}

#[test]
fn of_concurrent_calls_the_first_good_one_wins() {
    let upstream = Upstream::with(|peer| {
        while peer.request().is_some() {
            if peer.number == 0 {
                return peer.hang();
            }
            peer.send(answer(200, "application/json", r#"{"fast":true}"#));
        }
    });
    let endpoint = merging("/m", &[backend(&upstream, "/")]);
    let answer = ask(with(endpoint, json!({"concurrent_calls": 3})));
    assert_eq!((answer.status(), answer.text()), (200, r#"{"fast":true}"#));
    assert_eq!(answer.header("x-krakend-completed"), Some("true"));
}

#[test]
fn a_later_call_is_told_what_an_earlier_one_gave() {
    let upstream = Upstream::by(|request| match request.asked() {
        "GET /first" => answer(
            200,
            "application/json",
            r#"{"id":42,"deep":{"tags":["x","y"]}}"#,
        ),
        "GET /second/42/x,y" => answer(200, "application/json", r#"{"second":true}"#),
        _ => answer(404, "text/plain", ""),
    });
    let backends =
        ["/first", "/second/{resp0_id}/{resp0_deep.tags}"].map(|path| backend(&upstream, path));
    let answer = ask(with(
        merging("/m", &backends),
        proxy(json!({"sequential": true})),
    ));
    assert_eq!(
        answer.text(),
        r#"{"deep":{"tags":["x","y"]},"id":42,"second":true}"#
    );
    assert_eq!(answer.header("x-krakend-completed"), Some("true"));
}

#[test]
fn a_sequence_stops_at_its_first_failure() {
    let upstream = paths(THREE);
    let sequence = |path: &str, paths: [&str; 3]| {
        let backends = paths.map(|path| backend(&upstream, path));
        with(merging(path, &backends), proxy(json!({"sequential": true})))
    };
    let gateway = Gateway::start(&service(&[
        sequence("/later", ["/a", "/bad", "/c"]),
        sequence("/first", ["/bad", "/a", "/c"]),
    ]));
    let later = get(gateway.address(), "/later");
    assert_eq!(
        (later.status(), later.text()),
        (200, r#"{"a":1.0,"same":"a"}"#)
    );
    assert_eq!(later.header("x-krakend-completed"), Some("false"));
    assert_eq!(get(gateway.address(), "/first").status(), 500);
    let asked: Vec<String> = upstream
        .requests()
        .iter()
        .map(|it| it.asked().to_owned())
        .collect();
    assert_eq!(asked, ["GET /a", "GET /bad", "GET /bad"]);
}

#[test]
fn a_shadow_gets_the_request_and_nobody_waits_for_it() {
    let (real, shadow) = (Upstream::json(r#"{"real":1}"#), silent());
    let shadowed = with(
        backend(&shadow, "/shadow"),
        with(json!({"method": "POST"}), proxy(json!({"shadow": true}))),
    );
    let real_one = with(backend(&real, "/real"), json!({"method": "POST"}));
    let endpoint = with(
        merging("/m", &[real_one, shadowed]),
        json!({"method": "POST"}),
    );
    let gateway = Gateway::start(&service(&[endpoint]));
    let began = Instant::now();
    let answer = post(gateway.address(), "/m", "payload");
    assert_eq!((answer.status(), answer.text()), (200, r#"{"real":1}"#));
    assert_eq!(answer.header("x-krakend-completed"), Some("true"));
    assert!(began.elapsed() < Duration::from_secs(2));
    until("the shadow has it, too", || !shadow.requests().is_empty());
    assert_eq!(shadow.request().text(), "payload");
    assert_eq!(real.request().text(), "payload");
}

#[test]
fn static_data_is_laid_over_as_its_strategy_says() {
    let upstream = paths(THREE);
    let backends = |paths: &[&str]| -> Vec<Value> {
        paths.iter().map(|path| backend(&upstream, path)).collect()
    };
    let mut endpoints = Vec::new();
    for strategy in ["always", "success", "errored", "complete", "incomplete"] {
        for (name, paths) in [
            ("good", &["/a", "/c"][..]),
            ("part", &["/a", "/bad"]),
            ("bad", &["/bad"]),
        ] {
            let data = json!({"static": {"strategy": strategy, "data": {"s": 1}}});
            endpoints.push(with(
                merging(&format!("/{strategy}/{name}"), &backends(paths)),
                proxy(data),
            ));
        }
    }
    let gateway = Gateway::start(&service(&endpoints));
    for (strategy, good, part, bad) in [
        ("always", true, true, true),
        ("success", true, false, false),
        ("errored", false, true, true),
        ("complete", true, false, false),
        ("incomplete", false, true, true),
    ] {
        for (name, laid_over) in [("good", good), ("part", part), ("bad", bad)] {
            let answer = get(gateway.address(), &format!("/{strategy}/{name}"));
            let told = answer.text().contains("\"s\":1");
            assert_eq!(told, laid_over, "{strategy} {name}: {answer:?}");
            let failed = name == "bad" && !laid_over;
            assert_eq!(
                answer.status(),
                if failed { 500 } else { 200 },
                "{strategy} {name}"
            );
            let complete = if name == "good" { "true" } else { "false" };
            assert_eq!(
                answer.header("x-krakend-completed"),
                Some(complete),
                "{strategy} {name}"
            );
        }
    }
}

#[test]
fn a_failed_backend_may_show_details_or_its_code() {
    let upstream = paths(THREE);
    let telling = |settings: Value| {
        let more = json!({"extra_config": {"backend/http": settings}});
        with(backend(&upstream, "/bad"), more)
    };
    let details = telling(json!({"return_error_details": "shop"}));
    let gateway = Gateway::start(&service(&[
        merging("/details", std::slice::from_ref(&details)),
        merging("/merged", &[backend(&upstream, "/a"), details]),
        merging("/code", &[telling(json!({"return_error_code": true}))]),
    ]));
    let error = r#""error_shop":{"http_status_code":503,"http_body":"out of order","http_body_encoding":"application/json"}"#;
    let answer = get(gateway.address(), "/details");
    assert_eq!(
        (answer.status(), answer.text()),
        (200, format!("{{{error}}}").as_str())
    );
    assert_eq!(answer.header("x-krakend-completed"), Some("false"));
    let merged = get(gateway.address(), "/merged");
    assert_eq!(merged.text(), format!(r#"{{"a":1.0,{error},"same":"a"}}"#));
    let code = get(gateway.address(), "/code");
    assert_eq!((code.status(), code.text()), (503, "out of order"));
    assert_eq!(code.header("content-type"), Some("application/json"));
}

#[test]
fn shapes_are_taken_from_each_answer() {
    let upstream = Upstream::json(r#"{"data":{"id":1,"name":"n","deep":{"a":1,"b":2}},"noise":0}"#);
    let shaped = |more: Value| with(backend(&upstream, "/"), more);
    let gateway = Gateway::start(&service(&[
        merging(
            "/target",
            &[shaped(json!({"target": "data", "deny": ["deep.b"]}))],
        ),
        merging(
            "/allow",
            &[shaped(json!({"allow": ["data.deep.a"], "group": "g"}))],
        ),
        merging(
            "/mapping",
            &[shaped(
                json!({"target": "data", "allow": ["id"], "mapping": {"id": "number"}}),
            )],
        ),
    ]));
    let text = |target| get(gateway.address(), target).text().to_owned();
    assert_eq!(text("/target"), r#"{"deep":{"a":1},"id":1,"name":"n"}"#);
    assert_eq!(text("/allow"), r#"{"g":{"data":{"deep":{"a":1}}}}"#);
    assert_eq!(text("/mapping"), r#"{"number":1}"#);
}

#[test]
fn encodings_of_answers_in_and_out() {
    let upstream = Upstream::by(|request| match request.asked() {
        "GET /list" => answer(200, "application/json", r#"[{"n":1}]"#),
        "GET /text" => answer(200, "text/plain", "plain <text>"),
        "GET /xml" => answer(200, "text/xml", "<user id=\"7\"><name>n</name></user>"),
        _ => answer(200, "application/json", r#"{"a":{"b":1}}"#),
    });
    let (json, plain) = (
        "application/json; charset=utf-8",
        "text/plain; charset=utf-8",
    );
    let (xml, yaml) = ("application/xml", "application/yaml; charset=utf-8");
    let list = r#"{"collection":[{"n":1}]}"#;
    let text = r#"{"content":"plain \u003ctext\u003e"}"#;
    let user = r#"{"user":{"-id":"7","name":"n"}}"#;
    for (from, encoding, output, content_type, body) in [
        ("/list", "json", "json", json, list),
        ("/list", "json", "json-collection", json, r#"[{"n":1}]"#),
        ("/list", "safejson", "json", json, list),
        ("/text", "string", "json", json, text),
        ("/text", "string", "string", plain, "plain <text>"),
        ("/xml", "xml", "json", json, user),
        ("/object", "json", "xml", xml, "<a><b>1</b></a>"),
        ("/object", "json", "yaml", yaml, "a:\n  b: 1\n"),
    ] {
        let collection = from == "/list" && encoding == "json";
        let more = json!({"encoding": encoding, "is_collection": collection});
        let endpoint = merging("/m", &[with(backend(&upstream, from), more)]);
        let answer = ask(with(endpoint, json!({"output_encoding": output})));
        assert_eq!(
            (answer.status(), answer.text()),
            (200, body),
            "{from} {output}"
        );
        assert_eq!(
            answer.header("content-type"),
            Some(content_type),
            "{from} {output}"
        );
    }
}

#[test]
fn parameters_go_where_the_pattern_wants_them() {
    let upstream = Upstream::json("{\"ok\":1}");
    let endpoint = with(
        merging(
            "/users/{id}/{tab}",
            &[backend(&upstream, "/{tab}?user={id}")],
        ),
        json!({"input_query_strings": ["q"]}),
    );
    let gateway = Gateway::start(&service(&[endpoint]));
    assert_eq!(
        get(gateway.address(), "/users/a%20b/posts?q=1+2&other=3").status(),
        200
    );
    assert_eq!(get(gateway.address(), "/users/%2525/posts").status(), 400);
    assert_eq!(upstream.request().asked(), "GET /posts?user=a%20b&q=1+2");
}
