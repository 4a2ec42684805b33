//! `plugins`: what is done to requests and answers. The table of `config` is that of the plugin.

use super::{EntityKind, Identity};
use crate::schema::{Field, shape};

/// The kind.
pub(crate) static KIND: EntityKind = EntityKind {
    name: "plugins",
    singular: "plugin",
    fields: FIELDS,
    endpoint_key: Some("instance_name"),
    identity: Identity::Fields(&["name", "route", "service", "consumer"]),
    checks: &[],
    expand: None,
    complete: None,
    doc: "what is done to requests and answers, globally or for a service, route or consumer",
};

static FIELDS: &[Field] = &[
    Field::id(),
    Field::string("name").required(),
    Field::of("instance_name", &shape::NAME),
    Field::of("created_at", &shape::TIME),
    Field::of("updated_at", &shape::TIME),
    Field::foreign("route", "routes"),
    Field::foreign("service", "services"),
    Field::foreign("consumer", "consumers"),
    Field::any("config"),
    Field::set("protocols", &shape::PROTOCOL)
        .required()
        .default(r#"["grpc","grpcs","http","https"]"#),
    Field::boolean("enabled").required().default("true"),
    Field::any("ordering")
        .idle("plugins run in the order of their priorities, as in Kong's free edition"),
    Field::of("tags", &shape::TAGS),
];
