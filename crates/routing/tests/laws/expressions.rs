//! Expressions hold where the original's own interpreter says so.

use haleway_blueprint::{MatchRule, RequestMatch};
use haleway_routing::RequestRouter;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::model::evaluate;
use crate::requests::{Request, request};

fn predicate() -> impl Strategy<Value = String> {
    let texts = vec![
        r#"net.protocol == "https""#,
        r#"net.protocol != "https""#,
        r#"tls.sni == "s.x""#,
        r#"tls.sni =^ ".x""#,
        r#"tls.sni != "s.x""#,
        r#"http.method == "GET""#,
        r#"http.method == "BREW""#,
        r#"http.host == "a.x""#,
        r#"http.host =^ ".x""#,
        r#"http.host ^= "a.""#,
        r#"http.host != "b.x""#,
        r#"lower(http.path) == "/ab""#,
        r#"lower(http.path) ~ "^/(?<n>a)b""#,
        r#"http.path == "/a/b""#,
        r#"http.path ^= "/a""#,
        r#"http.path ^= "/a/""#,
        r#"http.path =^ "b""#,
        r#"http.path contains "ab""#,
        r#"http.path != "/""#,
        r##"http.path ~ r#"^/a/[^/]+$"#"##,
        r##"http.path ~ r#"b"#"##,
        r##"http.path ~ r#"^/(a|b)"#"##,
        r#"http.path.segments.0 == "a""#,
        r#"http.path.segments.1 ^= "a""#,
        r#"http.path.segments.0_1 == "a/b""#,
        r#"http.path.segments.1_2 == "b/ab""#,
        r#"http.path.segments.1_1 == "a""#,
        "http.path.segments.len >= 2",
        "http.path.segments.len == 0",
        r#"http.headers.x_a == "1""#,
        r#"http.headers.x_a != "1""#,
        r#"any(http.headers.x_a) == "1""#,
        r#"any(http.headers.x_a) != "1""#,
        r#"any(lower(http.headers.x_a)) == "v""#,
        r#"any(lower(http.headers.x_b)) == "k""#,
        r#"lower(http.headers.x_b) ~ "[v1]""#,
        r#"http.queries.q == "1""#,
        r#"any(http.queries.q) == "a b""#,
        r#"http.queries.r == """#,
        "net.src.ip in 10.1.0.0/16",
        "net.src.ip not in 10.0.0.0/16",
        "net.src.ip == 10.2.0.1",
        "net.dst.ip != 127.0.0.1",
        "net.dst.ip in ::/0",
        "net.dst.port == 80",
        "net.dst.port < 81",
        "net.src.port > 4000",
        "net.src.port != 0xfa0",
    ];
    select(texts).prop_map(str::to_owned)
}

/// Any expression over the alphabets of requests.
pub(crate) fn expression() -> impl Strategy<Value = String> {
    predicate().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            3 => vec(inner.clone(), 2..4).prop_map(|parts| parts.join(" && ")),
            2 => vec(inner.clone(), 2..4).prop_map(|parts| parts.join(" || ")),
            2 => inner.clone().prop_map(|part| format!("({part})")),
            1 => inner.prop_map(|part| format!("!({part})")),
        ]
    })
}

fn router(text: &str) -> Result<RequestRouter, String> {
    let entry = RequestMatch {
        position: 0,
        rule: MatchRule::Expression(text.to_owned()),
    };
    RequestRouter::new(&[(7, &entry)]).map_err(|error| error.to_string())
}

fn holds(text: &str, request: &Request) -> Option<Option<usize>> {
    let router = router(text).unwrap();
    request.view(|view| router.find(view).map(|found| found.matched_path))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn agrees_with_the_original(text in expression(), requests in vec(request(), 8)) {
        for request in &requests {
            prop_assert_eq!(holds(&text, request), evaluate(&text, request), "{:?}", request);
        }
    }

    #[test]
    fn no_text_panics(text in ".{0,60}", parts in vec(predicate(), 1..4), at in 0_usize..80) {
        let _ = router(&text);
        let mut mixed = parts.join("&&");
        let at = mixed.floor_char_boundary(at);
        mixed.insert_str(at, &text);
        let _ = router(&mixed);
    }
}

#[test]
fn or_binds_closer_than_and() {
    let text = r#"http.method == "POST" && http.path == "/x" || http.path == "/""#;
    assert_eq!(holds(text, &Request::of("/")), None);
}

#[test]
fn an_alternative_of_several_fields_is_found_by_each() {
    let texts = [
        r#"http.host == "none" || http.method == "GET""#,
        r#"http.method == "NONE" || http.host == "a.x""#,
        r#"http.path == "/none" || http.host == "a.x""#,
        r#"http.path ^= "/none" || !(http.path == "/none")"#,
        r#"http.host == "none" || lower(http.host) == "a.x""#,
        r#"http.headers.x_a == "none" || http.headers.x_b == "1""#,
        r#"http.host == "none" || http.host != "none""#,
        r#"http.path == "/none" || http.path contains "a""#,
        r#"http.path == "/none" || http.path =^ "b""#,
    ];
    for text in texts {
        let request = Request::of("/a/b").with_header("x-b", "1");
        assert!(holds(text, &request).is_some(), "{text}");
    }
}

#[test]
fn the_old_name_of_the_port_still_serves() {
    assert!(holds("net.port == 80", &Request::of("/")).is_some());
    assert!(holds("net.port == 81", &Request::of("/")).is_none());
}

#[test]
fn refuses_what_is_no_expression() {
    for (text, expected) in [
        ("", "expected"),
        ("http.path", "expected"),
        (r#"http.path = "/""#, "expected"),
        (r#"http.paths == "/""#, "Unknown LHS field"),
        ("http.path == 1", "Type mismatch"),
        ("lower(net.dst.port) == 1", "lower-case"),
        (r#"upper(http.path) == "/""#, "unknown transformation"),
        (r#"http.path ~ "(""#, "unclosed group"),
        (r#"http.path.segments.x == "a""#, "there is no field"),
        (r#"http.path.segments.1_ == "a""#, "there is no field"),
        (r#"http.path.segments.01 == "a""#, "there is no field"),
        (r#"http.path.segments. == "a""#, "there is no field"),
        (r#"http.queries. == "a""#, "there is no field"),
        (r#"http.headers. == "a""#, "there is no field"),
        ("net.dst.port == 99999999999999999999", "number too large"),
    ] {
        let error = router(text).expect_err(text);
        assert!(error.starts_with("route 7: "), "{error}");
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn the_size_of_expressions_is_bounded() {
    let predicate = r#"http.path == "/""#;
    let many = vec![predicate; 1025];
    assert!(router(&many.join(" && ")).is_ok());
    let more = vec![predicate; 1026];
    assert!(
        router(&more.join(" && "))
            .unwrap_err()
            .contains("operators")
    );
    let deep = |depth: usize| format!("{}{predicate}{}", "(".repeat(depth), ")".repeat(depth));
    assert!(router(&deep(32)).is_ok());
    assert!(router(&deep(33)).unwrap_err().contains("parentheses"));
    let long = format!(r#"http.path == "{}""#, "a".repeat(70_000));
    assert!(router(&long).unwrap_err().contains("longer"));
}
