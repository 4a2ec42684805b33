//! Changes of the fields of a body.

use haleway_blueprint::FieldEdits;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::argument_list::ArgumentList;
use super::fields::{Fields, edit};
use super::multipart::Multipart;
use super::template::Sources;
use crate::json_object::{JsonObject, json_string};

/// A body whose fields can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyKind {
    /// A JSON object.
    Json,
    /// A form in parts.
    Multipart,
    /// A form.
    Form,
}

impl BodyKind {
    /// What the headers say of the body.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(CONTENT_TYPE)?;
        let value = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        [
            ("application/json", Self::Json),
            ("multipart/form-data", Self::Multipart),
            ("application/x-www-form-urlencoded", Self::Form),
        ]
        .into_iter()
        .find_map(|(name, kind)| value.contains(name).then_some(kind))
    }

    /// The body with its fields changed; `None` where it stays as it is.
    pub(super) fn edited(
        self,
        body: &[u8],
        content_type: &[u8],
        edits: &FieldEdits,
        sources: &Sources<'_>,
    ) -> Option<Vec<u8>> {
        let filled = !body.is_empty();
        match self {
            Self::Json => {
                let mut object = match filled {
                    true => JsonObject::parse(body)?,
                    false => JsonObject::default(),
                };
                let done = edit(&mut object, edits, sources, filled);
                done.then(|| object.written())
            }
            Self::Form => {
                let mut list = ArgumentList::parse(body);
                let done = edit(&mut list, edits, sources, filled);
                done.then(|| list.written().into_bytes())
            }
            Self::Multipart => {
                let mut parts = Multipart::parse(body, content_type)?;
                // Renaming comes first here, and nothing can be appended.
                let (renaming, rest) = split(edits);
                let renamed = edit(&mut parts, &renaming, sources, filled);
                let done = edit(&mut parts, &rest, sources, filled);
                (renamed || done).then(|| parts.written())
            }
        }
    }
}

fn split(edits: &FieldEdits) -> (FieldEdits, FieldEdits) {
    let renaming = FieldEdits {
        rename: edits.rename.clone(),
        ..FieldEdits::default()
    };
    let rest = FieldEdits {
        rename: Vec::new(),
        append: Vec::new(),
        ..edits.clone()
    };
    (renaming, rest)
}

impl Fields for JsonObject {
    fn has(&self, name: &str) -> bool {
        self.is_true(name)
    }

    fn remove(&mut self, name: &str) {
        Self::remove(self, name);
    }

    fn rename(&mut self, from: &str, to: &str) -> bool {
        self.is_true(from) && Self::rename(self, from, to)
    }

    fn set(&mut self, name: &str, value: Vec<u8>) {
        Self::set(self, name, json_string(&String::from_utf8_lossy(&value)));
    }

    fn append(&mut self, name: &str, value: Vec<u8>) {
        Self::append(self, name, json_string(&String::from_utf8_lossy(&value)));
    }
}
