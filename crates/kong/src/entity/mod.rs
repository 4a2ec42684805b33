//! The kinds of entities that a declarative file holds: one file per kind with its table of fields.
//!
//! Which kinds may stand inside which others follows from the foreign fields: whatever refers to a
//! service may stand in a service, under the name of its kind.

mod certificate;
mod consumer;
pub(crate) mod credential;
mod key;
mod plugin;
pub(crate) mod route;
mod service;
mod store;
pub(crate) mod target;
mod upstream;
mod vault;

pub(crate) use store::{Entity, Store};

use haleway_document::Node;

use crate::schema::{EntityCheck, Field, Kind, Record};

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
    /// What its id is made of where none is written.
    pub(crate) identity: Identity,
    /// Rules about several fields.
    pub(crate) checks: &'static [EntityCheck],
    /// Rewrites what is written in a short form, such as `url` of a service.
    pub(crate) expand: Option<fn(&Node) -> Node>,
    /// Settles what depends on several fields, once all are decoded.
    pub(crate) complete: Option<fn(&mut Record)>,
    /// One line for the documentation.
    pub(crate) doc: &'static str,
}

/// What an id is made of where none is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The endpoint key; without one, everything that is written.
    Named,
    /// These fields together, as far as they are written.
    Fields(&'static [&'static str]),
    /// Its place among its like: what Kong gives a random id.
    Place,
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

/// The kinds, those that others refer to before those.
pub(crate) static KINDS: &[&EntityKind] = &[
    &certificate::KIND,
    &certificate::SNI_KIND,
    &certificate::CA_KIND,
    &vault::KIND,
    &key::SET_KIND,
    &key::KIND,
    &upstream::KIND,
    &target::KIND,
    &service::KIND,
    &route::KIND,
    &consumer::KIND,
    &credential::ACL,
    &credential::BASIC,
    &credential::HMAC,
    &credential::JWT,
    &credential::KEY,
    &credential::OAUTH2,
    &plugin::KIND,
];

/// The kind of a name, for a router flavour.
pub(crate) fn kind(name: &str, expressions: bool) -> Option<&'static EntityKind> {
    if expressions && name == route::EXPRESSIONS_KIND.name {
        return Some(&route::EXPRESSIONS_KIND);
    }
    KINDS.iter().copied().find(|kind| kind.name == name)
}
