//! What a node shows of the configuration that serves.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::{Map, Value as Json};

use super::kind::{self, Kind};
use super::validate::Validate;

/// The hash of no configuration at all (Kong: `DECLARATIVE_EMPTY_CONFIG_HASH`).
pub const EMPTY_HASH: &str = "00000000000000000000000000000000";

/// An entity as Kong shows it: every field of its kind, null where nothing is set.
pub(super) type Entity = Map<String, Json>;

/// What a view is made of.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The version that answers name: `3.4.2`.
    pub version: String,
    /// Answers name it in `Server`.
    pub names_server: bool,
    /// Answers tell how long they took in `X-Kong-Admin-Latency`.
    pub tells_latency: bool,
    /// 32 hexadecimal digits that change with the configuration; [`EMPTY_HASH`] where there is
    /// none.
    pub hash: String,
    /// The node's settings, as `GET /` shows them.
    pub configuration: Map<String, Json>,
    /// The entities by the name of their kind (`services`), in the order of the document. Foreign
    /// fields are objects with an `id`.
    pub entities: BTreeMap<String, Vec<Map<String, Json>>>,
    /// The pools of an upstream, by its id. The first one's verdicts are shown.
    pub pools: HashMap<String, Vec<String>>,
    /// The plugins that can be configured.
    pub plugins: Vec<Plugin>,
    /// The schemas by the name of the kind, as `/schemas` shows them.
    pub schemas: BTreeMap<String, Json>,
    /// Knows whether an entity may be used.
    pub validate: Validate,
    /// The [`super::text_hash`] of the text that it was read from.
    pub text_hash: String,
    /// When the configuration was accepted, in milliseconds since 1970: entities that say nothing
    /// of it were made then.
    pub loaded_unix_ms: u64,
}

/// A plugin that can be configured.
#[derive(Clone, Debug, Default)]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The higher, the earlier it runs.
    pub priority: i32,
    /// Its schema, as `/schemas/plugins` shows it.
    pub schema: Json,
}

/// What a node shows, with its entities at hand by id, name and reference.
#[derive(Debug)]
pub struct View {
    facts: Facts,
    by_id: HashMap<(&'static str, String), usize>,
    by_key: HashMap<(&'static str, String), usize>,
    owned: HashMap<(&'static str, &'static str, String), Vec<usize>>,
}

impl View {
    /// A view of these facts. Entities of unknown kinds are not shown.
    #[must_use]
    pub fn new(mut facts: Facts) -> Self {
        for (name, entities) in &mut facts.entities {
            for entity in entities {
                date(name, entity, facts.loaded_unix_ms);
            }
        }
        let mut view = Self {
            facts,
            by_id: HashMap::new(),
            by_key: HashMap::new(),
            owned: HashMap::new(),
        };
        for kind in kind::KINDS {
            view.index(kind);
        }
        view
    }

    /// What it was made of.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The `Server` header.
    pub(super) fn server(&self) -> String {
        format!("kong/{}", self.facts.version)
    }

    /// All entities of a kind.
    pub(super) fn all(&self, kind: &Kind) -> &[Entity] {
        self.facts
            .entities
            .get(kind.name)
            .map_or(&[], Vec::as_slice)
    }

    /// The entity of an id.
    pub(super) fn by_id(&self, kind: &Kind, id: &str) -> Option<&Entity> {
        let at = *self.by_id.get(&(kind.name, id.to_ascii_lowercase()))?;
        self.all(kind).get(at)
    }

    /// The entity of an id, or of an endpoint key.
    pub(super) fn find(&self, kind: &Kind, text: &str) -> Option<&Entity> {
        if is_uuid(text) {
            return self.by_id(kind, text);
        }
        let at = *self.by_key.get(&(kind.name, text.to_owned()))?;
        self.all(kind).get(at)
    }

    /// The entities of a kind whose foreign field refers to an id, in the order of the document.
    pub(super) fn owned(&self, kind: &Kind, field: &'static str, id: &str) -> Vec<&Entity> {
        let places = self.owned.get(&(kind.name, field, id.to_owned()));
        let places = places.map_or(&[][..], Vec::as_slice).iter();
        places.filter_map(|at| self.all(kind).get(*at)).collect()
    }

    /// The pools of an upstream; where nothing is known of them, the one of its name.
    pub(super) fn pools(&self, upstream: &Entity) -> Vec<String> {
        let known = id(upstream).and_then(|id| self.facts.pools.get(id));
        known.cloned().unwrap_or_else(|| {
            let name = text(upstream, "name").map(|name| name.replace('/', "_"));
            name.into_iter().collect()
        })
    }

    fn index(&mut self, kind: &'static Kind) {
        let entities = self.facts.entities.get(kind.name);
        for (at, entity) in entities.into_iter().flatten().enumerate() {
            if let Some(id) = id(entity) {
                self.by_id.insert((kind.name, id.to_ascii_lowercase()), at);
            }
            if let Some(key) = kind.key.and_then(|key| text(entity, key)) {
                self.by_key.entry((kind.name, key.to_owned())).or_insert(at);
            }
            for (field, _) in kind.foreign {
                if let Some(owner) = foreign(entity, field) {
                    let key = (kind.name, *field, owner.to_owned());
                    self.owned.entry(key).or_default().push(at);
                }
            }
        }
    }
}

/// The view that is shown now. Whoever reads it keeps the one that they began with.
#[derive(Debug)]
pub struct Views(RwLock<Arc<View>>);

impl Views {
    /// Shows this one first.
    #[must_use]
    pub fn new(view: View) -> Self {
        Self(RwLock::new(Arc::new(view)))
    }

    /// The one that is shown.
    #[must_use]
    pub fn current(&self) -> Arc<View> {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        shown.clone()
    }

    /// Shows another one.
    pub fn replace(&self, view: View) {
        let mut shown = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *shown = Arc::new(view);
    }
}

/// A field that is a text.
pub(super) fn text<'a>(entity: &'a Entity, field: &str) -> Option<&'a str> {
    entity.get(field)?.as_str()
}

/// The id of an entity.
pub(super) fn id(entity: &Entity) -> Option<&str> {
    text(entity, "id")
}

/// The id that a foreign field refers to.
pub(super) fn foreign<'a>(entity: &'a Entity, field: &str) -> Option<&'a str> {
    entity.get(field)?.get("id")?.as_str()
}

/// The tags of an entity.
pub(super) fn tags(entity: &Entity) -> impl Iterator<Item = &str> {
    let tags = entity.get("tags").and_then(Json::as_array);
    tags.into_iter().flatten().filter_map(Json::as_str)
}

/// Whether a text is a UUID, which Kong takes as an id and never as a name.
pub(super) fn is_uuid(text: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| {
            if dashes.contains(&at) {
                byte == b'-'
            } else {
                byte.is_ascii_hexdigit()
            }
        })
}

/// Kong dates entities when it loads them: in seconds, targets with milliseconds.
fn date(kind: &str, entity: &mut Entity, loaded_unix_ms: u64) {
    let now = if kind == "targets" {
        Json::from(loaded_unix_ms as f64 / 1000.0)
    } else {
        Json::from(loaded_unix_ms / 1000)
    };
    for field in ["created_at", "updated_at"] {
        if let Some(value) = entity.get_mut(field).filter(|value| value.is_null()) {
            *value = now.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_told_from_names() {
        assert!(is_uuid("41E0df75-8715-5017-b56b-431e70ccd2ff"));
        for name in [
            "",
            "a",
            "41e0df75-8715-5017-b56b-431e70ccd2fg",
            "41e0df75087150501700b56b0431e70ccd2f",
        ] {
            assert!(!is_uuid(name), "{name}");
        }
    }

    #[test]
    fn undated_entities_are_of_the_load() {
        let mut entity = Entity::new();
        entity.insert("created_at".to_owned(), Json::Null);
        entity.insert("updated_at".to_owned(), Json::from(7));
        date("targets", &mut entity, 1_500);
        assert_eq!(entity["created_at"], Json::from(1.5));
        assert_eq!(entity["updated_at"], Json::from(7));
    }
}
