//! `GET /`: what kind of node this is.

use serde_json::{Map, Value as Json, json};

use super::answer;
use super::kind;
use super::node::Node;
use super::view::{self, View};
use crate::answer::Answer;

/// The node, its plugins and its settings.
pub(super) fn overview(node: &Node, view: &View) -> Answer {
    let facts = view.facts();
    let available: Map<String, Json> = facts
        .plugins
        .iter()
        .map(|plugin| {
            let about = json!({"version": plugin.version, "priority": plugin.priority});
            (plugin.name.clone(), about)
        })
        .collect();
    let pid = std::process::id();
    answer::ok(&json!({
        "tagline": "Welcome to kong",
        "version": facts.version,
        "edition": "community",
        "hostname": node.hostname,
        "node_id": node.id,
        // Kong's timers are tasks of its Lua scheduler, and there is none.
        "timers": {"running": 0, "pending": 0},
        "plugins": {
            "available_on_server": available,
            "enabled_in_cluster": enabled(view),
        },
        "lua_version": "none",
        "configuration": facts.configuration,
        "pids": {"master": pid, "workers": [pid]},
    }))
}

/// The plugins that some entity configures, each once.
fn enabled(view: &View) -> Vec<&str> {
    let Some(plugins) = kind::named("plugins") else {
        return Vec::new();
    };
    let mut names: Vec<&str> = Vec::new();
    for plugin in view.all(plugins) {
        if let Some(name) = view::text(plugin, "name")
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}
