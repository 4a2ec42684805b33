//! Credentials of consumers: what they show to be known, and the groups that they are in.

use super::{EntityKind, Identity};
use crate::schema::{Check, EntityCheck, Field, Record, shape};

/// Groups (`acl`).
pub(crate) static ACL: EntityKind = EntityKind {
    name: "acls",
    singular: "ACL group",
    fields: &[
        Field::id(),
        Field::of("created_at", &shape::TIME),
        CONSUMER,
        Field::string("group").required(),
        Field::of("tags", &shape::TAGS),
    ],
    endpoint_key: None,
    identity: Identity::Fields(&["consumer", "group"]),
    checks: &[],
    expand: None,
    complete: None,
    doc: "a group that a consumer is in",
};

/// Names and passwords (`basic-auth`).
pub(crate) static BASIC: EntityKind = EntityKind {
    name: "basicauth_credentials",
    singular: "basic-auth credential",
    fields: &[
        Field::id(),
        Field::of("created_at", &shape::TIME),
        CONSUMER,
        Field::string("username").required().unique(),
        Field::string("password").required(),
        Field::of("tags", &shape::TAGS),
    ],
    endpoint_key: Some("username"),
    identity: Identity::Fields(&["username"]),
    checks: &[],
    expand: None,
    complete: None,
    doc: "a name and a password",
};

/// Shared secrets for signed requests (`hmac-auth`).
pub(crate) static HMAC: EntityKind = EntityKind {
    name: "hmacauth_credentials",
    singular: "hmac-auth credential",
    fields: &[
        Field::id(),
        Field::of("created_at", &shape::TIME),
        CONSUMER,
        Field::string("username").required().unique(),
        Field::string("secret").required().referenceable(),
        Field::of("tags", &shape::TAGS),
    ],
    endpoint_key: Some("username"),
    identity: Identity::Fields(&["username"]),
    checks: &[],
    expand: None,
    complete: None,
    doc: "a name and a secret for signed requests",
};

/// What signed tokens are checked with (`jwt`).
pub(crate) static JWT: EntityKind = EntityKind {
    name: "jwt_secrets",
    singular: "JWT credential",
    fields: &[
        Field::id(),
        Field::of("created_at", &shape::TIME),
        CONSUMER,
        Field::string("key").required().unique(),
        Field::string("secret").referenceable(),
        Field::string("rsa_public_key"),
        Field::string("algorithm")
            .default("\"HS256\"")
            .checks(&[Check::OneOf(&[
                "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512",
                "PS256", "PS384", "PS512", "EdDSA",
            ])]),
        Field::of("tags", &shape::TAGS),
    ],
    endpoint_key: Some("key"),
    identity: Identity::Place,
    checks: &[EntityCheck::Rule(jwt_rules)],
    expand: None,
    complete: None,
    doc: "what signed tokens of a consumer are checked with",
};

/// Keys (`key-auth`).
pub(crate) static KEY: EntityKind = EntityKind {
    name: "keyauth_credentials",
    singular: "key-auth credential",
    fields: &[
        Field::id(),
        Field::of("created_at", &shape::TIME),
        CONSUMER,
        Field::string("key").required().unique().referenceable(),
        Field::of("tags", &shape::TAGS),
        Field::integer("ttl").idle("a key of a declarative file does not expire"),
    ],
    endpoint_key: Some("key"),
    identity: Identity::Place,
    checks: &[],
    expand: None,
    complete: None,
    doc: "a key that a consumer shows",
};

/// Applications (`oauth2`).
pub(crate) static OAUTH2: EntityKind = EntityKind {
    name: "oauth2_credentials",
    singular: "OAuth2 credential",
    fields: &[
        Field::id(),
        Field::of("created_at", &shape::TIME),
        CONSUMER,
        Field::string("name").required(),
        Field::string("client_id").required().unique(),
        Field::string("client_secret").required().referenceable(),
        Field::boolean("hash_secret").required().default("false"),
        Field::array("redirect_uris", &shape::URL),
        Field::of("tags", &shape::TAGS),
        Field::string("client_type")
            .required()
            .default("\"confidential\"")
            .checks(&[Check::OneOf(&["confidential", "public"])]),
    ],
    endpoint_key: Some("client_id"),
    identity: Identity::Place,
    checks: &[],
    expand: None,
    complete: None,
    doc: "an application; no plugin here uses it yet",
};

const CONSUMER: Field = Field::foreign("consumer", "consumers").required();

/// Signatures need a public key, HMAC a secret. Kong makes a secret up where none is written; a
/// file that is read again and again needs one that stays.
fn jwt_rules(credential: &Record) -> Vec<(String, String)> {
    let algorithm = credential.text("algorithm").unwrap_or("HS256");
    let needed = if algorithm.starts_with("HS") {
        "secret"
    } else {
        "rsa_public_key"
    };
    if credential.item(needed).is_some() {
        return Vec::new();
    }
    vec![(needed.to_owned(), "required field missing".to_owned())]
}
