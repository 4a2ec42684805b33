//! `key-auth`: recognises consumers by a key (`kong/plugins/key-auth`).

use haleway_blueprint::{KeyAuth, Refusal, Step};

use super::recognition::{anonymous, challenge, tells, told_names};
use super::{Build, HTTP, Plugin, PluginKind, Scopes};
use crate::schema::{Field, Record, shape};
use crate::version::Version;

/// Bodies in which a key is looked for. Kong reads them whole, whatever their size.
const BODY_BYTES_MAX: u64 = 8 << 20;

/// From this version on every 401 carries a challenge, and `realm` names it.
const CHALLENGES: Version = Version(3, 7, 0);

/// From this version on an unknown key is answered with other words.
const UNAUTHORIZED: Version = Version(3, 6, 0);

pub(super) static KIND: PluginKind = PluginKind {
    name: "key-auth",
    priority: 1250,
    version: "3.9.3",
    protocols: HTTP,
    scopes: Scopes::NO_CONSUMER,
    fields: FIELDS,
    checks: &[],
    build,
    writes,
    doc: "recognises consumers by a key in a header, the query or the body",
};

static FIELDS: &[Field] = &[
    Field::array("key_names", &shape::HEADER_NAME)
        .required()
        .default(r#"["apikey"]"#)
        .doc("names of the header or parameter that carries the key"),
    Field::boolean("hide_credentials")
        .required()
        .default("false")
        .doc("takes the key off the request"),
    Field::string("anonymous").doc("consumer, by id or username, of requests without a valid key"),
    Field::boolean("key_in_header")
        .required()
        .default("true")
        .doc("looks for the key in headers"),
    Field::boolean("key_in_query")
        .required()
        .default("true")
        .doc("looks for the key in the query"),
    Field::boolean("key_in_body")
        .required()
        .default("false")
        .approximated("bodies above 8 MiB in which a key would be looked for are answered with 413")
        .doc("looks for the key in forms, multipart forms and JSON objects"),
    Field::boolean("run_on_preflight")
        .required()
        .default("true")
        .doc("asks OPTIONS requests for a key, too"),
    Field::string("realm").doc("realm in `WWW-Authenticate`"),
];

/// A key that stays on the request goes on under the name that the document gives it.
fn writes(config: &Record) -> Vec<String> {
    let mut names = told_names(config);
    if config.flag("key_in_header") && !config.flag("hide_credentials") {
        let keys = config.texts("key_names").into_iter();
        names.extend(keys.map(str::to_owned));
    }
    names
}

fn build(plugin: &Plugin<'_>, build: &Build<'_>) -> Vec<Step> {
    let config = plugin.config;
    let names = config.texts("key_names").into_iter();
    let challenge = challenge("Key", plugin, build, CHALLENGES);
    // Before, only a missing key was answered with one, and the realm was fixed.
    let missing = challenge.clone();
    let missing = missing.or_else(|| Some("Key realm=\"kong\"".to_owned()));
    let unknown = if build.version >= UNAUTHORIZED {
        "Unauthorized"
    } else {
        "Invalid authentication credentials"
    };
    let in_body = config.flag("key_in_body");
    vec![Step::KeyAuth(Box::new(KeyAuth {
        names: names.map(str::to_owned).collect(),
        in_header: config.flag("key_in_header"),
        in_query: config.flag("key_in_query"),
        body_bytes_max: in_body.then_some(BODY_BYTES_MAX),
        hide: config.flag("hide_credentials"),
        skip_options: !config.flag("run_on_preflight"),
        missing: Refusal::new(401, "No API key found in request").challenging(missing),
        several: Refusal::new(401, "Duplicate API key found").challenging(challenge.clone()),
        unknown: Refusal::new(401, unknown).challenging(challenge),
        anonymous: anonymous(plugin, build),
        tells: tells(),
        origin: build.origin(config.span),
    }))]
}
