//! Expected answers are those of Kong 3.9.

use haleway_blueprint::{Origin, OriginMatch, OriginPolicy, OriginRule};
use http::{HeaderValue, Response};
use proptest::prelude::*;

use super::OriginPolicyPlan;
use crate::trial::{Trial, said};

const ASKED: (&str, &str) = ("access-control-request-method", "DELETE");
const A: (&str, &str) = ("origin", "http://a.example");

fn policy(origins: OriginRule) -> OriginPolicy {
    OriginPolicy {
        origins,
        methods: "GET,POST".to_owned(),
        headers: None,
        expose_headers: None,
        max_age: None,
        credentials: false,
        private_network: false,
        forward_preflights: false,
        preflight_status: 200,
        origin: Origin::default_value(),
    }
}

fn listed() -> OriginRule {
    OriginRule::Listed(vec![
        OriginMatch::Exact("http://a.example:80".to_owned()),
        OriginMatch::Pattern(r"^(?:https?://.*\.b\.example$)".to_owned()),
        OriginMatch::HostPattern(r"^(?:c[0-9]+\.example$)".to_owned()),
    ])
}

fn fixed() -> OriginRule {
    OriginRule::Fixed("http://z.example".to_owned())
}

/// What a preflight is answered with, or what becomes of an endpoint's answer.
fn run(policy: &OriginPolicy, method: &str, headers: &[(&str, &str)]) -> String {
    let plan = OriginPolicyPlan::compile(policy).unwrap();
    let mut trial = Trial::get("/").method(method).with(headers);
    let passed = trial.run(|passage| {
        let answer = plan.on_request(passage)?;
        // An answer of the step itself stays as it is.
        let mut parts = Response::new(()).into_parts().0;
        plan.on_answer(&mut parts, passage.notes);
        assert!(parts.headers.is_empty());
        Some(answer)
    });
    if passed != "-" {
        return passed;
    }
    let answer = Response::builder()
        .header("access-control-allow-origin", "upstream")
        .header("vary", "X")
        .body(());
    let mut parts = answer.unwrap().into_parts().0;
    plan.on_answer(&mut parts, &trial.notes);
    let mut text = "-".to_owned();
    for (name, value) in &parts.headers {
        let short = name.as_str().replace("access-control-", "");
        text.push_str(&format!(" | {short}: {}", value.to_str().unwrap()));
    }
    text
}

#[test]
fn answers_name_the_origin_that_is_allowed() {
    let varies = "vary: X | vary: Origin";
    for (origins, origin, expected) in [
        (
            OriginRule::Any,
            Some("http://a.example"),
            "- | allow-origin: * | vary: X".to_owned(),
        ),
        (
            OriginRule::Any,
            None,
            "- | allow-origin: * | vary: X".to_owned(),
        ),
        (
            fixed(),
            Some("http://a.example"),
            format!("- | allow-origin: http://z.example | {varies}"),
        ),
        (
            fixed(),
            None,
            format!("- | allow-origin: http://z.example | {varies}"),
        ),
        (
            listed(),
            Some("http://a.example"),
            format!("- | allow-origin: http://a.example | {varies}"),
        ),
        (
            listed(),
            Some("http://a.example:80"),
            format!("- | allow-origin: http://a.example | {varies}"),
        ),
        (
            listed(),
            Some("http://x.b.example"),
            format!("- | allow-origin: http://x.b.example | {varies}"),
        ),
        (
            listed(),
            Some("ftp://c12.example:7"),
            format!("- | allow-origin: ftp://c12.example:7 | {varies}"),
        ),
        (
            listed(),
            Some("http://a.example:81"),
            format!("- | {varies}"),
        ),
        (listed(), Some("https://a.example"), format!("- | {varies}")),
        (
            listed(),
            Some("http://x.b.example.org"),
            format!("- | {varies}"),
        ),
        (listed(), Some("null"), format!("- | {varies}")),
        (listed(), Some(""), format!("- | {varies}")),
        (listed(), None, format!("- | {varies}")),
    ] {
        let headers: Vec<_> = origin
            .map(|origin| ("origin", origin))
            .into_iter()
            .collect();
        let text = run(&policy(origins.clone()), "GET", &headers);
        assert_eq!(text, expected, "{origins:?} {origin:?}");
    }
}

#[test]
fn credentials_need_an_origin_of_their_own() {
    let with = |origins| OriginPolicy {
        credentials: true,
        expose_headers: Some("X-A,X-B".to_owned()),
        ..policy(origins)
    };
    let exposed = "expose-headers: X-A,X-B";
    for (origins, headers, expected) in [
        (
            OriginRule::Any,
            &[A][..],
            "- | allow-origin: http://a.example | vary: X | vary: Origin | allow-credentials: true",
        ),
        (OriginRule::Any, &[], "- | allow-origin: * | vary: X"),
        (
            listed(),
            &[("origin", "http://other.example")],
            "- | vary: X | vary: Origin | allow-credentials: true",
        ),
        (
            OriginRule::Listed(vec![OriginMatch::Any]),
            &[A],
            "- | allow-origin: http://a.example | vary: X | vary: Origin | vary: Origin \
             | allow-credentials: true",
        ),
        (
            OriginRule::Listed(vec![OriginMatch::Any]),
            &[],
            "- | vary: X | vary: Origin | allow-credentials: true",
        ),
    ] {
        let text = run(&with(origins.clone()), "GET", headers);
        assert_eq!(
            text,
            format!("{expected} | {exposed}"),
            "{origins:?} {headers:?}"
        );
    }
}

#[test]
fn a_preflight_is_answered_with_all_that_is_allowed() {
    let asking = ("access-control-request-headers", "x-a, x-b");
    let text = run(&policy(OriginRule::Any), "OPTIONS", &[A, ASKED, asking]);
    assert_eq!(
        text,
        "200 | access-control-allow-origin: * | access-control-allow-headers: x-a, x-b \
         | access-control-allow-methods: GET,POST"
    );
    let full = OriginPolicy {
        credentials: true,
        headers: Some("X-C".to_owned()),
        max_age: Some("3600".to_owned()),
        private_network: true,
        ..policy(listed())
    };
    let private = ("access-control-request-private-network", "true");
    assert_eq!(
        run(&full, "OPTIONS", &[A, ASKED, asking, private]),
        "200 | vary: Origin | access-control-allow-origin: http://a.example \
         | access-control-allow-credentials: true | access-control-allow-headers: X-C \
         | access-control-allow-methods: GET,POST | access-control-max-age: 3600 \
         | access-control-allow-private-network: true"
    );
    let other = run(&full, "OPTIONS", &[("origin", "x"), ASKED]);
    assert!(
        other.starts_with("200 |") && !other.contains("allow-origin"),
        "{other}"
    );
    assert!(!other.contains("private"), "{other}");
}

#[test]
fn what_is_no_preflight_goes_on() {
    let any = policy(OriginRule::Any);
    let passed = "- | allow-origin: * | vary: X";
    assert_eq!(run(&any, "OPTIONS", &[A]), passed);
    assert_eq!(run(&any, "OPTIONS", &[ASKED]), passed);
    assert_eq!(run(&any, "GET", &[A, ASKED]), passed);
}

#[test]
fn a_forwarded_preflight_and_its_answer_stay_as_they_are() {
    let forwarding = OriginPolicy {
        forward_preflights: true,
        ..policy(OriginRule::Any)
    };
    let untouched = "- | allow-origin: upstream | vary: X";
    assert_eq!(run(&forwarding, "OPTIONS", &[A, ASKED]), untouched);
    assert_eq!(
        run(&forwarding, "GET", &[A]),
        "- | allow-origin: * | vary: X"
    );
}

#[test]
fn broken_patterns_are_named() {
    let broken = policy(OriginRule::Listed(vec![OriginMatch::Pattern(
        "(".to_owned(),
    )]));
    assert!(
        OriginPolicyPlan::compile(&broken)
            .unwrap_err()
            .contains("\"(\"")
    );
    let broken = policy(OriginRule::Fixed("a\nb".to_owned()));
    assert!(OriginPolicyPlan::compile(&broken).is_err());
}

proptest! {
    #[test]
    fn no_origin_panics(bytes: Vec<u8>, text in "(http:|https:)?(//)?[a-z@:0-9/?#\\[\\]]{0,20}") {
        let plan = OriginPolicyPlan::compile(&policy(listed())).unwrap();
        for bytes in [&bytes[..], text.as_bytes()] {
            let Ok(value) = HeaderValue::from_bytes(bytes) else {
                continue;
            };
            let mut trial = Trial::get("/").method("OPTIONS").with(&[ASKED]);
            trial.head.headers.insert("origin", value);
            let mut answer = None;
            trial.run(|passage| {
                answer = plan.on_request(passage);
                None
            });
            prop_assert!(said(&answer.unwrap()).starts_with("200"));
        }
    }
}
