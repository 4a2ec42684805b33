//! What is known of a match that was found, and tables of rules that few requests meet.

use haleway_blueprint::{
    FieldMatch, HeaderMatch, HeaderValueMatch, HostMatch, MatchRule, PathMatch, RequestMatch,
};
use haleway_routing::{RequestRouter, RouterError};
use http::HeaderValue;

use crate::requests::Request;

fn entry(position: u32, fields: FieldMatch) -> RequestMatch {
    RequestMatch {
        position,
        rule: MatchRule::Fields(fields),
    }
}

fn of_path(path: PathMatch) -> FieldMatch {
    FieldMatch {
        paths: vec![path],
        ..FieldMatch::default()
    }
}

fn router(rules: Vec<FieldMatch>) -> Result<RequestRouter, RouterError> {
    let entries: Vec<_> = (0..).zip(rules).map(|(at, rule)| entry(at, rule)).collect();
    let entries: Vec<_> = entries.iter().enumerate().collect();
    RequestRouter::new(&entries)
}

fn route(router: &RequestRouter, request: &Request) -> Option<usize> {
    request.view(|view| router.find(view).map(|found| found.route))
}

#[test]
fn groups_are_found_by_number_and_name() {
    let pattern = "/v(?<version>[0-9]+)(/x)?/([^/]+)";
    let router = router(vec![of_path(PathMatch::Regex(pattern.to_owned()))]).unwrap();
    let path = "/v2/users/7";
    Request::of(path).view(|view| {
        let found = router.find(view).unwrap();
        assert_eq!(found.matched_path, Some("/v2/users".len()));
        let captures = found.captures(path).unwrap();
        assert_eq!(captures.by_number(0), Some("/v2/users"));
        assert_eq!(captures.by_number(1), Some("2"));
        assert_eq!(captures.by_name("version"), Some("2"));
        assert_eq!(captures.by_number(2), None);
        assert_eq!(captures.by_number(3), Some("users"));
        assert_eq!((captures.by_number(4), captures.by_name("x")), (None, None));
        let all: Vec<_> = captures.iter().collect();
        assert_eq!(
            all,
            [
                (0, None, "/v2/users"),
                (1, Some("version"), "2"),
                (3, None, "users")
            ]
        );
    });
}

#[test]
fn there_are_no_captures_without_groups_that_caught() {
    for pattern in ["/a/.", "/a/b", "/a/(x)?b", "/a/b$"] {
        let router = router(vec![of_path(PathMatch::Regex(pattern.to_owned()))]).unwrap();
        Request::of("/a/b").view(|view| {
            let found = router.find(view).unwrap();
            assert_eq!(found.matched_path, Some(4), "{pattern}");
            assert!(found.captures("/a/b").is_none(), "{pattern}");
        });
    }
}

#[test]
fn expressions_capture_from_the_path_in_the_case_that_they_saw() {
    let text = r#"any(http.headers.x_a) ~ "(.)" && lower(http.path) ~ "^/(?<who>[a-z]+)""#;
    let entry = RequestMatch {
        position: 0,
        rule: MatchRule::Expression(text.to_owned()),
    };
    let router = RequestRouter::new(&[(0, &entry)]).unwrap();
    Request::of("/ME").with_header("x-a", "1").view(|view| {
        let captures = router.find(view).unwrap().captures("/ME").unwrap();
        assert_eq!(captures.by_name("who"), Some("me"));
    });
}

#[test]
fn only_the_first_branch_of_an_open_alternative_is_anchored() {
    let router = router(vec![of_path(PathMatch::Regex("/a|/b".to_owned()))]).unwrap();
    for (path, expected) in [("/a", Some(2)), ("/x/b", Some(2)), ("/x/a", None)] {
        Request::of(path).view(|view| {
            let found = router.find(view).map(|found| found.matched_path.unwrap());
            assert_eq!(found, expected, "{path}");
        });
    }
}

#[test]
fn of_several_paths_the_first_that_matches_counts() {
    let paths = ["/a/b", "/a", "/a/b/c"].map(|text| PathMatch::Prefix(text.to_owned()));
    let fields = FieldMatch {
        paths: paths.to_vec(),
        ..FieldMatch::default()
    };
    let router = router(vec![fields]).unwrap();
    Request::of("/a/b/c/d").view(|view| {
        assert_eq!(router.find(view).unwrap().matched_path, Some(4));
    });
}

#[test]
fn a_match_without_lists_serves_everything_and_shows_no_path() {
    let router = router(vec![FieldMatch::default()]).unwrap();
    Request::of("/a").view(|view| {
        assert_eq!(router.find(view).unwrap().matched_path, None);
    });
    assert_eq!(route(&router, &Request::of("")), Some(0));
}

#[test]
fn no_match_finds_nothing() {
    let router = RequestRouter::new(&[]).unwrap();
    assert_eq!(route(&router, &Request::of("/")), None);
}

#[test]
fn says_which_route_cannot_be_compiled() {
    let good = of_path(PathMatch::Prefix("/".to_owned()));
    let broken = of_path(PathMatch::Regex("/(".to_owned()));
    let error = router(vec![good.clone(), broken]).unwrap_err();
    assert_eq!(error.route, 1);
    assert!(error.message.contains("unclosed group"), "{error}");
    let header = FieldMatch {
        headers: vec![HeaderMatch {
            name: "a b".to_owned(),
            values: Vec::new(),
        }],
        ..good
    };
    let error = router(vec![header]).unwrap_err();
    assert_eq!(error.to_string(), "route 0: `a b` is no name of a header");
}

#[test]
fn hosts_beyond_those_that_have_places_are_asked_for_all_the_same() {
    let host = |n: usize| HostMatch {
        host: format!("h{n}.x"),
        port: None,
    };
    let paths = (0..40).map(|n| PathMatch::Prefix(format!("/{n}/")));
    let pairs = FieldMatch {
        hosts: (0..40).map(host).collect(),
        paths: paths.collect(),
        ..FieldMatch::default()
    };
    let many = FieldMatch {
        hosts: (100..1200).map(host).collect(),
        ..FieldMatch::default()
    };
    let router = router(vec![pairs, many]).unwrap();
    for (host, path, expected) in [
        ("h39.x", "/39/a", Some(0)),
        ("h40.x", "/39/a", None),
        ("h39.x", "/40/a", None),
        ("h1199.x", "/39/a", Some(1)),
        ("h1200.x", "/39/a", None),
    ] {
        let request = Request {
            host,
            ..Request::of(path)
        };
        assert_eq!(route(&router, &request), expected, "{host}{path}");
    }
}

#[test]
fn letter_case_beyond_ascii_is_found_in_long_lists_too() {
    let by_value = |n: u32| {
        let values = vec![HeaderValueMatch::Exact(n.to_string())];
        let name = "x-a".to_owned();
        let headers = vec![HeaderMatch { name, values }];
        let fields = FieldMatch {
            headers,
            ..FieldMatch::default()
        };
        entry(n, fields)
    };
    let mut entries: Vec<_> = (0..20).map(by_value).collect();
    let text = r#"any(lower(http.headers.x_a)) == "k""#;
    entries.push(RequestMatch {
        position: 20,
        rule: MatchRule::Expression(text.to_owned()),
    });
    let entries: Vec<_> = entries.iter().enumerate().collect();
    let router = RequestRouter::new(&entries).unwrap();
    let mut request = Request::of("/");
    // The sign of kelvin is another K.
    let kelvin = "\u{212a}".as_bytes();
    request
        .headers
        .append("x-a", HeaderValue::from_bytes(kelvin).unwrap());
    assert_eq!(route(&router, &request), Some(20));
    request.headers.append("x-a", HeaderValue::from_static("7"));
    assert_eq!(route(&router, &request), Some(7));
}

#[test]
fn ten_thousand_routes_that_differ_in_one_field_are_told_apart() {
    let number = |text: &str| text.parse::<usize>().unwrap();
    let by_host = |n: usize| FieldMatch {
        hosts: vec![HostMatch {
            host: format!("{n}.x"),
            port: None,
        }],
        ..FieldMatch::default()
    };
    let by_header = |n: usize| FieldMatch {
        headers: vec![HeaderMatch {
            name: "x-a".to_owned(),
            values: vec![HeaderValueMatch::Exact(format!("V{n}"))],
        }],
        ..FieldMatch::default()
    };
    let by_sni = |n: usize| FieldMatch {
        snis: vec![format!("{n}.x")],
        ..FieldMatch::default()
    };
    let hosts = router((0..10_000).map(by_host).collect()).unwrap();
    let headers = router((0..10_000).map(by_header).collect()).unwrap();
    let snis = router((0..10_000).map(by_sni).collect()).unwrap();
    for text in ["0", "17", "4711", "9999"] {
        let host = format!("{text}.x");
        let value = format!("v{text}");
        let mut request = Request::of("/");
        request.headers.insert("x-a", value.parse().unwrap());
        let found = request.view(|view| headers.find(view).unwrap().route);
        assert_eq!(found, number(text));
        request.scheme = "https";
        request.view(|view| {
            let view = haleway_routing::RequestView {
                host: &host,
                sni: Some(&host),
                ..*view
            };
            assert_eq!(hosts.find(&view).unwrap().route, number(text));
            assert_eq!(snis.find(&view).unwrap().route, number(text));
        });
    }
    assert_eq!(route(&hosts, &Request::of("/")), None);
    assert_eq!(
        route(&snis, &Request::of("/")),
        Some(0),
        "without TLS no name is asked for"
    );
}
