//! `/tags`: which entity has which tag.

use serde_json::{Value as Json, json};

use super::answer;
use super::kind;
use super::page::Page;
use super::query::{Arguments, escaped};
use super::view::{self, View};
use crate::answer::Answer;

/// `/tags`
pub(super) fn all(view: &View, arguments: &Arguments) -> Answer {
    listed(view, arguments, "/tags", |_| true)
}

/// `/tags/{tag}`
pub(super) fn one(view: &View, tag: &str, arguments: &Arguments) -> Answer {
    let path = format!("/tags/{}", escaped(tag));
    listed(view, arguments, &path, |its| its == tag)
}

fn listed(view: &View, arguments: &Arguments, path: &str, wanted: impl Fn(&str) -> bool) -> Answer {
    let page = match Page::of(arguments) {
        Ok(page) => page,
        Err(refusal) => return refusal.answer(),
    };
    let wanted = &wanted;
    let tagged = kind::KINDS.iter().flat_map(|kind| {
        let entities = view.all(kind).iter();
        entities.flat_map(move |entity| {
            let tags = view::tags(entity).filter(|tag| wanted(tag));
            tags.map(move |tag| -> Json {
                json!({
                    "entity_name": kind.name,
                    "entity_id": view::id(entity),
                    "tag": tag,
                })
            })
        })
    });
    answer::ok(&page.value(path, tagged))
}
