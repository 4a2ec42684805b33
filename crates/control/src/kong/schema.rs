//! `/schemas`: the tables of fields, and the plugins that there are.

use http::StatusCode;
use serde_json::{Value as Json, json};

use super::answer;
use super::view::View;
use crate::answer::Answer;

/// `/schemas/{entity}`
pub(super) fn entity(view: &View, name: &str) -> Answer {
    match view.facts().schemas.get(name) {
        Some(fields) => answer::ok(&schema(fields.clone())),
        None => missing("entity", name),
    }
}

/// `/schemas/plugins/{name}`: the fields that a plugin has of its own, or otherwise than others.
pub(super) fn plugin(view: &View, name: &str) -> Answer {
    let mut plugins = view.facts().plugins.iter();
    let Some(plugin) = plugins.find(|plugin| plugin.name == name) else {
        return missing("plugin", name);
    };
    let all = view.facts().schemas.get("plugins").and_then(Json::as_array);
    let all = all.into_iter().flatten();
    let mut fields: Vec<Json> = all
        .filter(|field| field.get("protocols").is_some())
        .cloned()
        .collect();
    fields.push(json!({
        "config": {"type": "record", "required": true, "fields": plugin.fields},
    }));
    answer::ok(&schema(Json::Array(fields)))
}

/// `/schemas/vaults/{name}`: only the vault `env` is there.
pub(super) fn vault(view: &View, name: &str) -> Answer {
    let fields = view.facts().schemas.get("vaults").and_then(Json::as_array);
    let mut fields = fields.into_iter().flatten();
    let config = fields.find(|field| field.get("config").is_some());
    match config.filter(|_| name == "env") {
        Some(config) => answer::ok(&schema(json!([config]))),
        None => missing("vault", name),
    }
}

/// `/plugins/enabled`
pub(super) fn enabled_plugins(view: &View) -> Answer {
    let plugins = view.facts().plugins.iter();
    let names: Vec<&str> = plugins.map(|plugin| plugin.name.as_str()).collect();
    answer::ok(&json!({ "enabled_plugins": names }))
}

fn schema(fields: Json) -> Json {
    json!({"fields": fields, "entity_checks": []})
}

fn missing(what: &str, name: &str) -> Answer {
    let message = format!("No {what} named '{name}'");
    answer::message(StatusCode::NOT_FOUND, &message)
}
