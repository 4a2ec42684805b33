//! What Kong's Admin API shows, made of what the dialect says and what serves.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use haleway_blueprint::{Blueprint, Pool};
use haleway_control::kong::{Facts, Plugin, Validate, View, text_hash};
use haleway_kong::{NodeView, Validator, entity_schema, plugin_schema};
use serde_json::{Map, Value as Json, json};

/// A node of Kong's that was compiled from a text.
#[derive(Clone, Debug, Default)]
pub(crate) struct KongNode {
    /// What the dialect says of it.
    pub(crate) node: NodeView,
    /// The text that it was compiled from.
    pub(crate) text_hash: String,
}

impl KongNode {
    /// A node that was compiled from a text.
    pub(crate) fn new(node: NodeView, text: &str) -> Self {
        Self {
            node,
            text_hash: text_hash(text),
        }
    }

    /// What is shown of it when this blueprint serves.
    pub(crate) fn view(self, blueprint: &Blueprint) -> View {
        let node = self.node;
        let expressions = setting(&node, "router_flavor") == "expressions";
        let pools = pools(&node, blueprint);
        let lists = node.entities.lists;
        let schemas = lists.iter().filter_map(|list| {
            let schema = entity_schema(list.kind, expressions)?;
            Some((list.kind.to_owned(), schema))
        });
        View::new(Facts {
            schemas: schemas.collect(),
            configuration: configuration(&node.settings),
            validate: validate(node.validator),
            plugins: node.plugins.iter().map(plugin).collect(),
            names_server: node.names_server,
            tells_latency: node.tells_latency,
            version: node.version,
            hash: node.configuration_hash,
            pools,
            entities: lists
                .into_iter()
                .map(|list| (list.kind.to_owned(), list.items))
                .collect(),
            text_hash: self.text_hash,
            loaded_unix_ms: now_unix_ms(),
        })
    }
}

fn validate(validator: Validator) -> Validate {
    Validate::by(move |kind, entity| validator.validate(kind, entity))
}

fn setting<'a>(node: &'a NodeView, name: &str) -> &'a str {
    node.settings.get(name).map_or("", String::as_str)
}

fn plugin(known: &haleway_kong::PluginView) -> Plugin {
    Plugin {
        name: known.name.to_owned(),
        version: known.version.to_owned(),
        priority: known.priority,
        schema: plugin_schema(known.name).unwrap_or(Json::Null),
    }
}

/// The pools of each upstream by its id. An upstream that is spoken to in two ways has two: all of
/// them stand where the upstream stands.
fn pools(node: &NodeView, blueprint: &Blueprint) -> HashMap<String, Vec<String>> {
    let Some(upstreams) = node.entities.of("upstreams") else {
        return HashMap::new();
    };
    let mut by_place: HashMap<_, Vec<&Pool>> = HashMap::new();
    for pool in &blueprint.pools {
        by_place.entry(place(pool)).or_default().push(pool);
    }
    let by_name: HashMap<&str, &Pool> = blueprint
        .pools
        .iter()
        .map(|pool| (pool.id.0.as_str(), pool))
        .collect();
    let of_each = upstreams.items.iter().filter_map(|upstream| {
        let id = upstream.get("id")?.as_str()?;
        let first = by_name.get(upstream.get("name")?.as_str()?)?;
        let all = by_place.get(&place(first))?;
        let mut names = vec![first.id.0.clone()];
        let others = all.iter().filter(|pool| pool.id != first.id);
        names.extend(others.map(|pool| pool.id.0.clone()));
        Some((id.to_owned(), names))
    });
    of_each.collect()
}

fn place(pool: &Pool) -> (&str, u32, u32) {
    let origin = &pool.origin;
    (&*origin.file, origin.line, origin.column)
}

/// Settings that are lists with commas.
const LISTS: &[&str] = &[
    "admin_listen",
    "admin_ssl_cert",
    "admin_ssl_cert_key",
    "dns_order",
    "headers",
    "headers_upstream",
    "lua_ssl_trusted_certificate",
    "plugins",
    "proxy_listen",
    "resolver_family",
    "ssl_cert",
    "ssl_cert_key",
    "status_listen",
    "status_ssl_cert",
    "status_ssl_cert_key",
    "stream_listen",
    "trusted_ips",
];

/// Settings that are on or off and nothing else.
const FLAGS: &[&str] = &["allow_debug_header", "anonymous_reports", "client_ssl"];

/// The settings with the types that Kong shows them in.
fn configuration<'a>(
    settings: impl IntoIterator<Item = (&'a String, &'a String)>,
) -> Map<String, Json> {
    let mut shown = Map::new();
    for (name, text) in settings {
        let value = match text.as_str() {
            text if LISTS.contains(&name.as_str()) => Json::from(list(text)),
            text if FLAGS.contains(&name.as_str()) => Json::Bool(text == "on"),
            text => text
                .parse::<u64>()
                .map_or_else(|_| Json::from(text), Json::from),
        };
        if let Some(kind) = name.strip_suffix("_listen") {
            let listeners = list(text).into_iter().filter_map(listener);
            shown.insert(format!("{kind}_listeners"), listeners.collect());
        }
        shown.insert(name.clone(), value);
    }
    shown
}

fn list(text: &str) -> Vec<&str> {
    let parts = text.split(',').map(str::trim);
    parts.filter(|part| !part.is_empty()).collect()
}

/// A socket as `proxy_listeners` shows it.
fn listener(text: &str) -> Option<Json> {
    let mut words = text.split_whitespace();
    let (ip, port) = words.next()?.rsplit_once(':')?;
    let port: u16 = port.parse().ok()?;
    let flags: Vec<&str> = words.collect();
    let mut shown = json!({"ip": ip, "port": port, "listener": text});
    for flag in [
        "ssl",
        "http2",
        "proxy_protocol",
        "reuseport",
        "deferred",
        "bind",
        "udp",
    ] {
        shown[flag] = Json::Bool(flags.contains(&flag));
    }
    Some(shown)
}

fn now_unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn settings_are_shown_with_their_types() {
        let settings = [
            ("database", "off"),
            ("client_ssl", "off"),
            ("upstream_keepalive_pool_size", "512"),
            ("trusted_ips", ""),
            (
                "proxy_listen",
                "0.0.0.0:8000 reuseport backlog=16384, [::]:8443 http2 ssl",
            ),
            ("stream_listen", "off"),
        ];
        let settings: BTreeMap<String, String> = settings
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .collect();
        let shown = Json::Object(configuration(&settings));
        assert_eq!(shown["database"], "off");
        assert_eq!(shown["client_ssl"], false);
        assert_eq!(shown["upstream_keepalive_pool_size"], 512);
        assert_eq!(shown["trusted_ips"], json!([]));
        assert_eq!(shown["stream_listeners"], json!([]));
        assert_eq!(shown["proxy_listen"][1], "[::]:8443 http2 ssl");
        let second = &shown["proxy_listeners"][1];
        assert_eq!(
            (&second["ip"], &second["port"]),
            (&json!("[::]"), &json!(8443))
        );
        assert_eq!(
            (&second["ssl"], &second["reuseport"]),
            (&json!(true), &json!(false))
        );
    }
}
