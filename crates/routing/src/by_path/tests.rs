//! Tests of the router: a linear model, gin's documented behaviour.

mod model;
mod near_misses;

use haleway_blueprint::{PathPattern, PathRules, Segment};
use http::Method;

use super::{Matched, NearMiss, Router, Served, parameter_names};

const RULES: PathRules = PathRules {
    redirect_trailing_slash: true,
    redirect_fixed_path: true,
    method_not_allowed: true,
    merge_slashes: false,
    encoded_parameter: None,
};

/// Reads `/a/x:name/*rest`.
fn pattern(text: &str) -> PathPattern {
    let segment = |text: &str| match (text.strip_prefix('*'), text.split_once(':')) {
        (Some(name), _) => Segment::Rest(name.to_owned()),
        (None, Some((prefix, name))) => Segment::Parameter {
            prefix: prefix.to_owned(),
            name: name.to_owned(),
        },
        (None, None) => Segment::Literal(text.to_owned()),
    };
    PathPattern {
        segments: text.split('/').skip(1).map(segment).collect(),
    }
}

/// A router of routes written `GET /path`, or `/path` for all methods.
fn router_with(routes: &[&str], rules: &PathRules) -> Router {
    let written: Vec<(Vec<String>, PathPattern)> = routes
        .iter()
        .map(|text| {
            let (method, path) = text.split_once(' ').unwrap_or(("", text));
            let methods = method.split_terminator(' ').map(str::to_owned);
            (methods.collect(), pattern(path))
        })
        .collect();
    let served = written.iter().enumerate();
    let served = served.map(|(index, (methods, path))| Served {
        index,
        methods,
        path,
    });
    Router::new(rules, &served.collect::<Vec<_>>())
}

fn router(routes: &[&str]) -> Router {
    router_with(routes, &RULES)
}

/// `ROUTE name=value ...`, `-> path`, `405 GET, POST` or `404`.
fn outcome(routes: &[&str], rules: &PathRules, method: &str, path: &str) -> String {
    let method: Method = method.parse().unwrap();
    match router_with(routes, rules).find(&method, path) {
        Matched::Route { index, params } => {
            let path_text = routes[index]
                .split_once(' ')
                .map_or(routes[index], |(_, path)| path);
            let names = parameter_names(&pattern(path_text));
            assert_eq!(names.len(), params.len());
            let mut text = path_text.to_owned();
            for (name, value) in names.iter().zip(params.values(path)) {
                text.push_str(&format!(" {name}={value}"));
            }
            text
        }
        Matched::Redirect(NearMiss::TrailingSlash(path) | NearMiss::FixedPath(path)) => {
            format!("-> {path}")
        }
        Matched::MethodNotAllowed { allow } => format!("405 {allow}"),
        Matched::NotFound => "404".to_owned(),
    }
}

fn check(routes: &[&str], cases: &[(&str, &str)]) {
    for (request, expected) in cases {
        let (method, path) = request.split_once(' ').unwrap_or(("GET", request));
        assert_eq!(
            outcome(routes, &RULES, method, path),
            *expected,
            "{request}"
        );
    }
}

#[test]
fn literal_comes_before_parameter_before_rest() {
    let routes = [
        "GET /a/b",
        "GET /a/:id",
        "GET /a/x:id",
        "GET /a/xy:id",
        "GET /a/*rest",
    ];
    check(
        &routes,
        &[
            ("/a/b", "/a/b"),
            ("/a/c", "/a/:id id=c"),
            ("/a/x", "/a/:id id=x"),
            ("/a/xz", "/a/x:id id=z"),
            ("/a/xyz", "/a/xy:id id=z"),
            ("/a/xy", "/a/x:id id=y"),
            ("/a/", "/a/*rest rest="),
            ("/a/b/c", "/a/*rest rest=b/c"),
            ("/a//", "/a/*rest rest=/"),
        ],
    );
}

#[test]
fn a_branch_that_leads_nowhere_is_left_again() {
    let routes = [
        "GET /a/b/c",
        "GET /a/:x/d",
        "GET /:y/b/e",
        "GET /:z/:w/:v/f",
    ];
    check(
        &routes,
        &[
            ("/a/b/c", "/a/b/c"),
            ("/a/b/d", "/a/:x/d x=b"),
            ("/a/b/e", "/:y/b/e y=a"),
            ("/a/b/c/f", "/:z/:w/:v/f z=a w=b v=c"),
            ("/a/b/g", "404"),
        ],
    );
}

#[test]
fn a_parameter_is_empty_only_between_slashes() {
    let routes = ["GET /a/:id", "GET /b/:id/c", "GET /d/x:id/c"];
    let rules = PathRules {
        redirect_fixed_path: false,
        ..RULES
    };
    for (path, expected) in [
        ("/a/", "404"),
        ("/b//c", "/b/:id/c id="),
        ("/d/x/c", "/d/x:id/c id="),
        ("/d//c", "404"),
    ] {
        assert_eq!(outcome(&routes, &rules, "GET", path), expected, "{path}");
    }
}

#[test]
fn methods_have_their_own_trees() {
    let routes = [
        "GET /a/b",
        "POST /a/:id",
        "PUT /a/:id",
        "/any/*rest",
        "DELETE /any/x",
    ];
    check(
        &routes,
        &[
            ("GET /a/c", "405 POST, PUT"),
            ("POST /a/b", "/a/:id id=b"),
            ("HEAD /a/b", "405 GET, POST, PUT"),
            ("BREW /any/x", "/any/*rest rest=x"),
            ("DELETE /any/x", "/any/x"),
            ("DELETE /any/y", "/any/*rest rest=y"),
            ("get /a/b", "405 GET, POST, PUT"),
            ("GET /x", "404"),
        ],
    );
    let rules = PathRules {
        method_not_allowed: false,
        ..RULES
    };
    assert_eq!(outcome(&routes, &rules, "GET", "/a/c"), "404");
}

#[test]
fn the_earlier_of_two_equal_routes_serves() {
    let router = router(&["/a/:x", "GET /a/:y", "GET /a/:z"]);
    let Matched::Route { index, .. } = router.find(&Method::GET, "/a/b") else {
        panic!()
    };
    assert_eq!(index, 1);
    let Matched::Route { index, .. } = router.find(&Method::PUT, "/a/b") else {
        panic!()
    };
    assert_eq!(index, 0);
}

#[test]
fn merged_slashes_are_cleaned_before_the_match() {
    let routes = ["GET /a/:id/c"];
    let rules = PathRules {
        merge_slashes: true,
        ..RULES
    };
    for (path, expected) in [
        ("//a///b//c", "/a/:id/c id=b"),
        ("/x/../a/./b/c", "/a/:id/c id=b"),
        ("//a//b//c/", "-> //a//b//c"),
        ("/a/b/c", "/a/:id/c id=b"),
    ] {
        assert_eq!(outcome(&routes, &rules, "GET", path), expected, "{path}");
    }
}

#[test]
fn paths_that_are_none_match_nothing() {
    check(
        &["GET /*rest", "GET /a"],
        &[("*", "404"), ("a", "404"), ("", "404")],
    );
    check(&["GET /"], &[("/", "/")]);
}

#[test]
fn ten_thousand_routes_are_found_like_ten() {
    let routes: Vec<String> = (0..10_000)
        .map(|n| format!("GET /v{}/x{n}/:id", n % 7))
        .collect();
    let routes: Vec<&str> = routes.iter().map(String::as_str).collect();
    let router = router(&routes);
    for n in [0, 1, 4_711, 9_999] {
        let path = format!("/v{}/x{n}/value", n % 7);
        let Matched::Route { index, params } = router.find(&Method::GET, &path) else {
            panic!()
        };
        assert_eq!(index, n);
        assert_eq!(params.value(0, &path), Some("value"));
    }
}

#[test]
fn very_long_and_deep_paths_end() {
    let deep = "/a".repeat(10_000);
    let router = router(&["GET /:a/:b/:c/x", "GET /a/*rest", &format!("POST {deep}")]);
    let Matched::Route { index: 1, params } = router.find(&Method::GET, &deep) else {
        panic!()
    };
    assert_eq!(params.value(0, &deep).map(str::len), Some(deep.len() - 3));
    let Matched::Route { index: 2, .. } = router.find(&Method::POST, &deep) else {
        panic!()
    };
    let slashes = "/".repeat(100_000);
    assert_eq!(router.find(&Method::POST, &slashes), Matched::NotFound);
}
