//! Writes: without a database there are none. What Kong says of them, in its words
//! (`kong/db/strategies/off/init.lua`).

use http::Method;

use super::answer::{self, Refusal};
use super::kind::{self, Kind};
use super::resource::Resource;
use super::view::{View, is_uuid};
use super::{list, target};
use crate::answer::Answer;

/// Refuses a write; where the entity above it is missing, that comes first.
pub(super) fn refuse(view: &View, method: &Method, resource: &Resource) -> Answer {
    let text = match resource {
        Resource::List(kind) => without_key(method, kind),
        Resource::One(kind, key) => by_key(method, kind, key),
        Resource::Referred(kind, key, _, to) => match list::found(view, kind, key) {
            Ok(_) => without_key(method, to),
            Err(answer) => return *answer,
        },
        Resource::Owned(owner, kind) => match list::found(view, owner.kind, &owner.key) {
            Ok(_) => without_key(method, kind),
            Err(answer) => return *answer,
        },
        Resource::OwnedOne(owner, kind, key) => match list::found(view, owner.kind, &owner.key) {
            Ok(_) => by_key(method, kind, key),
            Err(answer) => return *answer,
        },
        Resource::Targets(upstream) => match target::upstream(view, upstream) {
            Some(_) => targets(method),
            None => return answer::not_found(),
        },
        Resource::Target(upstream, key) => {
            let upstream = target::upstream(view, upstream);
            match upstream.and_then(|upstream| target::find(view, upstream, key)) {
                Some(_) => targets(method),
                None => return answer::not_found(),
            }
        }
        _ => return answer::method_not_allowed(),
    };
    Refusal::Unsupported(text).answer()
}

fn targets(method: &Method) -> String {
    // PUT of a target is an update in Kong.
    let method = match *method {
        Method::PUT => &Method::PATCH,
        _ => method,
    };
    kind::named("targets").map_or_else(String::new, |kind| without_key(method, kind))
}

fn without_key(method: &Method, kind: &Kind) -> String {
    let (verb, name) = (verb(method), kind.name);
    format!("cannot {verb} '{name}' entities when not using a database")
}

fn by_key(method: &Method, kind: &Kind, key: &str) -> String {
    match kind.key.filter(|_| !is_uuid(key)) {
        Some(field) => {
            let (verb, name) = (verb(method), kind.name);
            format!("cannot {verb} '{name}' entities by '{field}' when not using a database")
        }
        None => without_key(method, kind),
    }
}

fn verb(method: &Method) -> &'static str {
    match *method {
        Method::POST => "create",
        Method::PUT => "create or update",
        Method::PATCH => "update",
        _ => "remove",
    }
}
