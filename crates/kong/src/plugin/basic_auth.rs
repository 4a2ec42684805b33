//! `basic-auth`: recognises consumers by name and password (`kong/plugins/basic-auth`).

use haleway_blueprint::{BasicAuth, Refusal, Step};

use super::recognition::{anonymous, challenge, tells, told_names};
use super::{Build, HTTP, Plugin, PluginKind, Scopes};
use crate::schema::Field;
use crate::version::Version;

/// From this version on every 401 carries a challenge, and `realm` names it.
const CHALLENGES: Version = Version(3, 6, 0);

const MESSAGE: &str = "Unauthorized";

pub(super) static KIND: PluginKind = PluginKind {
    name: "basic-auth",
    priority: 1100,
    version: "3.9.3",
    protocols: HTTP,
    scopes: Scopes::NO_CONSUMER,
    fields: FIELDS,
    checks: &[],
    build,
    writes: told_names,
    doc: "recognises consumers by a name and a password",
};

static FIELDS: &[Field] = &[
    Field::string("anonymous")
        .doc("consumer, by id or username, of requests without valid credentials"),
    Field::boolean("hide_credentials")
        .required()
        .default("false")
        .doc("takes the credentials off the request"),
    Field::string("realm")
        .required()
        .default(r#""service""#)
        .doc("realm in `WWW-Authenticate`"),
];

fn build(plugin: &Plugin<'_>, build: &Build<'_>) -> Vec<Step> {
    let config = plugin.config;
    let challenge = challenge("Basic", plugin, build, CHALLENGES);
    // Before, only missing credentials were answered with one, and the realm was fixed.
    let missing = challenge.clone();
    let missing = missing.or_else(|| Some("Basic realm=\"kong\"".to_owned()));
    vec![Step::BasicAuth(Box::new(BasicAuth {
        hide: config.flag("hide_credentials"),
        missing: Refusal::new(401, MESSAGE).challenging(missing),
        wrong: Refusal::new(401, MESSAGE).challenging(challenge),
        anonymous: anonymous(plugin, build),
        tells: tells(),
        origin: build.origin(config.span),
    }))]
}
