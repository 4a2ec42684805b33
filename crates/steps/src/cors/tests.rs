//! Expected answers are those of rs/cors 1.11.1 and 1.7.0.

use haleway_blueprint::{Cors, CorsRequestHeaders, Origin, Origins};
use http::{HeaderMap, HeaderValue, Method};

use super::CorsPlan;

const FOO: (&str, &str) = ("origin", "http://foo.example");
const GET: (&str, &str) = ("access-control-request-method", "GET");
const VARY: &str = "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
const OLD_VARY: &str = "Vary: Origin | Vary: Access-Control-Request-Method | \
    Vary: Access-Control-Request-Headers";

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn listed() -> Cors {
    Cors {
        origins: Origins::Listed(strings(&[
            "http://foo.example",
            "http://*.wild.example",
            "https://Upper.Example",
        ])),
        methods: strings(&["GET", "POST"]),
        headers: Some(strings(&["origin", "authorization", "content-type", "x-b"])),
        expose_headers: strings(&["Content-Length", "X-Two"]),
        max_age_s: Some(43200),
        credentials: false,
        private_network: false,
        passthrough: false,
        preflight_status: 204,
        request_headers: CorsRequestHeaders::Strict,
        vary_repeat: 1,
        origin: Origin::default_value(),
    }
}

fn any() -> Cors {
    Cors {
        origins: Origins::Any,
        headers: None,
        expose_headers: Vec::new(),
        max_age_s: None,
        credentials: true,
        ..listed()
    }
}

fn old(cors: Cors) -> Cors {
    Cors {
        request_headers: CorsRequestHeaders::Canonical,
        preflight_status: 200,
        ..cors
    }
}

/// The status, or `-` where the request goes on, and the answer's headers in their order.
fn run(cors: &Cors, method: &str, request: &[(&str, &str)]) -> String {
    let mut headers = HeaderMap::new();
    for (name, value) in request {
        let name: http::HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    let mut answer = HeaderMap::new();
    let method: Method = method.parse().unwrap();
    let status = CorsPlan::compile(cors)
        .unwrap()
        .apply(&method, &headers, &mut answer);
    let mut text = status.map_or("-".to_owned(), |status| status.as_str().to_owned());
    for (name, value) in &answer {
        let name = title_case(name.as_str());
        text.push_str(&format!(" | {name}: {}", value.to_str().unwrap()));
    }
    text
}

fn asking(headers: &str) -> [(&str, &str); 3] {
    [FOO, GET, ("access-control-request-headers", headers)]
}

#[test]
fn a_preflight_is_granted_with_what_it_asked_for() {
    assert_eq!(
        run(&listed(), "OPTIONS", &asking("authorization,content-type")),
        format!(
            "204 | Access-Control-Allow-Headers: authorization,content-type | \
             Access-Control-Allow-Methods: GET | \
             Access-Control-Allow-Origin: http://foo.example | \
             Access-Control-Max-Age: 43200 | {VARY}"
        )
    );
    assert_eq!(
        run(&any(), "OPTIONS", &asking("X-Anything")),
        format!(
            "204 | Access-Control-Allow-Credentials: true | \
             Access-Control-Allow-Headers: X-Anything | Access-Control-Allow-Methods: GET | \
             Access-Control-Allow-Origin: * | {VARY}"
        )
    );
}

#[test]
fn a_refused_preflight_has_the_status_and_vary_only() {
    let refused = format!("204 | {VARY}");
    let cases: [&[(&str, &str)]; 5] = [
        &[("origin", "http://foo.example.tld"), GET],
        &[("origin", ""), GET],
        &[GET],
        &[FOO, ("access-control-request-method", "PUT")],
        &[FOO, ("access-control-request-method", "get")],
    ];
    for request in cases {
        assert_eq!(run(&listed(), "OPTIONS", request), refused, "{request:?}");
    }
}

#[test]
fn asked_headers_are_sorted_lower_case_and_nearly_without_blanks() {
    let seventeen = ",".repeat(16);
    for (headers, granted) in [
        ("authorization, content-type ,\tx-b", true),
        ("authorization,  content-type", false),
        ("content-type,authorization", false),
        ("x-b,x-b", false),
        ("Content-Type", false),
        ("content-type,x-c", false),
        ("", true),
        (",,x-b,", true),
        (&seventeen[1..], true),
        (&seventeen, false),
        ("authorization,  ,x-b", true),
        ("authorization,   ,x-b", false),
    ] {
        let text = run(&listed(), "OPTIONS", &asking(headers));
        assert_eq!(
            text.contains("Access-Control-Allow-Origin"),
            granted,
            "{headers:?}"
        );
        let echoed = text.contains(&format!("Access-Control-Allow-Headers: {headers} |"));
        assert_eq!(echoed, granted && !headers.is_empty(), "{headers:?}");
    }
}

#[test]
fn several_lines_of_asked_headers_are_one_list() {
    let second = ("access-control-request-headers", "content-type");
    let mut request = asking("authorization").to_vec();
    request.push(second);
    let text = run(&listed(), "OPTIONS", &request);
    assert!(text.contains(
        "Access-Control-Allow-Headers: authorization | Access-Control-Allow-Headers: content-type"
    ));
    request.swap(2, 3);
    assert_eq!(run(&listed(), "OPTIONS", &request), format!("204 | {VARY}"));
}

#[test]
fn origins_are_compared_without_case_and_may_hold_a_wildcard() {
    for (origin, granted) in [
        ("http://a.b.wild.example", true),
        ("http://.wild.example", true),
        ("http://wild.example", false),
        ("http://a.wild.example.org", false),
        ("HTTPS://UPPER.example", true),
        ("null", false),
    ] {
        let text = run(&listed(), "GET", &[("origin", origin)]);
        let expected = match granted {
            true => format!(
                "- | Access-Control-Allow-Origin: {origin} | \
                 Access-Control-Expose-Headers: Content-Length, X-Two | Vary: Origin"
            ),
            false => "- | Vary: Origin".to_owned(),
        };
        assert_eq!(text, expected, "{origin}");
    }
}

#[test]
fn what_is_no_preflight_goes_on() {
    let granted = "- | Access-Control-Allow-Credentials: true | \
         Access-Control-Allow-Origin: * | Vary: Origin";
    assert_eq!(run(&any(), "GET", &[FOO, GET]), granted);
    assert_eq!(run(&any(), "OPTIONS", &[FOO]), granted);
    let empty = ("access-control-request-method", "");
    assert_eq!(run(&any(), "OPTIONS", &[FOO, empty]), granted);
    assert_eq!(run(&any(), "DELETE", &[FOO]), "- | Vary: Origin");
    assert_eq!(run(&any(), "GET", &[]), "- | Vary: Origin");
}

#[test]
fn options_is_always_allowed_where_any_method_is() {
    let options = ("access-control-request-method", "OPTIONS");
    let text = run(&listed(), "OPTIONS", &[FOO, options]);
    assert!(
        text.contains("Access-Control-Allow-Methods: OPTIONS |"),
        "{text}"
    );
    let none = Cors {
        methods: Vec::new(),
        ..listed()
    };
    assert_eq!(
        run(&none, "OPTIONS", &[FOO, options]),
        format!("204 | {VARY}")
    );
}

#[test]
fn private_networks_passthrough_and_no_age() {
    let cors = Cors {
        private_network: true,
        passthrough: true,
        max_age_s: Some(0),
        ..listed()
    };
    let vary = format!("{VARY}, Access-Control-Request-Private-Network");
    let private = ("access-control-request-private-network", "true");
    assert_eq!(
        run(&cors, "OPTIONS", &[FOO, GET, private]),
        format!(
            "- | Access-Control-Allow-Methods: GET | \
             Access-Control-Allow-Origin: http://foo.example | \
             Access-Control-Allow-Private-Network: true | Access-Control-Max-Age: 0 | {vary}"
        )
    );
    let other = ("access-control-request-private-network", "yes");
    let text = run(&cors, "OPTIONS", &[FOO, GET, other]);
    assert!(
        !text.contains("Access-Control-Allow-Private-Network"),
        "{text}"
    );
}

#[test]
fn older_versions_read_headers_and_methods_in_any_case() {
    for (headers, echoed) in [
        ("content-type,origin", Some("Content-Type, Origin")),
        ("Content-Type  x-B", Some("Content-Type, X-B")),
        ("x-b,\t content-type", Some("X-B, content-Type")),
        ("content-type,x-c", None),
        ("content.type", None),
    ] {
        let text = run(&old(listed()), "OPTIONS", &asking(headers));
        let expected = match echoed {
            Some(echoed) => format!(
                "200 | Access-Control-Allow-Headers: {echoed} | \
                 Access-Control-Allow-Methods: GET | \
                 Access-Control-Allow-Origin: http://foo.example | \
                 Access-Control-Max-Age: 43200 | {OLD_VARY}"
            ),
            None => format!("200 | {OLD_VARY}"),
        };
        assert_eq!(text, expected, "{headers}");
    }
    let lower = ("access-control-request-method", "get");
    let text = run(&old(any()), "OPTIONS", &[FOO, lower]);
    assert!(
        text.contains("Access-Control-Allow-Methods: GET |"),
        "{text}"
    );
}

#[test]
fn vary_may_stand_twice() {
    let cors = Cors {
        vary_repeat: 2,
        ..old(any())
    };
    let text = run(&cors, "GET", &[FOO]);
    assert!(text.ends_with("| Vary: Origin | Vary: Origin"), "{text}");
}

#[test]
fn what_cannot_be_written_is_refused() {
    let broken = Cors {
        expose_headers: strings(&["a\nb"]),
        ..listed()
    };
    assert!(
        CorsPlan::compile(&broken)
            .unwrap_err()
            .contains("exposed headers")
    );
    let broken = Cors {
        preflight_status: 99,
        ..listed()
    };
    assert!(CorsPlan::compile(&broken).unwrap_err().contains("99"));
}

/// A name as Go writes it.
fn title_case(name: &str) -> String {
    let parts = name.split('-').map(|part| {
        let (first, rest) = part.split_at(1.min(part.len()));
        format!("{}{rest}", first.to_ascii_uppercase())
    });
    parts.collect::<Vec<_>>().join("-")
}
