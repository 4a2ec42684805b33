//! From a node to a [`Record`], by a table of fields.

use std::borrow::Cow;
use std::collections::HashSet;

use haleway_document::{Entry, Key, Node, Span, Value, nearest};
use serde_json::Value as Json;

use super::field::{Field, Kind, State};
use super::item::{Datum, Item, Record, Reference};
use super::vault::{self, Vaults};
use super::{Fault, Violation};

/// Decodes a node by a table. Every field of the table stands in the outcome; what was wrong is
/// null there and stands among the violations.
pub(crate) fn decode(
    fields: &'static [Field],
    node: &Node,
    vaults: &Vaults,
    violations: &mut Vec<Violation>,
) -> Record {
    let mut decoder = Decoder { vaults, violations };
    decoder.record(node, fields, "")
}

/// A record of defaults: what stands where the user wrote nothing.
fn defaults(fields: &'static [Field], span: Span) -> Record {
    let fields = fields.iter().filter(|field| field.moved_to.is_none());
    Record {
        fields: fields.map(|field| (field.name, unwritten(field))).collect(),
        span,
    }
}

struct Decoder<'a> {
    vaults: &'a Vaults,
    violations: &'a mut Vec<Violation>,
}

impl Decoder<'_> {
    fn record(&mut self, node: &Node, fields: &'static [Field], path: &str) -> Record {
        let node = self.moved(node, fields, path);
        let entries = match &node.value {
            Value::Object(entries) => entries.as_slice(),
            Value::Array(items) if items.is_empty() => &[],
            _ => {
                self.wrong(path, node.span, Fault::Type, "expected a record");
                return defaults(fields, node.span);
            }
        };
        for entry in entries {
            self.note_unknown(entry, fields, path);
        }
        let known = fields.iter().filter(|field| field.moved_to.is_none());
        let fields = known.map(|field| {
            let entry = entries.iter().find(|entry| entry.key.text == field.name);
            let path = child(path, field.name);
            let item = match entry {
                Some(entry) => self.written(&entry.node, field, &path),
                None => self.left_out(field, &path, node.span),
            };
            (field.name, item)
        });
        Record {
            fields: fields.collect(),
            span: node.span,
        }
    }

    /// The node with the values of older names at their new places.
    fn moved<'n>(&mut self, node: &'n Node, fields: &[Field], path: &str) -> Cow<'n, Node> {
        let mut node = Cow::Borrowed(node);
        for field in fields {
            let Some(target) = field.moved_to else {
                continue;
            };
            let Value::Object(entries) = &node.value else {
                break;
            };
            let Some(at) = entries
                .iter()
                .position(|entry| entry.key.text == field.name)
            else {
                continue;
            };
            let Value::Object(entries) = &mut node.to_mut().value else {
                break;
            };
            let entry = entries.remove(at);
            let message = format!("is an older name of `{}`", child(path, target));
            let named = child(path, field.name);
            self.wrong(&named, entry.key.span, Fault::OldName(target), &message);
            insert(entries, target, entry);
        }
        node
    }

    fn note_unknown(&mut self, entry: &Entry, fields: &'static [Field], path: &str) {
        let name = entry.key.text.as_str();
        if fields.iter().any(|field| field.name == name) {
            return;
        }
        let known = fields.iter().filter(|field| field.moved_to.is_none());
        let hint = nearest(name, known.map(|field| field.name));
        let path = child(path, name);
        self.wrong(&path, entry.key.span, Fault::Unknown(hint), "unknown field");
    }

    fn left_out(&mut self, field: &'static Field, path: &str, span: Span) -> Item {
        let item = unwritten(field);
        if item.is_null() && field.required && !field.auto {
            self.wrong(path, span, Fault::Missing, "required field missing");
        }
        item
    }

    fn written(&mut self, node: &Node, field: &'static Field, path: &str) -> Item {
        let datum = self.value(node, field, path);
        let item = Item {
            datum: datum.unwrap_or(Datum::Null),
            span: Some(node.span),
        };
        self.note_state(&item, field, path, node.span);
        item
    }

    /// A value with its checks; `None`, after a violation, where it is of another type.
    fn value(&mut self, node: &Node, field: &'static Field, path: &str) -> Option<Datum> {
        if node.value == Value::Null {
            if field.required {
                let message = "required field missing";
                self.wrong(path, node.span, Fault::Missing, message);
            }
            return None;
        }
        if let Some(secret) = self.secret(node, field, path) {
            return Some(secret);
        }
        let datum = self.typed(node, &field.kind, path)?;
        let item = Item { datum, span: None };
        for check in field.checks {
            if let Err(message) = check.apply(&item) {
                self.wrong(path, node.span, Fault::Value, &message);
                break;
            }
        }
        Some(item.datum)
    }

    fn secret(&mut self, node: &Node, field: &Field, path: &str) -> Option<Datum> {
        let text = node.as_str().filter(|_| field.referenceable)?;
        if !vault::is_reference(text) {
            return None;
        }
        let secret = self.vaults.resolve(text).unwrap_or_else(|why| {
            self.wrong(path, node.span, Fault::Secret, &why);
            String::new()
        });
        Some(Datum::Secret {
            reference: text.to_owned(),
            secret,
        })
    }

    fn typed(&mut self, node: &Node, kind: &Kind, path: &str) -> Option<Datum> {
        let datum = match (kind, &node.value) {
            (Kind::String, Value::String(text)) => Some(Datum::Text(text.clone())),
            (Kind::Boolean, Value::Bool(value)) => Some(Datum::Boolean(*value)),
            (Kind::Integer, Value::Number(text)) => whole(text).map(Datum::Integer),
            (Kind::Number, Value::Number(text)) => text.parse().ok().map(Datum::Number),
            (Kind::Set(element), Value::Array(items)) => {
                let mut seen = HashSet::new();
                let mut items = self.elements(items, element, path);
                items.retain(|item| seen.insert(item.to_json().to_string()));
                Some(Datum::List(items))
            }
            (Kind::Array(element), Value::Array(items)) => {
                Some(Datum::List(self.elements(items, element, path)))
            }
            (Kind::Set(_) | Kind::Array(_), Value::Object(entries)) if entries.is_empty() => {
                Some(Datum::List(Vec::new()))
            }
            (Kind::Map(keys, values), Value::Object(entries)) => {
                Some(Datum::Map(self.entries(entries, (keys, values), path)))
            }
            (Kind::Map(..), Value::Array(items)) if items.is_empty() => Some(Datum::Map(vec![])),
            (Kind::Record(_), Value::Array(items)) if !items.is_empty() => None,
            (Kind::Record(fields), Value::Object(_) | Value::Array(_)) => {
                Some(Datum::Record(self.record(node, fields, path)))
            }
            (Kind::Foreign(_), _) => reference(node).map(Datum::Foreign),
            (Kind::Any, _) => Some(Datum::Any(json_of(node))),
            _ => None,
        };
        if datum.is_none() {
            self.wrong(path, node.span, Fault::Type, expected(kind));
        }
        datum
    }

    fn elements(&mut self, items: &[Node], element: &'static Field, path: &str) -> Vec<Item> {
        let decoded = items.iter().enumerate().filter_map(|(at, node)| {
            let path = format!("{path}[{}]", at + 1);
            let datum = self.value(node, element, &path)?;
            Some(Item {
                datum,
                span: Some(node.span),
            })
        });
        decoded.collect()
    }

    fn entries(
        &mut self,
        entries: &[Entry],
        (keys, values): (&'static Field, &'static Field),
        path: &str,
    ) -> Vec<(String, Item)> {
        let decoded = entries.iter().map(|entry| {
            let path = child(path, &entry.key.text);
            let name = Node {
                value: Value::String(entry.key.text.clone()),
                span: entry.key.span,
            };
            self.value(&name, keys, &path);
            let item = self.written(&entry.node, values, &path);
            (entry.key.text.clone(), item)
        });
        decoded.collect()
    }

    fn note_state(&mut self, item: &Item, field: &Field, path: &str, span: Span) {
        let (fault, note) = match field.state {
            State::Supported => return,
            State::Approximated(note) => (Fault::Parity, note),
            State::Idle(note) => (Fault::Idle, note),
        };
        if !item.is_empty() && !item.equals(&unwritten(field)) {
            self.wrong(path, span, fault, note);
        }
    }

    fn wrong(&mut self, path: &str, span: Span, fault: Fault, message: &str) {
        self.violations.push(Violation {
            path: path.to_owned(),
            span,
            fault,
            message: message.to_owned(),
        });
    }
}

/// What stands where nothing was written.
pub(super) fn unwritten(field: &Field) -> Item {
    match (field.default, field.kind) {
        (Some(text), kind) => {
            let json = serde_json::from_str(text).unwrap_or(Json::Null);
            Item::unwritten(of_json(&json, &kind))
        }
        (None, Kind::Record(fields)) if field.required => {
            Item::unwritten(Datum::Record(defaults(fields, Span::default())))
        }
        (None, _) => Item::null(),
    }
}

/// A default's JSON as a value of its kind; records are completed.
fn of_json(json: &Json, kind: &Kind) -> Datum {
    match (kind, json) {
        (_, Json::Null) => Datum::Null,
        (_, Json::Bool(value)) => Datum::Boolean(*value),
        (Kind::Integer, Json::Number(number)) => {
            number.as_i64().map_or(Datum::Null, Datum::Integer)
        }
        (_, Json::Number(number)) => number.as_f64().map_or(Datum::Null, Datum::Number),
        (_, Json::String(text)) => Datum::Text(text.clone()),
        (Kind::Set(element) | Kind::Array(element), Json::Array(items)) => {
            let items = items.iter().map(|item| of_json(item, &element.kind));
            Datum::List(items.map(Item::unwritten).collect())
        }
        (Kind::Map(_, values), Json::Object(entries)) => {
            let entries = entries.iter().map(|(key, value)| {
                let item = Item::unwritten(of_json(value, &values.kind));
                (key.clone(), item)
            });
            Datum::Map(entries.collect())
        }
        (Kind::Record(fields), Json::Object(given)) => {
            let mut record = defaults(fields, Span::default());
            for (name, item) in &mut record.fields {
                let field = fields.iter().find(|field| field.name == *name);
                if let (Some(value), Some(field)) = (given.get(*name), field) {
                    item.datum = of_json(value, &field.kind);
                }
            }
            Datum::Record(record)
        }
        _ => Datum::Null,
    }
}

fn expected(kind: &Kind) -> &'static str {
    match kind {
        Kind::String => "expected a string",
        Kind::Integer => "expected an integer",
        Kind::Number => "expected a number",
        Kind::Boolean => "expected a boolean",
        Kind::Set(_) => "expected a set",
        Kind::Array(_) => "expected an array",
        Kind::Map(..) => "expected a map",
        Kind::Record(_) => "expected a record",
        Kind::Foreign(_) | Kind::Any => {
            "expected a reference: a name, an id, or an object with one"
        }
    }
}

fn reference(node: &Node) -> Option<Reference> {
    if let Some(text) = node.as_str() {
        return Some(Reference::Either(text.to_owned()));
    }
    let text = |key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
    if let Some(id) = text("id") {
        return Some(Reference::Id(id));
    }
    let keys = ["name", "username", "prefix", "instance_name"];
    keys.into_iter().find_map(text).map(Reference::Name)
}

/// A number that is whole, also where it is written as `8080.0`.
fn whole(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| {
        let number: f64 = text.parse().ok()?;
        (number.fract() == 0.0 && number.abs() < 9.0e15).then_some(number as i64)
    })
}

/// A node as JSON.
pub(crate) fn json_of(node: &Node) -> Json {
    serde_json::from_str(&node.to_json()).unwrap_or(Json::Null)
}

fn child(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// Puts an entry at a path with dots, unless something stands there.
fn insert(entries: &mut Vec<Entry>, path: &str, entry: Entry) {
    let (name, rest) = match path.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    };
    let at = entries.iter().position(|known| known.key.text == name);
    match (at, rest) {
        (Some(_), None) => {}
        (None, None) => entries.push(Entry {
            key: Key {
                text: name.to_owned(),
                span: entry.key.span,
            },
            node: entry.node,
        }),
        (at, Some(rest)) => {
            let at = at.unwrap_or_else(|| {
                entries.push(Entry {
                    key: Key {
                        text: name.to_owned(),
                        span: entry.key.span,
                    },
                    node: Node {
                        value: Value::Object(Vec::new()),
                        span: entry.node.span,
                    },
                });
                entries.len() - 1
            });
            if let Value::Object(inner) = &mut entries[at].node.value {
                insert(inner, rest, entry);
            }
        }
    }
}
