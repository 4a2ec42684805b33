//! `jwt`: recognises consumers by a signed token (`kong/plugins/jwt`).

use haleway_blueprint::{JwtAuth, JwtClaim, JwtMessages, Step};
use haleway_document::Diagnostic;

use super::recognition::{anonymous, challenge, tells, told_names};
use super::{Build, HTTP, Plugin, PluginKind, Scopes};
use crate::code;
use crate::schema::{Check, EntityCheck, Field, Record, shape};
use crate::version::Version;

/// From this version on every 401 carries a challenge, and `realm` names it.
const CHALLENGES: Version = Version(3, 8, 0);

/// The claim that names the credential where the document says nothing else.
const KEY_CLAIM: &str = "iss";

pub(super) static KIND: PluginKind = PluginKind {
    name: "jwt",
    priority: 1450,
    version: "3.9.3",
    protocols: HTTP,
    scopes: Scopes::NO_CONSUMER,
    fields: FIELDS,
    checks: &[EntityCheck::Rule(needs_exp)],
    build,
    writes: told_names,
    doc: "recognises consumers by a signed token (HS, RS, PS, ES with 256, 384, 512, and EdDSA \
          with Ed25519)",
};

static FIELDS: &[Field] = &[
    Field::set("uri_param_names", &shape::TEXT)
        .default(r#"["jwt"]"#)
        .doc("parameters of the query that may hold a token"),
    Field::set("cookie_names", &shape::TEXT)
        .default("[]")
        .doc("cookies that may hold a token"),
    Field::string("key_claim_name")
        .default(r#""iss""#)
        .doc("claim or header field that names the credential"),
    Field::boolean("secret_is_base64")
        .required()
        .default("false")
        .doc("shared secrets are kept in Base64"),
    Field::set("claims_to_verify", &CLAIM).doc("claims that are checked against the clock"),
    Field::string("anonymous")
        .doc("consumer, by id or username, of requests without a valid token"),
    Field::boolean("run_on_preflight")
        .required()
        .default("true")
        .doc("asks OPTIONS requests for a token, too"),
    Field::number("maximum_expiration")
        .default("0")
        .checks(&[Check::Between(0.0, 31_536_000.0)])
        .doc("seconds that `exp` may lie ahead; 0 is any"),
    Field::set("header_names", &shape::TEXT)
        .default(r#"["authorization"]"#)
        .doc("headers that may hold a token behind `Bearer`"),
    Field::string("realm").doc("realm in `WWW-Authenticate`"),
];

static CLAIM: Field = Field::string("").checks(&[Check::OneOf(&["exp", "nbf"])]);

fn needs_exp(config: &Record) -> Vec<(String, String)> {
    let limited = config
        .number("maximum_expiration")
        .is_some_and(|it| it > 0.0);
    if !limited || config.texts("claims_to_verify").contains(&"exp") {
        return Vec::new();
    }
    let failed = "failed conditional validation given value of field 'config.maximum_expiration'";
    vec![
        (
            "claims_to_verify".to_owned(),
            "expected to contain: exp".to_owned(),
        ),
        (String::new(), failed.to_owned()),
    ]
}

fn build(plugin: &Plugin<'_>, build: &Build<'_>) -> Vec<Step> {
    let config = plugin.config;
    let texts = |field| -> Vec<String> {
        let texts = config.texts(field).into_iter();
        texts.map(str::to_owned).collect()
    };
    let verify = config.texts("claims_to_verify").into_iter();
    let verify = verify.map(|claim| match claim {
        "exp" => JwtClaim::Exp,
        _ => JwtClaim::Nbf,
    });
    let lifetime = config.number("maximum_expiration").filter(|it| *it > 0.0);
    let key_claim = config.text("key_claim_name").unwrap_or(KEY_CLAIM);
    let challenge = challenge("Bearer", plugin, build, CHALLENGES);
    let refused = challenge.as_ref();
    vec![Step::JwtAuth(Box::new(JwtAuth {
        in_query: texts("uri_param_names"),
        in_cookies: texts("cookie_names"),
        in_headers: header_names(plugin, build),
        key_claim: key_claim.to_owned(),
        secret_is_base64: config.flag("secret_is_base64"),
        verify: verify.collect(),
        lifetime_us_max: lifetime.map(|seconds| (seconds * 1e6) as u64),
        skip_options: !config.flag("run_on_preflight"),
        challenge_refused: refused.map(|it| format!("{it} error=\"invalid_token\"")),
        challenge,
        messages: Box::new(messages(key_claim)),
        anonymous: anonymous(plugin, build),
        tells: tells(),
        origin: build.origin(config.span),
    }))]
}

/// The headers that may hold a token. Kong finds nothing under a text that is no header's name.
fn header_names(plugin: &Plugin<'_>, build: &Build<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for item in plugin.config.items("header_names") {
        let Some(name) = item.as_text() else {
            continue;
        };
        if is_header_name(name) {
            names.push(name.to_owned());
            continue;
        }
        let message = format!(
            "{}: {name:?} in `config.header_names` is no header's name, so no token is found there",
            plugin.place(build.store)
        );
        let place = item.span.unwrap_or(plugin.config.span);
        build.report(Diagnostic::parity(code::NO_EFFECT, message).at(place, ""));
    }
    names
}

fn is_header_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}

/// What Kong says (`handler.lua` and `jwt_parser.lua`).
fn messages(key_claim: &str) -> JwtMessages {
    let text = str::to_owned;
    JwtMessages {
        missing: text("Unauthorized"),
        several: text("Multiple tokens provided"),
        no_text: text("Unrecognizable token"),
        no_json: text("Bad token; invalid JSON"),
        no_algorithm: text("Bad token; invalid alg"),
        no_claims: text("Bad token; invalid claims"),
        no_signature: text("Bad token; invalid signature"),
        no_key: format!("No mandatory '{key_claim}' in claims"),
        empty_key: format!("Invalid '{key_claim}' in claims"),
        unknown_key: format!("No credentials found for given '{key_claim}'"),
        other_algorithm: text("Invalid algorithm"),
        no_secret: text("Invalid key/secret"),
        wrong_signature: text("Invalid signature"),
        no_number: text("must be a number"),
        too_early: text("token not valid yet"),
        expired: text("token expired"),
        too_long: text("exceeds maximum allowed expiration"),
    }
}
