//! The answers that redirect. Expected texts are those of gin 1.11 on Go 1.26.

use haleway_routing::by_path::NearMiss;
use http::{HeaderMap, HeaderValue, Method};

use super::Redirection;

fn slash(path: &str, query: Option<&str>, prefix: Option<&'static str>) -> Redirection {
    let mut headers = HeaderMap::new();
    if let Some(prefix) = prefix {
        headers.insert("x-forwarded-prefix", HeaderValue::from_static(prefix));
    }
    Redirection::new(
        &NearMiss::TrailingSlash(path.to_owned()),
        &Method::GET,
        query,
        &headers,
    )
}

#[test]
fn get_is_moved_for_good_and_says_so_in_html() {
    let near = NearMiss::FixedPath("/static".to_owned());
    let answer = Redirection::new(&near, &Method::GET, None, &HeaderMap::new());
    assert_eq!(answer.status, 301);
    assert_eq!(answer.location, "/static");
    assert_eq!(answer.content_type.unwrap(), "text/html; charset=utf-8");
    assert_eq!(
        answer.body,
        "<a href=\"/static\">Moved Permanently</a>.\n\n"
    );
}

#[test]
fn other_methods_keep_their_method_and_get_no_body() {
    let near = NearMiss::FixedPath("/static".to_owned());
    for (method, typed) in [(Method::HEAD, true), (Method::POST, false)] {
        let answer = Redirection::new(&near, &method, None, &HeaderMap::new());
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (307, ""));
        assert_eq!(answer.content_type.is_some(), typed);
    }
}

#[test]
fn locations_are_what_go_writes() {
    for (path, query, expected) in [
        ("/a b/ä", None, "/a%20b/%C3%A4"),
        ("/a", Some("x=1&y=%20"), "/a?x=1&y=%20"),
        ("/a", Some(""), "/a?"),
        ("/a!*'()", None, "/a%21%2A%27%28%29"),
        ("/a%41", None, "/a%2541"),
        ("/a//b/../c/", None, "/a/c/"),
        ("/a", Some("x=/../y"), "/a?x=/../y"),
        ("/a", Some("x=ä"), "/a?x=%c3%a4"),
    ] {
        assert_eq!(slash(path, query, None).location, expected, "{path}");
    }
}

#[test]
fn the_link_is_escaped() {
    let answer = slash("/a", Some("x=\"><script>&'"), None);
    assert_eq!(
        answer.body,
        "<a href=\"/a?x=&#34;&gt;&lt;script&gt;&amp;&#39;\">Moved Permanently</a>.\n\n"
    );
}

#[test]
fn a_forwarded_prefix_stands_before_slash_redirects_only() {
    for (prefix, expected) in [
        ("/api", "/api/a"),
        ("/api/", "/api/a"),
        ("api", "/api/a"),
        ("/../..//api/./x", "/api/x/a"),
        ("/a%2fb;c", "/a2fbc/a"),
        (".", "/a"),
        ("", "/a"),
        ("/", "/a"),
        ("!!", "/a"),
        ("//evil.example", "/evilexample/a"),
    ] {
        assert_eq!(
            slash("/a", None, Some(prefix)).location,
            expected,
            "{prefix}"
        );
    }
    let mut headers = HeaderMap::new();
    headers.insert("x-forwarded-prefix", HeaderValue::from_static("/api"));
    let near = NearMiss::FixedPath("/a".to_owned());
    assert_eq!(
        Redirection::new(&near, &Method::GET, None, &headers).location,
        "/a"
    );
}

#[test]
fn no_location_names_another_host() {
    for path in [
        "//evil.example/x",
        "///evil.example",
        "/\\evil.example",
        "//",
    ] {
        let location = slash(path, None, None).location;
        let text = location.to_str().unwrap();
        assert!(
            text.starts_with('/') && !text.starts_with("//") && !text.contains('\\'),
            "{text}"
        );
    }
}
