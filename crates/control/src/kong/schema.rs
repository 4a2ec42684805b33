//! `/schemas`: the tables of fields, and the plugins that there are.

use http::StatusCode;
use serde_json::json;

use super::answer;
use super::view::View;
use crate::answer::Answer;

/// `/schemas/{entity}`
pub(super) fn entity(view: &View, name: &str) -> Answer {
    let schema = view.facts().schemas.get(name);
    schema.map_or_else(|| missing("entity", name), answer::ok)
}

/// `/schemas/plugins/{name}`
pub(super) fn plugin(view: &View, name: &str) -> Answer {
    let mut plugins = view.facts().plugins.iter();
    match plugins.find(|plugin| plugin.name == name) {
        Some(plugin) => answer::ok(&plugin.schema),
        None => missing("plugin", name),
    }
}

/// `/schemas/vaults/{name}`: only the vault `env` is there.
pub(super) fn vault(view: &View, name: &str) -> Answer {
    let schema = view.facts().schemas.get("vaults");
    let fields = schema.and_then(|schema| schema.get("fields")?.as_array());
    let mut fields = fields.into_iter().flatten();
    let config = fields.find(|field| field.get("config").is_some());
    match config.filter(|_| name == "env") {
        Some(config) => answer::ok(&json!({"fields": [config], "entity_checks": []})),
        None => missing("vault", name),
    }
}

/// `/plugins/enabled`
pub(super) fn enabled_plugins(view: &View) -> Answer {
    let plugins = view.facts().plugins.iter();
    let names: Vec<&str> = plugins.map(|plugin| plugin.name.as_str()).collect();
    answer::ok(&json!({ "enabled_plugins": names }))
}

pub(super) fn missing(what: &str, name: &str) -> Answer {
    let message = format!("No {what} named '{name}'");
    answer::message(StatusCode::NOT_FOUND, &message)
}
