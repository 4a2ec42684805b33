//! The entities of one configuration, with references resolved.

use std::collections::HashMap;

use haleway_document::Span;
use serde_json::{Map, Value as Json};

use super::EntityKind;
use crate::schema::{Record, Reference};

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
    lists: Vec<(&'static EntityKind, Vec<Entity>)>,
    by_id: HashMap<(&'static str, String), (usize, usize)>,
}

impl Store {
    /// Takes an entity in. False, and nothing is taken, where its kind has one of this id.
    pub(crate) fn insert(&mut self, entity: Entity) -> bool {
        let list = self.list_of(entity.kind);
        let key = (entity.kind.name, entity.id.clone());
        if self.by_id.contains_key(&key) {
            return false;
        }
        self.by_id.insert(key, (list, self.lists[list].1.len()));
        self.lists[list].1.push(entity);
        true
    }

    /// All entities of a kind.
    pub(crate) fn all(&self, kind: &str) -> &[Entity] {
        let list = self.lists.iter().find(|(known, _)| known.name == kind);
        list.map_or(&[], |(_, entities)| entities)
    }

    /// The entity of an id.
    pub(crate) fn by_id(&self, kind: &str, id: &str) -> Option<&Entity> {
        let (known, _) = self.lists.iter().find(|(known, _)| known.name == kind)?;
        let (list, at) = *self.by_id.get(&(known.name, id.to_owned()))?;
        Some(&self.lists[list].1[at])
    }

    /// The entity that a foreign field of another one names.
    pub(crate) fn referred(&self, entity: &Entity, field: &str, kind: &str) -> Option<&Entity> {
        self.by_id(kind, entity.foreign(field)?)
    }

    /// The entities of a kind whose foreign field names this id.
    pub(crate) fn owned<'a>(
        &'a self,
        kind: &str,
        field: &'a str,
        id: &'a str,
    ) -> impl Iterator<Item = &'a Entity> {
        let all = self.all(kind).iter();
        all.filter(move |entity| entity.foreign(field) == Some(id))
    }

    /// The entity of an id, or of a name.
    pub(crate) fn find(&self, kind: &str, text: &str) -> Option<&Entity> {
        let named = || {
            let all = self.all(kind).iter();
            all.into_iter().find(|entity| {
                let key = entity.kind.endpoint_key;
                key.and_then(|key| entity.record.text(key)) == Some(text)
            })
        };
        self.by_id(kind, text).or_else(named)
    }

    fn list_of(&mut self, kind: &'static EntityKind) -> usize {
        let at = self
            .lists
            .iter()
            .position(|(known, _)| known.name == kind.name);
        at.unwrap_or_else(|| {
            self.lists.push((kind, Vec::new()));
            self.lists.len() - 1
        })
    }
}
