//! `vaults`: prefixes of references to secrets.

use super::{EntityKind, Identity};
use crate::schema::{Check, Field, shape};

/// The kind.
pub(crate) static KIND: EntityKind = EntityKind {
    name: "vaults",
    singular: "vault",
    fields: FIELDS,
    endpoint_key: Some("prefix"),
    identity: Identity::Fields(&["prefix"]),
    checks: &[],
    expand: None,
    complete: None,
    doc: "what references such as `{vault://PREFIX/name}` mean; the vault `env` is there",
};

static FIELDS: &[Field] = &[
    Field::id(),
    Field::string("prefix")
        .required()
        .unique()
        .checks(&[Check::NotOneOf(&["env"]), Check::Text(prefix)]),
    Field::string("name")
        .required()
        .checks(&[Check::OneOf(&["env"])])
        .doc("only `env` is there"),
    Field::string("description"),
    Field::record("config", CONFIG).required(),
    Field::of("created_at", &shape::TIME),
    Field::of("updated_at", &shape::TIME),
    Field::of("tags", &shape::TAGS),
];

static CONFIG: &[Field] = &[
    Field::string("prefix").doc("how the variables begin"),
    Field::boolean("base64_decode").idle("secrets are taken as they stand"),
];

fn prefix(text: &str) -> Result<(), String> {
    let mut letters = text.chars();
    let starts = letters.next().is_some_and(|c| c.is_ascii_lowercase());
    let goes_on = letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if starts && goes_on && !text.ends_with('-') {
        return Ok(());
    }
    Err(format!("invalid value: {text}"))
}
