//! Entities: lists, one of them, and those that refer to others.

use serde_json::Value as Json;

use super::answer::{self, Refusal};
use super::certificate;
use super::kind::Kind;
use super::page::Page;
use super::query::Arguments;
use super::resource::Owner;
use super::view::{self, Entity, View, is_uuid};
use crate::answer::Answer;

/// `/services`
pub(super) fn all(view: &View, kind: &'static Kind, arguments: &Arguments) -> Answer {
    let page = match Page::of(arguments) {
        Ok(page) => page,
        Err(refusal) => return refusal.answer(),
    };
    let path = format!("/{}", kind.path.unwrap_or(kind.name));
    let all = view.all(kind).iter();
    match arguments
        .value("custom_id")
        .filter(|_| kind.name == "consumers")
    {
        Some(custom_id) => {
            let of = |entity: &&Entity| view::text(entity, "custom_id") == Some(custom_id);
            page.answer(&path, all.filter(of), |entity| shown(view, kind, entity))
        }
        None => page.answer(&path, all, |entity| shown(view, kind, entity)),
    }
}

/// `/services/{service}`
pub(super) fn one(view: &View, kind: &'static Kind, key: &str) -> Answer {
    match found(view, kind, key) {
        Ok(entity) => answer::ok(&shown(view, kind, entity)),
        Err(answer) => *answer,
    }
}

/// `/routes/{route}/service`
pub(super) fn referred(
    view: &View,
    (kind, key): (&'static Kind, &str),
    field: &str,
    to: &'static Kind,
) -> Answer {
    let entity = match found(view, kind, key) {
        Ok(entity) => entity,
        Err(answer) => return *answer,
    };
    let referred = view::foreign(entity, field).and_then(|id| view.by_id(to, id));
    referred.map_or_else(answer::not_found, |entity| {
        answer::ok(&shown(view, to, entity))
    })
}

/// `/services/{service}/routes`
pub(super) fn owned(
    view: &View,
    owner: &Owner,
    kind: &'static Kind,
    arguments: &Arguments,
) -> Answer {
    let page = match Page::of(arguments) {
        Ok(page) => page,
        Err(refusal) => return refusal.answer(),
    };
    let parent = match found(view, owner.kind, &owner.key) {
        Ok(parent) => parent,
        Err(answer) => return *answer,
    };
    let id = view::id(parent).unwrap_or_default();
    let above = owner.kind.path.unwrap_or(owner.kind.name);
    let path = format!("/{above}/{id}/{}", kind.nested);
    let owned = view.owned(kind, owner.field, id).into_iter();
    page.answer(&path, owned, |entity| shown(view, kind, entity))
}

/// `/services/{service}/routes/{route}`
pub(super) fn owned_one(view: &View, owner: &Owner, kind: &'static Kind, key: &str) -> Answer {
    let parent = match found(view, owner.kind, &owner.key) {
        Ok(parent) => parent,
        Err(answer) => return *answer,
    };
    match found(view, kind, key) {
        Ok(entity) if view::foreign(entity, owner.field) == view::id(parent) => {
            answer::ok(&shown(view, kind, entity))
        }
        Ok(_) => answer::not_found(),
        Err(answer) => *answer,
    }
}

/// The entity of an id or endpoint key, or the answer that there is none.
pub(super) fn found<'a>(
    view: &'a View,
    kind: &'static Kind,
    key: &str,
) -> Result<&'a Entity, Box<Answer>> {
    let entity = match kind.name {
        "certificates" => certificate::find(view, kind, key),
        _ if kind.key.is_none() && !is_uuid(key) => {
            return Err(Box::new(Refusal::InvalidPrimaryKey.answer()));
        }
        _ => view.find(kind, key),
    };
    entity.ok_or_else(|| Box::new(answer::not_found()))
}

/// An entity as it is shown.
pub(super) fn shown(view: &View, kind: &Kind, entity: &Entity) -> Json {
    let mut entity = entity.clone();
    if kind.name == "certificates" {
        certificate::name(view, &mut entity);
    }
    Json::Object(entity)
}
