//! `key_sets` and `keys`: keys that plugins of Kong Enterprise use.

use super::{EntityKind, Identity};
use crate::schema::{EntityCheck, Field, shape};

/// Sets of keys.
pub(crate) static SET_KIND: EntityKind = EntityKind {
    name: "key_sets",
    singular: "key set",
    fields: SET_FIELDS,
    endpoint_key: Some("name"),
    identity: Identity::Named,
    checks: &[],
    expand: None,
    complete: None,
    doc: "a set of keys; no plugin here uses it",
};

/// Keys.
pub(crate) static KIND: EntityKind = EntityKind {
    name: "keys",
    singular: "key",
    fields: FIELDS,
    endpoint_key: Some("name"),
    identity: Identity::Fields(&["kid", "set"]),
    checks: &[EntityCheck::AtLeastOneOf(&["jwk", "pem"])],
    expand: None,
    complete: None,
    doc: "a key; no plugin here uses it",
};

static SET_FIELDS: &[Field] = &[
    Field::id(),
    Field::string("name").unique(),
    Field::of("tags", &shape::TAGS),
    Field::of("created_at", &shape::TIME),
    Field::of("updated_at", &shape::TIME),
];

static FIELDS: &[Field] = &[
    Field::id(),
    Field::foreign("set", "key_sets"),
    Field::string("name").unique(),
    Field::string("kid").required(),
    Field::string("jwk").referenceable(),
    Field::record("pem", PEM),
    Field::of("tags", &shape::TAGS),
    Field::of("created_at", &shape::TIME),
    Field::of("updated_at", &shape::TIME),
];

static PEM: &[Field] = &[
    Field::string("private_key").referenceable(),
    Field::string("public_key").referenceable(),
];
