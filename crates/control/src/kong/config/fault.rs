//! What is wrong with a posted configuration, in Kong's form: a tree of fields, and with
//! `?flatten_errors=1` a list of entities (`kong/db/errors.lua`, `declarative_config_flattened`).

use haleway_blueprint::runtime::{DocumentFault, ReloadOutcome};
use haleway_document::Node;
use haleway_supply::Loaded;
use serde_json::{Map, Value as Json, json};

use super::lua;
use super::place::{self, Place};
use crate::kong::view::is_uuid;
use crate::limits::FAULT_PLACES_MAX;

/// The field for what is wrong with an entity as a whole.
pub(in crate::kong) const ENTITY: &str = "@entity";

/// The answer to a configuration that was refused.
pub(super) fn refusal(text: &str, outcome: &ReloadOutcome, flatten: bool) -> Json {
    let loaded = Loaded::of_text("config", text);
    let root = loaded.documents.first().map(|document| &document.root);
    let mut fields = Json::Object(Map::new());
    let mut entities: Vec<Flat<'_>> = Vec::new();
    for fault in &outcome.faults {
        match root.and_then(|root| place::at(root, fault.start?)) {
            Some(place) if flatten => flat(&mut entities, place, fault),
            Some(place) => put_at(&mut fields, &place, fault),
            None => put_alone(&mut fields, root.is_some(), fault),
        }
    }
    if let (true, Some(line)) = (outcome.faults.is_empty(), outcome.errors.first()) {
        put(
            &mut fields,
            &[Step::Name("error")],
            Json::from(line.as_str()),
        );
    }
    let mut value = invalid(fields);
    if flatten && let Json::Object(members) = &mut value {
        let list = entities.iter().map(Flat::value).collect();
        members.insert("flattened_errors".to_owned(), Json::Array(list));
    }
    value
}

/// Error 14 with these fields.
pub(super) fn invalid(fields: Json) -> Json {
    json!({
        "code": 14,
        "name": "invalid declarative configuration",
        "message": format!("declarative config is invalid: {}", lua::shown(&fields)),
        "fields": fields,
    })
}

/// Where a value stands in the tree of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

/// A fault of the document itself.
fn put_alone(fields: &mut Json, parsed: bool, fault: &DocumentFault) {
    let field = if fault.field.is_empty() {
        "error"
    } else {
        &fault.field
    };
    let message = if parsed {
        fault.message.clone()
    } else {
        format!(
            "failed parsing declarative configuration: {}",
            fault.message
        )
    };
    put(fields, &steps(field), Json::from(message));
}

/// The tree of what is wrong with one entity, from pairs of a field and what is said of it; an empty
/// field is the entity as a whole.
pub(in crate::kong) fn tree<'a>(wrong: impl Iterator<Item = (&'a str, &'a str)>) -> Json {
    let mut fields = Json::Object(Map::new());
    for (field, message) in wrong {
        put_field(&mut fields, Vec::new(), field, message);
    }
    fields
}

fn put_field<'a>(fields: &mut Json, mut path: Vec<Step<'a>>, field: &'a str, message: &str) {
    let message = Json::from(message);
    if field.is_empty() {
        path.push(Step::Name(ENTITY));
        return put(fields, &path, Json::Array(vec![message]));
    }
    path.extend(steps(field));
    put(fields, &path, message);
}

/// A fault of an entity.
fn put_at(fields: &mut Json, place: &Place<'_>, fault: &DocumentFault) {
    let mut path: Vec<Step<'_>> = Vec::new();
    for (kind, at, _) in &place.steps {
        path.extend([Step::Name(kind.name), Step::Index(*at)]);
    }
    put_field(fields, path, &fault.field, &fault.message);
}

/// `healthchecks.active.headers`, `paths[2]`: indices are counted from 1.
fn steps(field: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for part in field.split('.') {
        let (name, indices) = part.split_at(part.find('[').unwrap_or(part.len()));
        if !name.is_empty() {
            steps.push(Step::Name(name));
        }
        let indices = indices.split(['[', ']']).filter(|text| !text.is_empty());
        for index in indices {
            match index.parse::<usize>() {
                Ok(index) if index > 0 => steps.push(Step::Index(index - 1)),
                _ => steps.push(Step::Name(index)),
            }
        }
    }
    steps
}

/// Puts a value into the tree. The first one of a field stays; those of an entity as a whole are
/// gathered.
fn put(tree: &mut Json, path: &[Step<'_>], value: Json) {
    let Some((step, rest)) = path.split_first() else {
        match (tree, value) {
            (tree @ Json::Null, value) => *tree = value,
            (Json::Array(known), Json::Array(more)) => known.extend(more),
            _ => {}
        }
        return;
    };
    let slot = match step {
        Step::Name(name) => {
            if tree.is_null() {
                *tree = Json::Object(Map::new());
            }
            let Json::Object(fields) = tree else { return };
            fields.entry(*name).or_insert(Json::Null)
        }
        Step::Index(at) => {
            if tree.is_null() {
                *tree = Json::Array(Vec::new());
            }
            let Json::Array(items) = tree else { return };
            if *at >= FAULT_PLACES_MAX {
                return;
            }
            if items.len() <= *at {
                items.resize(*at + 1, Json::Null);
            }
            &mut items[*at]
        }
    };
    put(slot, rest, value);
}

/// An entity and what is wrong with it.
struct Flat<'a> {
    place: Place<'a>,
    faults: Vec<DocumentFault>,
}

fn flat<'a>(entities: &mut Vec<Flat<'a>>, place: Place<'a>, fault: &DocumentFault) {
    match entities.iter_mut().find(|known| known.place == place) {
        Some(known) => known.faults.push(fault.clone()),
        None => entities.push(Flat {
            place,
            faults: vec![fault.clone()],
        }),
    }
}

impl Flat<'_> {
    fn value(&self) -> Json {
        let Some((kind, _, node)) = self.place.steps.last() else {
            return Json::Null;
        };
        let mut entity = json_of(node);
        let mut value = Map::new();
        value.insert("entity_type".to_owned(), Json::from(kind.singular()));
        if let Json::Object(fields) = &mut entity {
            for child in place::children(kind) {
                fields.remove(child.name);
            }
            self.refer(fields);
            let name = fields.get("name").and_then(Json::as_str);
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                value.insert("entity_name".to_owned(), Json::from(name));
            }
            let id = fields.get("id").and_then(Json::as_str);
            if let Some(id) = id.filter(|id| is_uuid(id)) {
                value.insert("entity_id".to_owned(), Json::from(id));
            }
            let tags = fields.get("tags").filter(|tags| is_texts(tags));
            if let Some(tags) = tags {
                value.insert("entity_tags".to_owned(), tags.clone());
            }
        }
        value.insert("entity".to_owned(), entity);
        let errors = self.faults.iter().map(error).collect();
        value.insert("errors".to_owned(), Json::Array(errors));
        Json::Object(value)
    }

    /// Lets a nested entity name the one around it, where that one has an id.
    fn refer(&self, fields: &mut Map<String, Json>) {
        let [.., (parent, _, around), (kind, ..)] = self.place.steps.as_slice() else {
            return;
        };
        let id = around.get("id").and_then(Node::as_str);
        if let (Some(field), Some(id)) = (kind.field_to(parent.name), id.filter(|id| is_uuid(id))) {
            fields.entry(field).or_insert(json!({ "id": id }));
        }
    }
}

fn error(fault: &DocumentFault) -> Json {
    match fault.field.as_str() {
        "" => json!({"type": "entity", "message": fault.message}),
        field => json!({"type": "field", "field": dotted(field), "message": fault.message}),
    }
}

/// Kong writes places of lists with dots, too: `paths.2`.
fn dotted(field: &str) -> String {
    field.replace('[', ".").replace(']', "")
}

fn is_texts(value: &Json) -> bool {
    let list = value.as_array();
    list.is_some_and(|list| list.iter().all(Json::is_string))
}

fn json_of(node: &Node) -> Json {
    serde_json::from_str(&node.to_json()).unwrap_or(Json::Null)
}

#[cfg(test)]
mod tests;
