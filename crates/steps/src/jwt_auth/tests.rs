mod signer;

use haleway_blueprint::{
    Anonymous, Consumer, JwtAuth, JwtClaim, JwtCredential, JwtMessages, Origin, Refusal, Secret,
};
use proptest::prelude::*;

use self::signer::{Signer, encoded, hmac};
use super::JwtAuthPlan;
use crate::trial::{Trial, compiled, consumer, tells};

const ONE: &str = "- x-consumer-id: 1 x-consumer-username: user1 x-credential-identifier: ";

fn credential(key: &str, algorithm: &str) -> JwtCredential {
    JwtCredential {
        id: format!("id of {key}"),
        key: key.to_owned(),
        algorithm: algorithm.to_owned(),
        secret: None,
        public_key: None,
    }
}

fn shared(key: &str, algorithm: &str, secret: &str) -> JwtCredential {
    JwtCredential {
        secret: Some(Secret(secret.into())),
        ..credential(key, algorithm)
    }
}

fn among(tokens: Vec<JwtCredential>) -> Vec<Consumer> {
    let mut one = consumer("1");
    one.tokens = tokens;
    vec![one, consumer("9")]
}

fn messages() -> JwtMessages {
    let text = str::to_owned;
    JwtMessages {
        missing: text("missing"),
        several: text("several"),
        no_text: text("no text"),
        no_json: text("no json"),
        no_algorithm: text("no algorithm"),
        no_claims: text("no claims"),
        no_signature: text("no signature"),
        no_key: text("no key"),
        empty_key: text("empty key"),
        unknown_key: text("unknown key"),
        other_algorithm: text("other algorithm"),
        no_secret: text("no secret"),
        wrong_signature: text("wrong signature"),
        no_number: text("must be a number"),
        too_early: text("token not valid yet"),
        expired: text("token expired"),
        too_long: text("exceeds maximum allowed expiration"),
    }
}

fn step() -> JwtAuth {
    let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect();
    JwtAuth {
        in_query: names(&["jwt"]),
        in_cookies: names(&["token"]),
        in_headers: names(&["authorization", "x-token"]),
        key_claim: "iss".to_owned(),
        secret_is_base64: false,
        verify: Vec::new(),
        lifetime_us_max: None,
        skip_options: false,
        challenge: None,
        challenge_refused: None,
        messages: Box::new(messages()),
        anonymous: None,
        tells: tells(),
        origin: Origin::default_value(),
    }
}

fn run_among(tokens: Vec<JwtCredential>, step: &JwtAuth, trial: &mut Trial) -> String {
    let plan = compiled(&among(tokens), |context| {
        JwtAuthPlan::compile(step, context)
    });
    trial.run(|passage| plan.on_request(passage))
}

fn run(step: &JwtAuth, trial: &mut Trial) -> String {
    run_among(vec![shared("a", "HS256", "secret")], step, trial)
}

/// A token with a signature for the credential of the other tests.
fn token(header: &str, claims: &str) -> String {
    hmac("HS256", header, claims, b"secret")
}

fn good() -> String {
    token(r#"{"alg":"HS256"}"#, r#"{"iss":"a"}"#)
}

fn bearing(token: &str) -> Trial {
    Trial::get("/").with(&[("authorization", &format!("Bearer {token}"))])
}

fn message(text: &str) -> String {
    format!("401 {{\"message\":\"{text}\"}}")
}

#[test]
fn all_places_together_show_one_token() {
    let good = good();
    let authorization = format!("bearer {good}");
    let bearer = ("authorization", authorization.as_str());
    let cookies = format!("x=1; Token={good}; y");
    let cookie = ("cookie", cookies.as_str());
    let query = format!("/?jwt={good}");
    let one = format!("{ONE}a");
    for (target, headers, expected) in [
        ("/", &[bearer][..], one.clone()),
        ("/", &[cookie], one.clone()),
        (&query, &[], one.clone()),
        (&query, &[cookie, bearer], one.clone()),
        ("/", &[("x-token", "Bearer x"), bearer], message("several")),
        ("/?jwt=x", &[bearer], message("several")),
        ("/?jwt=x&jwt=y", &[], message("several")),
        ("/?jwt", &[bearer], message("several")),
        ("/?jwt", &[], message("no text")),
        ("/?jwt=", &[bearer], one.clone()),
        ("/", &[("cookie", "token="), bearer], one),
        ("/", &[("authorization", &good)], message("missing")),
        ("/", &[], message("missing")),
    ] {
        let said = run(&step(), &mut Trial::get(target).with(headers));
        assert_eq!(said, expected, "{target} {headers:?}");
    }
}

#[test]
fn a_token_must_be_whole() {
    let header = r#"{"alg":"HS256"}"#;
    let claims = r#"{"iss":"a"}"#;
    let good = good();
    let parts: Vec<&str> = good.split('.').collect();
    for (token, expected) in [
        (format!("{}.{}", parts[0], parts[1]), message("no json")),
        (format!("!.{}.{}", parts[1], parts[2]), message("no json")),
        (token("{", claims), message("no json")),
        (token(header, "x"), message("no json")),
        (token("7", claims), message("no algorithm")),
        (token("{}", claims), message("no algorithm")),
        (token(r#"{"alg":"none"}"#, claims), message("no algorithm")),
        (token(r#"{"alg":"hs256"}"#, claims), message("no algorithm")),
        (token(header, "false"), message("no claims")),
        (format!("{good}."), message("no signature")),
        (format!("{good}!"), message("no signature")),
        (token(header, "{}"), message("no key")),
        (token(header, r#"{"iss":false}"#), message("no key")),
        (token(header, r#"{"iss":""}"#), message("empty key")),
        (token(header, r#"{"iss":7}"#), message("unknown key")),
        (token(header, r#"{"iss":"b"}"#), message("unknown key")),
        (
            token(r#"{"alg":"HS384"}"#, claims),
            message("other algorithm"),
        ),
        (
            format!("{}.{}.", parts[0], parts[1]),
            message("wrong signature"),
        ),
        (
            format!("{}x.{}.{}", parts[0], parts[1], parts[2]),
            message("no json"),
        ),
        (
            hmac("HS256", header, claims, b"other"),
            message("wrong signature"),
        ),
        (
            token(r#"{"alg":"HS256","iss":"a"}"#, "{}"),
            format!("{ONE}a"),
        ),
        (good, format!("{ONE}a")),
    ] {
        assert_eq!(run(&step(), &mut bearing(&token)), expected, "{token}");
    }
}

#[test]
fn every_algorithm_is_checked_with_its_own_key() {
    for algorithm in ["HS256", "HS384", "HS512"] {
        let header = format!(r#"{{"alg":"{algorithm}"}}"#);
        let token = hmac(algorithm, &header, r#"{"iss":"a"}"#, b"k");
        let tokens = || vec![shared("a", algorithm, "k")];
        let said = run_among(tokens(), &step(), &mut bearing(&token));
        assert_eq!(said, format!("{ONE}a"), "{algorithm}");
        let said = run_among(
            vec![credential("a", algorithm)],
            &step(),
            &mut bearing(&token),
        );
        assert_eq!(said, message("no secret"), "{algorithm}");
    }
    let signers: Vec<Signer> = Signer::all();
    for signer in &signers {
        let header = format!(r#"{{"alg":"{}"}}"#, signer.algorithm);
        let token = signer.token(&header, r#"{"iss":"a"}"#);
        let with = |pem: &str| {
            let known = JwtCredential {
                public_key: Some(pem.to_owned()),
                ..credential("a", signer.algorithm)
            };
            // A public key is never read as Base64.
            let step = JwtAuth {
                secret_is_base64: true,
                ..step()
            };
            run_among(vec![known], &step, &mut bearing(&token))
        };
        assert_eq!(with(&signer.pem), format!("{ONE}a"), "{}", signer.algorithm);
        assert_eq!(
            with("x"),
            message("wrong signature"),
            "{}",
            signer.algorithm
        );
        for other in &signers {
            if other.key != signer.key {
                let said = with(&other.pem);
                assert_eq!(said, message("wrong signature"), "{}", other.algorithm);
            }
        }
    }
}

#[test]
fn a_secret_may_be_kept_in_base64() {
    let step = JwtAuth {
        secret_is_base64: true,
        ..step()
    };
    let kept = |secret: &str| vec![shared("a", "HS256", secret)];
    let said = run_among(kept("c2VjcmV0"), &step, &mut bearing(&good()));
    assert_eq!(said, format!("{ONE}a"));
    let said = run_among(kept("c2VjcmV0X"), &step, &mut bearing(&good()));
    assert_eq!(said, message("no secret"));
    let said = run_among(kept("secret"), &step, &mut bearing(&good()));
    assert_eq!(said, message("wrong signature"));
}

#[test]
fn claims_are_checked_against_the_clock() {
    let exp = || vec![JwtClaim::Exp];
    let both = || vec![JwtClaim::Exp, JwtClaim::Nbf];
    let hour = Some(3_600_000_000);
    let refused = |text: &str| format!("401 {{{text}}}");
    let one = || format!("{ONE}a");
    let expired = || refused(r#""exp":"token expired""#);
    let long = || refused(r#""exp":"exceeds maximum allowed expiration""#);
    for (verify, lifetime_us_max, claims, expected) in [
        (vec![], None, "", one()),
        (vec![], None, r#","exp":1"#, one()),
        (exp(), None, r#","exp":1700000001"#, one()),
        (exp(), None, r#","exp":1700000000.5"#, one()),
        (exp(), None, r#","exp":1700000000"#, expired()),
        (exp(), None, "", refused(r#""exp":"must be a number""#)),
        (
            exp(),
            None,
            r#","exp":"1""#,
            refused(r#""exp":"must be a number""#),
        ),
        (both(), None, r#","exp":1800000000,"nbf":1700000000"#, one()),
        (
            both(),
            None,
            r#","exp":1,"nbf":1700000001"#,
            refused(r#""exp":"token expired","nbf":"token not valid yet""#),
        ),
        (exp(), hour, r#","exp":1700003600"#, one()),
        (exp(), hour, r#","exp":1700003601"#, long()),
        (exp(), hour, r#","exp":1"#, expired()),
        (vec![], hour, "", long()),
    ] {
        let step = JwtAuth {
            verify,
            lifetime_us_max,
            ..step()
        };
        let token = token(r#"{"alg":"HS256"}"#, &format!(r#"{{"iss":"a"{claims}}}"#));
        assert_eq!(run(&step, &mut bearing(&token)), expected, "{claims}");
    }
}

#[test]
fn challenges_differ_with_and_without_a_token() {
    let step = JwtAuth {
        challenge: Some("Bearer".to_owned()),
        challenge_refused: Some("Bearer error=\"invalid_token\"".to_owned()),
        ..step()
    };
    let missing = format!("{} | www-authenticate: Bearer", message("missing"));
    assert_eq!(run(&step, &mut Trial::get("/")), missing);
    let said = run(&step, &mut bearing("x"));
    assert!(said.ends_with("Bearer error=\"invalid_token\""), "{said}");
}

#[test]
fn a_request_may_count_as_anonymous_and_options_may_pass() {
    let open = JwtAuth {
        anonymous: Some(Anonymous::Consumer("9".to_owned())),
        skip_options: true,
        ..step()
    };
    let nobody = "- x-anonymous-consumer: true x-consumer-id: 9 x-consumer-username: user9";
    assert_eq!(run(&open, &mut bearing("x")), nobody);
    assert_eq!(run(&open, &mut bearing("x").method("OPTIONS")), "-");
    let mut known = bearing("x");
    known.notes.credential = Some("k".into());
    assert_eq!(run(&open, &mut known), "-");
    let secret = &known.notes.secret_headers;
    assert_eq!(*secret, ["authorization", "x-token", "jwt", "cookie"]);
    let missing = JwtAuth {
        anonymous: Some(Anonymous::Missing(Refusal::new(500, "unexpected"))),
        ..step()
    };
    assert_eq!(run(&missing, &mut Trial::get("/")), "500 unexpected");
}

proptest! {
    #[test]
    fn no_token_panics(
        header in r#"(\{"alg":"(HS256|ES256)"\}|.{0,9})"#,
        claims in r#"(\{"iss":("a"|[0-9]{1,30}|null|\[\])(,"exp":-?[0-9]{1,400})?\}|.{0,9})"#,
        raw: String,
        whole: bool,
    ) {
        let text = match whole {
            true => format!("{}.{}.{raw}", encoded(header.as_bytes()), encoded(claims.as_bytes())),
            false => raw,
        };
        let step = JwtAuth { verify: vec![JwtClaim::Exp], ..step() };
        let Ok(value) = http::HeaderValue::from_bytes(format!("Bearer {text}").as_bytes()) else {
            return Ok(());
        };
        let mut trial = Trial::get("/");
        trial.head.headers.insert("authorization", value);
        let said = run(&step, &mut trial);
        prop_assert!(said.starts_with("401"), "{}", said);
    }
}
