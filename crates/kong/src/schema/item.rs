//! Decoded values.

use haleway_document::Span;
use serde_json::Value as Json;

/// A decoded value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    /// The value.
    pub(crate) datum: Datum,
    /// Where the user wrote it; `None` where the default serves.
    pub(crate) span: Option<Span>,
}

/// What an [`Item`] holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Datum {
    /// Nothing.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// A text that came from a vault; only the reference is shown.
    Secret {
        /// What was written.
        reference: String,
        /// What it means.
        secret: String,
    },
    /// A set or an array.
    List(Vec<Item>),
    /// Keys and values in the order in which they were written.
    Map(Vec<(String, Item)>),
    /// Named fields.
    Record(Record),
    /// Another entity.
    Foreign(Reference),
    /// A value that was not looked into.
    Any(Json),
}

/// How an entity names another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// By its id or its name: whichever fits.
    Either(String),
    /// By its id.
    Id(String),
    /// By its name (or username, prefix, whatever is the key of its kind).
    Name(String),
}

impl Reference {
    /// The text that stands there.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Either(text) | Self::Id(text) | Self::Name(text) => text,
        }
    }
}

/// Named fields in the order of their table, every one of them there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    /// Names and values.
    pub(crate) fields: Vec<(&'static str, Item)>,
    /// Where the object stands.
    pub(crate) span: Span,
}

impl Item {
    /// What a default, or nothing, gives.
    pub(crate) fn unwritten(datum: Datum) -> Self {
        Self { datum, span: None }
    }

    /// Nothing.
    pub(crate) fn null() -> Self {
        Self::unwritten(Datum::Null)
    }

    /// Whether it is nothing.
    pub(crate) fn is_null(&self) -> bool {
        self.datum == Datum::Null
    }

    /// Whether Kong's entity checks call it empty: null, an empty text, list, map or record.
    pub(crate) fn is_empty(&self) -> bool {
        match &self.datum {
            Datum::Null => true,
            Datum::Text(text) => text.is_empty(),
            Datum::List(items) => items.is_empty(),
            Datum::Map(entries) => entries.is_empty(),
            _ => false,
        }
    }

    /// As JSON: what an Admin API shows. Numbers that are whole are written so, as Kong does.
    pub(crate) fn to_json(&self) -> Json {
        match &self.datum {
            Datum::Null => Json::Null,
            Datum::Boolean(value) => Json::Bool(*value),
            Datum::Integer(value) => Json::from(*value),
            Datum::Number(value) if value.fract() == 0.0 && value.abs() < 1e15 => {
                Json::from(*value as i64)
            }
            Datum::Number(value) => Json::from(*value),
            Datum::Text(text) => Json::String(text.clone()),
            Datum::Secret { reference, .. } => Json::String(reference.clone()),
            Datum::List(items) => items.iter().map(Self::to_json).collect(),
            Datum::Map(entries) => entries
                .iter()
                .map(|(key, item)| (key.clone(), item.to_json()))
                .collect(),
            Datum::Record(record) => Json::Object(record.to_json()),
            Datum::Foreign(Reference::Name(name)) => serde_json::json!({ "name": name }),
            Datum::Foreign(reference) => serde_json::json!({ "id": reference.text() }),
            Datum::Any(json) => json.clone(),
        }
    }

    /// Whether the same stands in both, wherever it was written.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.to_json() == other.to_json()
    }
}

impl Record {
    /// As JSON, with nulls where nothing is set.
    pub(crate) fn to_json(&self) -> serde_json::Map<String, Json> {
        self.fields
            .iter()
            .map(|(name, item)| ((*name).to_owned(), item.to_json()))
            .collect()
    }
}
