use haleway_blueprint::{Anonymous, Consumer, KeyAuth, KeyCredential, Origin, Refusal, Secret};
use http::HeaderValue;
use proptest::prelude::*;

use super::KeyAuthPlan;
use crate::trial::{Trial, compiled, consumer, tells};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const ONE: &str = "- x-consumer-id: 1 x-consumer-username: user1 x-credential-identifier: k1";
const NOBODY: &str = "- x-anonymous-consumer: true x-consumer-id: 9 x-consumer-username: user9";
const MISSING: &str = "401 none | www-authenticate: Key";

fn among() -> Vec<Consumer> {
    let key = |id: &str, key: &str| KeyCredential {
        id: id.to_owned(),
        key: Secret(key.into()),
    };
    let mut one = consumer("1");
    one.keys = vec![key("k1", "kong"), key("k2", "a b")];
    vec![one, consumer("9")]
}

fn step() -> KeyAuth {
    KeyAuth {
        names: vec!["apikey".to_owned(), "X_Key".to_owned()],
        in_header: true,
        in_query: true,
        body_bytes_max: Some(1000),
        hide: false,
        skip_options: false,
        missing: Refusal::new(401, "none").challenging(Some("Key".to_owned())),
        several: Refusal::new(401, "several"),
        unknown: Refusal::new(401, "unknown"),
        anonymous: None,
        tells: tells(),
        origin: Origin::default_value(),
    }
}

fn plan(step: &KeyAuth) -> KeyAuthPlan {
    compiled(&among(), |context| KeyAuthPlan::compile(step, context))
}

fn run(step: &KeyAuth, trial: &mut Trial) -> String {
    let plan = plan(step);
    trial.run(|passage| plan.on_request(passage))
}

#[test]
fn a_key_is_looked_for_in_headers_then_in_the_query() {
    for (target, headers, expected) in [
        ("/", &[("apikey", "kong")][..], ONE),
        ("/", &[("APIKEY", "kong")], ONE),
        ("/", &[("x_key", "kong")], ONE),
        ("/", &[("x-key", "kong")], ONE),
        ("/?apikey=kong", &[], ONE),
        ("/?X_Key=kong", &[], ONE),
        ("/?x_key=kong", &[], MISSING),
        ("/?apikey=other", &[("apikey", "kong")], ONE),
        ("/?apikey=kong", &[("apikey", "other")], "401 unknown"),
        ("/?apikey&X_Key=kong", &[], ONE),
        ("/?apikey=", &[("x-key", "kong")], MISSING),
        ("/", &[("apikey", "")], MISSING),
        ("/", &[], MISSING),
        ("/", &[("apikey", "KONG")], "401 unknown"),
        (
            "/",
            &[("apikey", "kong"), ("apikey", "kong")],
            "401 several",
        ),
        ("/?apikey=kong&apikey=kong", &[], "401 several"),
    ] {
        let said = run(&step(), &mut Trial::get(target).with(headers));
        assert_eq!(said, expected, "{target} {headers:?}");
    }
    let said = run(&step(), &mut Trial::get("/?apikey=a+b"));
    assert!(said.ends_with("x-credential-identifier: k2"), "{said}");
}

#[test]
fn places_can_be_shut() {
    let query_only = KeyAuth {
        in_header: false,
        ..step()
    };
    let header = [("apikey", "kong")];
    assert_eq!(
        run(&query_only, &mut Trial::get("/").with(&header)),
        MISSING
    );
    assert_eq!(run(&query_only, &mut Trial::get("/?apikey=kong")), ONE);
    let header_only = KeyAuth {
        in_query: false,
        body_bytes_max: None,
        ..step()
    };
    assert_eq!(run(&header_only, &mut Trial::get("/?apikey=kong")), MISSING);
    let mut body = Trial::get("/").body(FORM, "apikey=kong");
    assert_eq!(run(&header_only, &mut body), MISSING);
    assert_eq!(plan(&header_only).wants_body(&body.head), None);
}

#[test]
fn a_key_is_looked_for_in_bodies() {
    let part = "--b\r\nContent-Disposition: form-data; name=\"apikey\"\r\n\r\nkong\r\n--b--";
    for (content_type, body, expected) in [
        (FORM, "a=b&apikey=kong", ONE),
        (
            "application/x-www-form-urlencoded; charset=utf-8",
            "apikey=kong",
            ONE,
        ),
        (FORM, "apikey=1&apikey=2", "401 several"),
        (JSON, r#"{"a":1,"apikey":"kong"}"#, ONE),
        (
            "Application/JSON; charset=utf-8",
            r#"{"apikey":"\u006bong"}"#,
            ONE,
        ),
        (JSON, r#"{"apikey":["kong"]}"#, "401 several"),
        (JSON, r#"{"apikey":7}"#, MISSING),
        (JSON, r#"{"apikey":"kong""#, MISSING),
        (JSON, r#"["apikey","kong"]"#, MISSING),
        ("multipart/form-data; boundary=b", part, ONE),
        ("multipart/form-data", part, MISSING),
        ("text/plain", "apikey=kong", MISSING),
    ] {
        let mut trial = Trial::get("/").body(content_type, body);
        let wanted = plan(&step()).wants_body(&trial.head);
        let readable = !content_type.starts_with("text") && content_type != "multipart/form-data";
        assert_eq!(wanted, readable.then_some(1000), "{content_type}");
        assert_eq!(run(&step(), &mut trial), expected, "{content_type} {body}");
    }
}

#[test]
fn a_body_is_read_only_where_the_key_is_not_known_before() {
    let trial = Trial::get("/?apikey=kong").body(FORM, "");
    assert_eq!(plan(&step()).wants_body(&trial.head), None);
    let hiding = KeyAuth {
        hide: true,
        ..step()
    };
    assert_eq!(plan(&hiding).wants_body(&trial.head), Some(1000));
}

#[test]
fn a_key_is_hidden_wherever_it_stands() {
    let hiding = KeyAuth {
        hide: true,
        ..step()
    };
    let body = r#"{"apikey":"x","n":1.0}"#;
    let mut trial = Trial::get("/a?b=%20&apikey=x&c")
        .with(&[("apikey", "kong"), ("x-consumer-custom-id", "forged")])
        .body(JSON, body);
    let said = run(&hiding, &mut trial);
    let told = &ONE[1..];
    assert_eq!(
        said,
        format!("- content-length: 9{told} !apikey !x-consumer-custom-id")
    );
    assert_eq!(trial.head.uri, "/a?b=%20&c");
    assert_eq!(trial.body.as_deref(), Some(&br#"{"n":1.0}"#[..]));

    let mut unknown = Trial::get("/?X_Key=x&apikey");
    assert_eq!(run(&hiding, &mut unknown), "401 unknown");
    assert_eq!(unknown.head.uri, "/?apikey");
}

#[test]
fn without_a_valid_key_a_request_may_count_as_anonymous() {
    let open = KeyAuth {
        anonymous: Some(Anonymous::Consumer("9".to_owned())),
        ..step()
    };
    let forged = [("x-credential-identifier", "forged")];
    for target in ["/", "/?apikey=x", "/?apikey=1&apikey=2"] {
        let said = run(&open, &mut Trial::get(target).with(&forged));
        assert_eq!(
            said,
            format!("{NOBODY} !x-credential-identifier"),
            "{target}"
        );
    }
    let mut known = Trial::get("/?apikey=kong").with(&[("x-anonymous-consumer", "true")]);
    assert_eq!(
        run(&open, &mut known),
        format!("{ONE} !x-anonymous-consumer")
    );
    // An earlier step has recognised somebody: the key is not looked at.
    known.head.uri = "/?apikey=x".parse().unwrap();
    assert_eq!(run(&open, &mut known), "-");
    assert_eq!(known.notes.credential.as_deref(), Some("k1"));
    // Without `anonymous` it must be valid, too.
    assert_eq!(run(&step(), &mut known), "401 unknown");

    let missing = KeyAuth {
        anonymous: Some(Anonymous::Missing(Refusal::new(500, "unexpected"))),
        ..step()
    };
    assert_eq!(run(&missing, &mut Trial::get("/")), "500 unexpected");
    assert_eq!(run(&missing, &mut Trial::get("/?apikey=kong")), ONE);
}

#[test]
fn options_may_pass() {
    let skipping = KeyAuth {
        skip_options: true,
        ..step()
    };
    assert_eq!(run(&skipping, &mut Trial::get("/").method("OPTIONS")), "-");
    assert_eq!(run(&skipping, &mut Trial::get("/")), MISSING);
    assert_eq!(
        run(&step(), &mut Trial::get("/").method("OPTIONS")),
        MISSING
    );
}

#[test]
fn names_of_keys_are_secret() {
    let mut trial = Trial::get("/");
    run(&step(), &mut trial);
    assert_eq!(trial.notes.secret_headers, ["apikey", "x_key"]);
}

proptest! {
    #[test]
    fn no_request_panics(
        target in "/[a-z?&=%+]{0,20}",
        value: Vec<u8>,
        content_type in "(application/json|multipart/form-data; boundary=b|application/x-www-form-urlencoded)?.{0,4}",
        body: Vec<u8>,
        hide: bool,
    ) {
        let hiding = KeyAuth { hide, names: vec!["a".to_owned()], ..step() };
        let mut trial = Trial::get("/");
        if let Ok(uri) = target.parse() {
            trial.head.uri = uri;
        }
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            trial.head.headers.insert("a", value);
        }
        if let Ok(value) = HeaderValue::from_bytes(content_type.as_bytes()) {
            trial.head.headers.insert("content-type", value);
        }
        trial.body = Some(body.into());
        let said = run(&hiding, &mut trial);
        prop_assert!(said.starts_with("401"), "{}", said);
    }
}
