//! What an Admin API shows of a compiled configuration.

use std::collections::BTreeMap;

use haleway_document::Node;
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use crate::compile::{ApiSockets, Compilation};
use crate::entity::{self, EntityKind, Store};
use crate::plugin::{REGISTRY, kind as plugin_kind};
use crate::schema::{Kind, json_of, schema_json};
use crate::setting::Settings;
use crate::validate::Validator;

/// A node as its Admin API shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeView {
    /// The version that answers name: `3.4.2`.
    pub version: String,
    /// Where the Admin API listens.
    pub admin: ApiSockets,
    /// Where status and metrics are shown.
    pub status: ApiSockets,
    /// Its answers name it in `Server`.
    pub names_server: bool,
    /// They tell how long they took in `X-Kong-Admin-Latency`.
    pub tells_latency: bool,
    /// Settings by name, defaults where nothing is written; passwords and keys are left out.
    pub settings: BTreeMap<String, String>,
    /// The plugins that can be configured.
    pub plugins: Vec<PluginView>,
    /// All entities.
    pub entities: Entities,
    /// The document as it was written, as JSON.
    pub document: Json,
    /// 32 hexadecimal digits over the document; zeros where there is nothing in it.
    pub configuration_hash: String,
    /// How many cores are to be used; `None` leaves it open.
    pub cores: Option<usize>,
    /// Looks at single entities.
    pub validator: Validator,
}

/// A plugin that can be configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginView {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The higher, the earlier it runs.
    pub priority: i32,
}

/// All entities of a configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entities {
    /// One list per kind, also the empty ones.
    pub lists: Vec<EntityList>,
}

/// The entities of one kind, in the order of the document.
#[derive(Clone, Debug, PartialEq)]
pub struct EntityList {
    /// The kind: `services`.
    pub kind: &'static str,
    /// The field by which one may be named instead of by its id.
    pub endpoint_key: Option<&'static str>,
    /// Fields that refer to other entities, with the kinds of those.
    pub foreign: Vec<(&'static str, &'static str)>,
    /// The entities, complete: ids, defaults, nulls, references as `{"id": ...}`. `created_at` and
    /// `updated_at` are null where nothing was written.
    pub items: Vec<Map<String, Json>>,
}

impl Entities {
    /// The entities of a kind.
    #[must_use]
    pub fn of(&self, kind: &str) -> Option<&EntityList> {
        self.lists.iter().find(|list| list.kind == kind)
    }
}

impl EntityList {
    /// The entity of an id or a name.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&Map<String, Json>> {
        let by = |field: &str| {
            let mut items = self.items.iter();
            items.find(|item| item.get(field).and_then(Json::as_str) == Some(key))
        };
        by("id").or_else(|| by(self.endpoint_key?))
    }
}

/// The schema of a kind of entity, as `/schemas/KIND` shows it; `None` where there is no such kind.
#[must_use]
pub fn entity_schema(kind: &str, expressions: bool) -> Option<Json> {
    let kind = entity::kind(kind, expressions)?;
    Some(serde_json::json!({ "entity_checks": [], "fields": schema_json(kind.fields) }))
}

/// The schema of a plugin, as `/schemas/plugins/NAME` shows it; `None` where there is none.
#[must_use]
pub fn plugin_schema(name: &str) -> Option<Json> {
    let kind = plugin_kind(name)?;
    let config = serde_json::json!({
        "type": "record", "required": true, "fields": schema_json(kind.fields),
    });
    let protocols = serde_json::json!({
        "type": "set", "required": true, "default": kind.protocols,
        "elements": { "type": "string", "one_of": kind.protocols },
    });
    let mut fields = vec![
        serde_json::json!({ "protocols": protocols }),
        serde_json::json!({ "config": config }),
    ];
    let scopes = [
        ("route", kind.scopes.route),
        ("service", kind.scopes.service),
        ("consumer", kind.scopes.consumer),
    ];
    for (field, _) in scopes.into_iter().filter(|(_, allowed)| !allowed) {
        let reference = format!("{field}s");
        fields.push(serde_json::json!({
            field: { "type": "foreign", "reference": reference, "eq": null },
        }));
    }
    Some(serde_json::json!({ "entity_checks": [], "fields": fields }))
}

/// What an Admin API shows of this compilation.
pub(crate) fn node_view(
    compilation: &Compilation<'_>,
    root: &Node,
    validator: Validator,
) -> NodeView {
    let Compilation {
        settings,
        listens,
        version,
        store,
        tokens,
        ..
    } = compilation;
    let document = json_of(root);
    NodeView {
        version: version.to_string(),
        admin: compilation.api(&listens.admin, "admin_ssl_cert", "admin_ssl_cert_key"),
        status: compilation.api(&listens.status, "status_ssl_cert", "status_ssl_cert_key"),
        names_server: tokens.server,
        tells_latency: tokens.admin_latency,
        settings: settings.shown(),
        plugins: REGISTRY
            .iter()
            .map(|kind| PluginView {
                name: kind.name,
                version: kind.version,
                priority: kind.priority,
            })
            .collect(),
        entities: Entities {
            lists: entity::KINDS.iter().map(|kind| list(kind, store)).collect(),
        },
        configuration_hash: hash(&document, store),
        document,
        cores: cores(settings),
        validator,
    }
}

fn list(kind: &EntityKind, store: &Store) -> EntityList {
    let foreign = kind.fields.iter().filter_map(|field| match field.kind {
        Kind::Foreign(to) => Some((field.name, to)),
        _ => None,
    });
    EntityList {
        kind: kind.name,
        endpoint_key: kind.endpoint_key,
        foreign: foreign.collect(),
        items: store.all(kind.name).iter().map(|it| it.to_json()).collect(),
    }
}

fn hash(document: &Json, store: &Store) -> String {
    let empty = entity::KINDS
        .iter()
        .all(|kind| store.all(kind.name).is_empty());
    if empty {
        return "0".repeat(32);
    }
    let hash = Sha256::digest(document.to_string().as_bytes());
    let bytes = hash.iter().take(16);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

fn cores(settings: &Settings<'_>) -> Option<usize> {
    let names = ["nginx_worker_processes", "nginx_main_worker_processes"];
    let written = names
        .into_iter()
        .find_map(|name| Some((name, settings.written(name)?)));
    let (name, written) = written?;
    if written.text == "auto" {
        return None;
    }
    match written.text.parse() {
        Ok(cores) if cores > 0 => Some(cores),
        _ => {
            settings.refuse(
                name,
                &format!("'{}' is no number of processes", written.text),
            );
            None
        }
    }
}
