//! Entities as logs of requests show them.

use haleway_blueprint::JsonText;
use serde_json::{Map, Value as Json};

use crate::entity::Entity;
use crate::plugin::WORKSPACE;

/// Route and service of a request.
pub(super) fn described(route: &Entity, service: Option<&Entity>) -> Vec<(String, JsonText)> {
    let named = [("route", Some(route)), ("service", service)];
    let shown = named.into_iter().filter_map(|(name, entity)| {
        let json = Json::Object(without_nulls(entity?));
        Some((name.to_owned(), JsonText::new(json.to_string()).ok()?))
    });
    shown.collect()
}

/// What is null does not stand in a log.
fn without_nulls(entity: &Entity) -> Map<String, Json> {
    let fields = entity.to_json().into_iter();
    let mut shown: Map<String, Json> = fields.filter(|(_, value)| !value.is_null()).collect();
    shown.insert("ws_id".to_owned(), Json::from(WORKSPACE));
    shown
}
