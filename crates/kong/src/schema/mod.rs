//! Tables of fields: one entry per field of an entity or of a plugin's `config`, from which it is
//! decoded, its defaults are filled in, it is shown as JSON and as a schema, and the coverage table
//! is written (after Kong's `kong/db/schema`).
//!
//! # How to use it
//!
//! A table is a `static` list of [`Field`]s. [`shape`] has the shapes that Kong's own schemas share
//! (header names, ports, addresses, paths...); a field takes one with [`Field::of`].
//!
//! ```ignore
//! static FIELDS: &[Field] = &[
//!     Field::set("key_names", &shape::HEADER_NAME).required().default(r#"["apikey"]"#)
//!         .doc("names of the header or parameter that carries the key"),
//!     Field::boolean("hide_credentials").required().default("false"),
//!     Field::number("limit").check(Check::Between(1.0, 65_535.0)),
//!     Field::of("port", &shape::PORT).default("6379"),
//!     Field::map("limits", &Field::string(""), &Field::integer("")),
//!     Field::record("redis", REDIS).required(),
//!     Field::integer("redis_port").moved_to("redis.port"),
//!     Field::boolean("sync").idle("it is about several nodes of a cluster"),
//! ];
//! ```
//!
//! [`decode`] reads a node by a table. It gives a [`Record`] in which every field of the table
//! stands: as written, by its default, or null. What was wrong comes out as a list of
//! [`Violation`]s, all of them at once. [`Record`] then answers by name, with dots for fields of
//! records: `config.text("redis.host")`, `config.flag("hide_credentials")`,
//! `config.texts("key_names")`, `config.integer("redis.port")`, `config.records("rules")`. What is
//! null answers `None`, false or an empty list. [`Record::span`] is where the user wrote a field,
//! and `None` where the default serves.
//!
//! Rules, as Kong has them:
//!
//! - A `required` field that is left out takes its default; `null` or no default is a violation.
//! - A record that is `required` or has a default is there even if it was left out, completed field
//!   by field. A list that is given replaces the default, it is not merged with it.
//! - Sets lose what stands in them twice. An empty object counts as an empty list, and the other
//!   way round.
//! - A field that is `moved_to` another one is an older name: its value goes there, unless the new
//!   name is given, too. It does not stand in the record.
//! - A field that is `idle`, or a value it does not honour, gives one finding of severity parity
//!   when the user writes it with another value than the default.

mod check;
mod decode;
mod entity_check;
mod field;
mod item;
mod lookup;
mod render;
pub(crate) mod shape;
#[cfg(test)]
mod tests;
mod vault;
mod violation;

pub(crate) use check::Check;
pub(crate) use decode::{decode, json_of};
pub(crate) use entity_check::{EntityCheck, ITSELF};
pub(crate) use field::{Field, Kind, State};
pub(crate) use item::{Datum, Item, Record, Reference};
pub(crate) use render::schema_json;
pub(crate) use vault::{Vaults, variable};
pub(crate) use violation::{Fault, Violation};
