//! References to other entities, and what must be unique.

use std::collections::HashMap;

use haleway_document::{Diagnostic, Span};

use super::draft::Draft;
use crate::code;
use crate::context::Context;
use crate::entity::{Entity, Store};
use crate::schema::{Datum, Kind, Reference};

/// Puts ids in the place of names.
pub(super) fn resolve(context: &Context<'_>, drafts: &mut [Draft]) {
    let names = names(drafts);
    for draft in drafts {
        for field in draft.kind.fields {
            let Kind::Foreign(kind) = field.kind else {
                continue;
            };
            let Some(reference) = draft.record.foreign(field.name) else {
                continue;
            };
            let id = names.id(kind, reference).map(str::to_owned);
            let Some(id) = id else {
                let span = draft.record.place(field.name);
                let text = reference.text();
                let words = format!(
                    "invalid reference '{}: {text}' (no such entry in '{kind}')",
                    field.name
                );
                let message = format!("{}: {words}", draft.place);
                let hint = names.nearest(kind, text);
                let label = hint.map_or_else(String::new, |hint| format!("did you mean `{hint}`?"));
                let finding = Diagnostic::error(code::BAD_REFERENCE, message).at(span, label);
                context.report(finding.worded(field.name, words));
                continue;
            };
            draft
                .record
                .set(field.name, Datum::Foreign(Reference::Id(id)));
        }
    }
}

/// The entities, those out that are there twice.
pub(super) fn store(context: &Context<'_>, drafts: Vec<Draft>) -> Store {
    let mut store = Store::default();
    let mut uniques: HashMap<(&str, &str, String), Span> = HashMap::new();
    for draft in drafts {
        let mut doubled = false;
        for field in draft.kind.fields.iter().filter(|field| field.unique) {
            let value = draft.record.text(field.name);
            let Some(value) = value.filter(|value| !value.is_empty()) else {
                continue;
            };
            let key = (draft.kind.name, field.name, value.to_owned());
            let span = draft.record.place(field.name);
            if let Some(first) = uniques.insert(key, span) {
                let shown = match draft.kind.name {
                    "keyauth_credentials" | "jwt_secrets" => "the same key",
                    _ => value,
                };
                not_unique(context, (draft.kind.name, field.name, shown), span, first);
                doubled = true;
            }
        }
        let (kind, id, span) = (draft.kind.name, draft.id.clone(), draft.span);
        let entity = Entity {
            kind: draft.kind,
            id: draft.id,
            record: draft.record,
            span,
        };
        if !store.insert(entity) && !doubled {
            let first = store.by_id(kind, &id).map_or(span, |first| first.span);
            not_unique(context, (kind, "primary key", &id), span, first);
        }
    }
    store
}

fn not_unique(
    context: &Context<'_>,
    (kind, field, value): (&str, &str, &str),
    at: Span,
    first: Span,
) {
    let message = format!(
        "uniqueness violation: '{kind}' entity with {field} set to '{value}' already declared"
    );
    context.report(
        Diagnostic::error(code::NOT_UNIQUE, message.as_str())
            .worded("", message.as_str())
            .at(at, "declared again here")
            .also_at(first, "first declared here"),
    );
}

/// Ids by kind and name.
struct Names {
    ids: HashMap<&'static str, HashMap<String, ()>>,
    names: HashMap<&'static str, HashMap<String, String>>,
}

fn names(drafts: &[Draft]) -> Names {
    let mut names = Names {
        ids: HashMap::new(),
        names: HashMap::new(),
    };
    for draft in drafts {
        let kind = draft.kind.name;
        names
            .ids
            .entry(kind)
            .or_default()
            .insert(draft.id.clone(), ());
        let name = draft
            .kind
            .endpoint_key
            .and_then(|key| draft.record.text(key));
        if let Some(name) = name {
            let known = names.names.entry(kind).or_default();
            known
                .entry(name.to_owned())
                .or_insert_with(|| draft.id.clone());
        }
    }
    names
}

impl Names {
    fn id<'a>(&'a self, kind: &str, reference: &'a Reference) -> Option<&'a str> {
        let by_name = |name: &str| self.names.get(kind)?.get(name).map(String::as_str);
        let by_id = |id: &str| {
            let (id, ()) = self.ids.get(kind)?.get_key_value(&id.to_lowercase())?;
            Some(id.as_str())
        };
        match reference {
            Reference::Id(id) => by_id(id),
            Reference::Name(name) => by_name(name),
            Reference::Either(text) => by_name(text).or_else(|| by_id(text)),
        }
    }

    fn nearest(&self, kind: &str, text: &str) -> Option<String> {
        let names = self.names.get(kind)?;
        let mut known: Vec<&str> = names.keys().map(String::as_str).collect();
        known.sort_unstable();
        haleway_document::nearest(text, known).map(str::to_owned)
    }
}
