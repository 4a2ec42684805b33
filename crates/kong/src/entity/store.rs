//! The entities of one configuration, with references resolved.

use std::collections::HashMap;

use haleway_document::Span;
use serde_json::{Map, Value as Json};

use super::EntityKind;
use crate::schema::{Kind, Record, Reference};

/// One entity.
#[derive(Clone, Debug)]
pub(crate) struct Entity {
    /// What it is.
    pub(crate) kind: &'static EntityKind,
    /// Its id, as written or derived.
    pub(crate) id: String,
    /// Its fields; foreign ones hold ids.
    pub(crate) record: Record,
    /// Where it stands.
    pub(crate) span: Span,
}

impl Entity {
    /// What names it to people: its name, or its id.
    pub(crate) fn name(&self) -> &str {
        let named = self.kind.endpoint_key.and_then(|key| self.record.text(key));
        named.unwrap_or(&self.id)
    }

    /// The id of the entity that a foreign field names.
    pub(crate) fn foreign(&self, field: &str) -> Option<&str> {
        self.record.foreign(field).map(Reference::text)
    }

    /// As an Admin API shows it.
    pub(crate) fn to_json(&self) -> Map<String, Json> {
        self.record.to_json()
    }
}

/// The entities of one configuration, by kind and in the order of the document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    lists: HashMap<&'static str, Vec<Entity>>,
    /// Places in the list of a kind: by id, by name, and by the entity that a field refers to.
    by_id: Index<String>,
    by_name: Index<String>,
    by_owner: HashMap<&'static str, HashMap<&'static str, Owned>>,
}

/// Places by kind and key.
type Index<K> = HashMap<&'static str, HashMap<K, usize>>;

/// Places by the id of the owner.
type Owned = HashMap<String, Vec<usize>>;

impl Store {
    /// Takes an entity in. False, and nothing is taken, where its kind has one of this id.
    pub(crate) fn insert(&mut self, entity: Entity) -> bool {
        let kind = entity.kind;
        let list = self.lists.entry(kind.name).or_default();
        let ids = self.by_id.entry(kind.name).or_default();
        if ids.contains_key(&entity.id) {
            return false;
        }
        ids.insert(entity.id.clone(), list.len());
        if let Some(name) = kind.endpoint_key.and_then(|key| entity.record.text(key)) {
            let names = self.by_name.entry(kind.name).or_default();
            names.entry(name.to_owned()).or_insert(list.len());
        }
        for field in kind.fields {
            if let (Kind::Foreign(_), Some(owner)) = (field.kind, entity.foreign(field.name)) {
                let fields = self.by_owner.entry(kind.name).or_default();
                let owned = fields.entry(field.name).or_default();
                owned.entry(owner.to_owned()).or_default().push(list.len());
            }
        }
        list.push(entity);
        true
    }

    /// All entities of a kind.
    pub(crate) fn all(&self, kind: &str) -> &[Entity] {
        self.lists.get(kind).map_or(&[], Vec::as_slice)
    }

    /// The entity of an id.
    pub(crate) fn by_id(&self, kind: &str, id: &str) -> Option<&Entity> {
        let at = *self.by_id.get(kind)?.get(id)?;
        self.all(kind).get(at)
    }

    /// The entity of a name.
    pub(crate) fn by_name(&self, kind: &str, name: &str) -> Option<&Entity> {
        let at = *self.by_name.get(kind)?.get(name)?;
        self.all(kind).get(at)
    }

    /// The entity of an id, or of a name.
    pub(crate) fn find(&self, kind: &str, text: &str) -> Option<&Entity> {
        self.by_id(kind, text).or_else(|| self.by_name(kind, text))
    }

    /// The entity that a foreign field of another one names.
    pub(crate) fn referred(&self, entity: &Entity, field: &str, kind: &str) -> Option<&Entity> {
        self.by_id(kind, entity.foreign(field)?)
    }

    /// The entities of a kind whose foreign field names this id.
    pub(crate) fn owned<'a>(
        &'a self,
        kind: &str,
        field: &str,
        id: &str,
    ) -> impl Iterator<Item = &'a Entity> + use<'a> {
        let all = self.all(kind);
        let fields = self.by_owner.get(kind);
        let owned = fields.and_then(|fields| fields.get(field)?.get(id));
        let places = owned.map_or(&[][..], Vec::as_slice).iter();
        places.filter_map(|at| all.get(*at))
    }
}
