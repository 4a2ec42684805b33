//! The kinds of entities that a declarative file holds: one file per kind with its table of fields.
//!
//! Which kinds may stand inside which others follows from the foreign fields: whatever refers to a
//! service may stand in a service, under the name of its kind.

mod store;

pub(crate) use store::{Entity, Store};

use haleway_document::Node;

use crate::schema::{EntityCheck, Field, Kind};

/// A kind of entity.
#[derive(Debug)]
pub(crate) struct EntityKind {
    /// Its name in files and paths: `services`.
    pub(crate) name: &'static str,
    /// One of it: `service`.
    pub(crate) singular: &'static str,
    /// Its fields.
    pub(crate) fields: &'static [Field],
    /// The field by which it may be named instead of by its id.
    pub(crate) endpoint_key: Option<&'static str>,
    /// The fields that make it unique, from which an id is derived; empty derives it from the
    /// endpoint key.
    pub(crate) cache_key: &'static [&'static str],
    /// Rules about several fields.
    pub(crate) checks: &'static [EntityCheck],
    /// Rewrites what is written in a short form, such as `url` of a service.
    pub(crate) expand: Option<fn(&Node) -> Node>,
    /// One line for the documentation.
    pub(crate) doc: &'static str,
}

impl EntityKind {
    /// The foreign field that refers to a kind.
    pub(crate) fn field_to(&self, kind: &str) -> Option<&'static str> {
        let field = self
            .fields
            .iter()
            .find(|field| matches!(field.kind, Kind::Foreign(to) if to == kind))?;
        Some(field.name)
    }
}
