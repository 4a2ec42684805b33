//! Entities as they are written: flat or nested, decoded by their tables, each with an id.

use std::collections::HashMap;

use haleway_document::{Diagnostic, Entry, Node, Span, Value};

use super::{Reading, identity};
use crate::code;
use crate::entity::{self, EntityKind, Identity, KINDS};
use crate::schema::{Datum, Fault, Field, Kind, Record, Reference, Violation, decode};

/// An entity before its references are resolved.
pub(super) struct Draft {
    pub(super) kind: &'static EntityKind,
    pub(super) id: String,
    pub(super) record: Record,
    pub(super) span: Span,
    /// The `config` of a plugin, before its table is known.
    pub(super) config: Option<Node>,
    /// What it is to people: `service demo`.
    pub(super) place: String,
}

/// The entity that another one stands in.
#[derive(Clone, Copy)]
struct Parent<'a> {
    kind: &'static EntityKind,
    id: &'a str,
}

/// How deeply entities may stand in each other. The relations allow more only by going in circles.
const NESTING_MAX: usize = 8;

/// All entities of a document, in its order; those inside of others behind them.
pub(super) fn drafts(reading: &Reading<'_>, root: &Node) -> Vec<Draft> {
    let mut drafting = Drafting {
        reading,
        drafts: Vec::new(),
        seen: HashMap::new(),
    };
    for entry in root.as_object().unwrap_or(&[]) {
        if let Some(kind) = entity::kind(&entry.key.text, reading.expressions) {
            drafting.list(kind, entry, None, 0);
        }
    }
    drafting.drafts
}

/// One entity, in which no others may stand.
pub(super) fn one(reading: &Reading<'_>, kind: &'static EntityKind, node: &Node) -> Vec<Draft> {
    let mut drafting = Drafting {
        reading,
        drafts: Vec::new(),
        seen: HashMap::new(),
    };
    let node = kind
        .expand
        .map_or_else(|| node.clone(), |expand| expand(node));
    drafting.alone(kind, node, None);
    drafting.drafts
}

/// Puts hashes in the place of passwords.
pub(super) fn hash_passwords(drafts: &mut [Draft]) {
    for draft in drafts {
        if draft.kind.name != entity::credential::BASIC.name {
            continue;
        }
        let consumer = draft.record.foreign("consumer").map(Reference::text);
        let password = draft.record.text("password");
        if let (Some(consumer), Some(password)) = (consumer, password) {
            let hash = identity::password(password, consumer);
            draft.record.set("password", Datum::Text(hash));
        }
    }
}

struct Drafting<'a> {
    reading: &'a Reading<'a>,
    drafts: Vec<Draft>,
    /// How often a key was used for an id, so that equals get ids of their own.
    seen: HashMap<(&'static str, String), usize>,
}

impl Drafting<'_> {
    fn list(
        &mut self,
        kind: &'static EntityKind,
        entry: &Entry,
        parent: Option<Parent<'_>>,
        depth: usize,
    ) {
        let items = match &entry.node.value {
            Value::Array(items) => items.as_slice(),
            Value::Object(entries) if entries.is_empty() => &[],
            Value::Null => &[],
            _ => {
                let message = format!("`{}`: expected an array", kind.name);
                let finding = Diagnostic::error(code::WRONG_TYPE, message);
                let finding = finding.worded(kind.name, "expected an array");
                self.reading.context.report(finding.at(entry.node.span, ""));
                return;
            }
        };
        for item in items {
            self.entity(kind, item, parent, depth);
        }
    }

    fn entity(
        &mut self,
        kind: &'static EntityKind,
        node: &Node,
        parent: Option<Parent<'_>>,
        depth: usize,
    ) {
        let mut node = match kind.expand {
            Some(expand) => expand(node),
            None => node.clone(),
        };
        let children = take_children(kind, &mut node, self.reading.expressions);
        let id = self.alone(kind, node, parent);
        let here = Parent { kind, id: &id };
        for (child, entry) in children {
            if depth < NESTING_MAX {
                self.list(child, &entry, Some(here), depth + 1);
            }
        }
    }

    /// An entity without those that stood in it; its id.
    fn alone(
        &mut self,
        kind: &'static EntityKind,
        mut node: Node,
        parent: Option<Parent<'_>>,
    ) -> String {
        let config = config_of(kind, &mut node);
        let mut violations = Vec::new();
        let owner = parent.and_then(|parent| kind.field_to(parent.kind.name));
        if let (Some(owner), Some(parent)) = (owner, parent) {
            adopt(&mut node, owner, parent.id, &mut violations);
        }
        let vaults = &self.reading.vaults;
        let mut record = decode(kind.fields, &node, vaults, &mut violations);
        if let Some(complete) = kind.complete {
            complete(&mut record);
        }
        let sound = !violations.iter().any(Violation::is_error);
        for check in kind.checks.iter().filter(|_| sound) {
            check.apply(&record, "", &mut violations);
        }
        let id = self.id(kind, &record, &node, parent);
        record.set("id", Datum::Text(id.clone()));
        let place = place(kind, &record);
        self.reading.context.report_violations(&place, violations);
        self.drafts.push(Draft {
            kind,
            id: id.clone(),
            record,
            span: node.span,
            config,
            place,
        });
        id
    }

    fn id(
        &mut self,
        kind: &'static EntityKind,
        record: &Record,
        node: &Node,
        parent: Option<Parent<'_>>,
    ) -> String {
        if let Some(id) = record.text("id") {
            return id.to_lowercase();
        }
        let written = |field: &str| -> &str {
            match record.item(field).map(|item| &item.datum) {
                Some(Datum::Text(text)) => text,
                Some(Datum::Foreign(reference)) => reference.text(),
                _ => "",
            }
        };
        match kind.identity {
            Identity::Fields(fields) => {
                let values = fields.iter().map(|field| written(field));
                let parts: Vec<&str> = [kind.name, "*"].into_iter().chain(values).collect();
                identity::derived(kind.name, &parts.join(":"))
            }
            Identity::Named => match kind.endpoint_key.map(written) {
                Some(name) if !name.is_empty() => identity::derived(kind.name, name),
                _ => self.numbered(kind, format!("{}{}", owner(parent), node.to_json())),
            },
            Identity::Place => self.numbered(kind, owner(parent)),
        }
    }

    /// An id from a key that others may have, too.
    fn numbered(&mut self, kind: &'static EntityKind, key: String) -> String {
        let count = self.seen.entry((kind.name, key.clone())).or_default();
        *count += 1;
        identity::derived(kind.name, &format!("{key}#{count}"))
    }
}

fn owner(parent: Option<Parent<'_>>) -> String {
    parent.map_or_else(String::new, |parent| format!("{}:", parent.id))
}

/// What an entity is to people.
fn place(kind: &EntityKind, record: &Record) -> String {
    let shown = match kind.name {
        "plugins" => record.text("instance_name").or(record.text("name")),
        // The key of a credential is a secret.
        "keyauth_credentials" | "jwt_secrets" => None,
        _ => kind.endpoint_key.and_then(|key| record.text(key)),
    };
    match shown {
        Some(name) => format!("{} {name}", kind.singular),
        None => kind.singular.to_owned(),
    }
}

/// The lists of other entities in an entity, and what says nothing, taken out.
fn take_children(
    kind: &'static EntityKind,
    node: &mut Node,
    expressions: bool,
) -> Vec<(&'static EntityKind, Entry)> {
    let Value::Object(entries) = &mut node.value else {
        return Vec::new();
    };
    let mut children = Vec::new();
    let mut kept = Vec::with_capacity(entries.len());
    for entry in entries.drain(..) {
        let name = entry.key.text.as_str();
        let own = kind.fields.iter().any(|field: &Field| field.name == name);
        let child = KINDS
            .iter()
            .find(|it| !own && it.name == name && it.field_to(kind.name).is_some());
        match child {
            Some(child) => {
                let child = entity::kind(child.name, expressions).unwrap_or(child);
                children.push((child, entry));
            }
            None if matches!(name, "_comment" | "_ignore") => {}
            None => kept.push(entry),
        }
    }
    *entries = kept;
    children
}

fn config_of(kind: &EntityKind, node: &mut Node) -> Option<Node> {
    let has_any = |field: &Field| field.name == "config" && matches!(field.kind, Kind::Any);
    if !kind.fields.iter().any(has_any) {
        return None;
    }
    let span = node.span;
    let Value::Object(entries) = &mut node.value else {
        return None;
    };
    let at = entries.iter().position(|entry| entry.key.text == "config");
    let config = at.map(|at| entries.remove(at).node);
    Some(
        config
            .filter(|node| node.value != Value::Null)
            .unwrap_or(Node {
                value: Value::Object(Vec::new()),
                span,
            }),
    )
}

/// Lets an entity refer to the one that it stands in; it must not say so itself.
fn adopt(node: &mut Node, field: &str, parent: &str, violations: &mut Vec<Violation>) {
    let span = node.span;
    let Value::Object(entries) = &mut node.value else {
        return;
    };
    if let Some(at) = entries.iter().position(|entry| entry.key.text == field) {
        let entry = entries.remove(at);
        if entry.node.value != Value::Null {
            violations.push(Violation {
                path: field.to_owned(),
                span: entry.node.span,
                fault: Fault::Value,
                message: "value must be null".to_owned(),
            });
        }
    }
    let id = Entry {
        key: haleway_document::Key {
            text: "id".to_owned(),
            span,
        },
        node: Node {
            value: Value::String(parent.to_owned()),
            span,
        },
    };
    entries.push(Entry {
        key: haleway_document::Key {
            text: field.to_owned(),
            span,
        },
        node: Node {
            value: Value::Object(vec![id]),
            span,
        },
    });
}
