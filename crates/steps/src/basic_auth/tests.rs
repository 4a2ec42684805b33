use haleway_blueprint::{
    Anonymous, BasicAuth, BasicCredential, Consumer, Origin, Refusal, Secret, StoredPassword,
};
use http::HeaderValue;
use proptest::prelude::*;

use super::BasicAuthPlan;
use crate::trial::{Trial, compiled, consumer, tells};

/// SHA-1 of `kong1`: the password and the id of its consumer.
const DIGEST: &str = "75d23fac902555ee25906af2ec13d35a9f3e9cfd";
const MISSING: &str = "401 none | www-authenticate: Basic realm=\"kong\"";
const WRONG: &str = "401 wrong";
const BOB: &str = "- x-consumer-id: 1 x-consumer-username: user1 x-credential-identifier: bob";

fn among() -> Vec<Consumer> {
    let password = |username: &str, password| BasicCredential {
        id: format!("id of {username}"),
        username: username.to_owned(),
        password,
    };
    let secret = |text: &str| Secret(text.into());
    let mut one = consumer("1");
    one.passwords = vec![
        password("bob", StoredPassword::Plain(secret("kong"))),
        password("colon", StoredPassword::Plain(secret("a:b"))),
        password("empty", StoredPassword::Plain(secret(""))),
        password("kept", StoredPassword::Sha1WithConsumer(secret(DIGEST))),
        password(
            "upper",
            StoredPassword::Sha1WithConsumer(secret(&DIGEST.to_uppercase())),
        ),
        password("plain", StoredPassword::Sha1WithConsumer(secret("kong"))),
    ];
    vec![one, consumer("9")]
}

fn step() -> BasicAuth {
    let challenge = Some("Basic realm=\"kong\"".to_owned());
    BasicAuth {
        hide: false,
        missing: Refusal::new(401, "none").challenging(challenge),
        wrong: Refusal::new(401, "wrong"),
        anonymous: None,
        tells: tells(),
        origin: Origin::default_value(),
    }
}

fn run(step: &BasicAuth, trial: &mut Trial) -> String {
    let plan = compiled(&among(), |context| BasicAuthPlan::compile(step, context));
    trial.run(|passage| plan.on_request(passage))
}

fn encoded(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let mut bits = 0;
        for at in 0..3 {
            bits = bits << 8 | usize::from(chunk.get(at).copied().unwrap_or(0));
        }
        for at in 0..=chunk.len() {
            out.push(char::from(LETTERS[bits >> (18 - 6 * at) & 63]));
        }
    }
    out
}

#[test]
fn names_with_their_passwords_are_recognised() {
    for (pair, known) in [
        ("bob:kong", Some("bob")),
        ("bob:kong\nx", Some("bob")),
        (":bob:kong", Some("bob")),
        ("bob:Kong", None),
        ("bob:", None),
        ("bob", None),
        ("kong", None),
        ("Bob:kong", None),
        ("colon:a:b", Some("colon")),
        ("colon:a", None),
        ("empty:", Some("empty")),
        ("kept:kong", Some("kept")),
        ("upper:kong", None),
        ("plain:kong", None),
        ("", None),
    ] {
        let header = format!("Basic {}", encoded(pair));
        let mut trial = Trial::get("/").with(&[("authorization", &header)]);
        let expected = match known {
            Some(name) => format!("{} {name}", BOB.rsplit_once(' ').unwrap().0),
            None => WRONG.to_owned(),
        };
        assert_eq!(run(&step(), &mut trial), expected, "{pair:?}");
        let id = known.map(|name| format!("id of {name}"));
        assert_eq!(trial.notes.credential.as_deref(), id.as_deref(), "{pair:?}");
    }
}

#[test]
fn headers_are_read_as_they_are_searched() {
    let bob = encoded("bob:kong");
    for (header, expected) in [
        (format!("Basic {bob}=="), BOB),
        (format!("basic{bob}"), BOB),
        (format!("x Basic  {bob}"), BOB),
        (format!("BASIC {bob}"), WRONG),
        (format!("Bearer {bob}"), WRONG),
        (format!("Basic a{bob}"), WRONG),
        (format!("Basic {bob} x"), WRONG),
        ("Basic".to_owned(), WRONG),
        (String::new(), WRONG),
    ] {
        let mut trial = Trial::get("/").with(&[("authorization", &header)]);
        assert_eq!(run(&step(), &mut trial), expected, "{header}");
    }
    assert_eq!(run(&step(), &mut Trial::get("/")), MISSING);
}

#[test]
fn the_header_for_proxies_comes_first() {
    let bob = format!("Basic {}", encoded("bob:kong"));
    let other = format!("Basic {}", encoded("other:kong"));
    let false_bob = format!("Basic {}", encoded("bob:x"));
    for (proxy, own, expected) in [
        (&bob, &other, BOB),
        (&other, &bob, BOB),
        (&false_bob, &bob, WRONG),
    ] {
        let headers = [
            ("proxy-authorization", proxy.as_str()),
            ("authorization", own),
        ];
        let mut trial = Trial::get("/").with(&headers);
        assert_eq!(run(&step(), &mut trial), expected, "{proxy} {own}");
    }
}

#[test]
fn headers_are_hidden_as_far_as_they_are_read() {
    let hiding = BasicAuth {
        hide: true,
        ..step()
    };
    let bob = format!("Basic {}", encoded("bob:kong"));
    let mut trial = Trial::get("/").with(&[("authorization", &bob)]);
    assert_eq!(run(&hiding, &mut trial), format!("{BOB} !authorization"));
    let both = [("proxy-authorization", &*bob), ("authorization", &*bob)];
    let mut trial = Trial::get("/").with(&both);
    assert_eq!(
        run(&hiding, &mut trial),
        format!("{BOB} !proxy-authorization")
    );
}

#[test]
fn a_request_may_count_as_anonymous() {
    let open = BasicAuth {
        anonymous: Some(Anonymous::Consumer("9".to_owned())),
        ..step()
    };
    let said = run(&open, &mut Trial::get("/").with(&[("authorization", "x")]));
    assert_eq!(
        said,
        "- x-anonymous-consumer: true x-consumer-id: 9 x-consumer-username: user9"
    );
    let mut known = Trial::get("/");
    known.notes.credential = Some("k1".into());
    assert_eq!(run(&open, &mut known), "-");
    assert_eq!(
        known.notes.secret_headers,
        ["proxy-authorization", "authorization"]
    );
}

proptest! {
    #[test]
    fn no_header_panics(value: Vec<u8>, pair: Vec<u8>) {
        let text = String::from_utf8_lossy(&pair);
        for value in [&value[..], format!("Basic {}", encoded(&text)).as_bytes()] {
            let Ok(value) = HeaderValue::from_bytes(value) else {
                continue;
            };
            let mut trial = Trial::get("/");
            trial.head.headers.insert("authorization", value);
            prop_assert_eq!(run(&step(), &mut trial), WRONG);
        }
    }
}
