//! `consumers`: who sends requests.

use super::{EntityKind, Identity};
use crate::schema::{EntityCheck, Field, shape};

/// The kind.
pub(crate) static KIND: EntityKind = EntityKind {
    name: "consumers",
    singular: "consumer",
    fields: FIELDS,
    endpoint_key: Some("username"),
    identity: Identity::Named,
    checks: &[EntityCheck::AtLeastOneOf(&["custom_id", "username"])],
    expand: None,
    complete: None,
    doc: "someone who sends requests and is known by a credential",
};

static FIELDS: &[Field] = &[
    Field::id(),
    Field::of("created_at", &shape::TIME),
    Field::of("updated_at", &shape::TIME),
    Field::string("username").unique(),
    Field::string("custom_id").unique(),
    Field::of("tags", &shape::TAGS),
];
