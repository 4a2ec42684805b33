//! Answers of a [`Record`] by name.

use haleway_document::Span;

use super::{Datum, Item, Record, Reference};

impl Record {
    /// The value at a path of names with dots; `None` where it is null or a record before it is.
    pub(crate) fn item(&self, path: &str) -> Option<&Item> {
        let (name, rest) = match path.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (path, None),
        };
        let item = self.fields.iter().find(|(known, _)| *known == name);
        debug_assert!(item.is_some(), "field {name} is read but not in its table");
        let item = &item?.1;
        match (rest, &item.datum) {
            (_, Datum::Null) => None,
            (None, _) => Some(item),
            (Some(rest), Datum::Record(record)) => record.item(rest),
            (Some(_), _) => None,
        }
    }

    /// Where the user wrote it; `None` where the default serves.
    pub(crate) fn span(&self, path: &str) -> Option<Span> {
        self.item(path)?.span
    }

    /// Where it stands, or the record where it was not written.
    pub(crate) fn place(&self, path: &str) -> Span {
        self.span(path).unwrap_or(self.span)
    }

    /// A text.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.item(path)?.as_text()
    }

    /// True or false; null is false.
    pub(crate) fn flag(&self, path: &str) -> bool {
        self.flag_if_any(path).unwrap_or(false)
    }

    /// True or false, if it is not null.
    pub(crate) fn flag_if_any(&self, path: &str) -> Option<bool> {
        match self.item(path)?.datum {
            Datum::Boolean(value) => Some(value),
            _ => None,
        }
    }

    /// A whole number.
    pub(crate) fn integer(&self, path: &str) -> Option<i64> {
        match self.item(path)?.datum {
            Datum::Integer(value) => Some(value),
            _ => None,
        }
    }

    /// A number.
    pub(crate) fn number(&self, path: &str) -> Option<f64> {
        match self.item(path)?.datum {
            Datum::Number(value) => Some(value),
            Datum::Integer(value) => Some(value as f64),
            _ => None,
        }
    }

    /// The items of a set or an array.
    pub(crate) fn items(&self, path: &str) -> &[Item] {
        match self.item(path).map(|item| &item.datum) {
            Some(Datum::List(items)) => items,
            _ => &[],
        }
    }

    /// The texts of a set or an array.
    pub(crate) fn texts(&self, path: &str) -> Vec<&str> {
        let items = self.items(path).iter();
        items.filter_map(|item| item.as_text()).collect()
    }

    /// The whole numbers of a set or an array.
    pub(crate) fn integers(&self, path: &str) -> Vec<i64> {
        let items = self.items(path).iter();
        items
            .filter_map(|item| match item.datum {
                Datum::Integer(value) => Some(value),
                _ => None,
            })
            .collect()
    }

    /// A record.
    pub(crate) fn record(&self, path: &str) -> Option<&Self> {
        self.item(path)?.as_record()
    }

    /// The records of a set or an array.
    pub(crate) fn records(&self, path: &str) -> Vec<&Self> {
        let items = self.items(path).iter();
        items.filter_map(Item::as_record).collect()
    }

    /// Keys and values of a map.
    pub(crate) fn entries(&self, path: &str) -> &[(String, Item)] {
        match self.item(path).map(|item| &item.datum) {
            Some(Datum::Map(entries)) => entries,
            _ => &[],
        }
    }

    /// Another entity.
    pub(crate) fn foreign(&self, path: &str) -> Option<&Reference> {
        match &self.item(path)?.datum {
            Datum::Foreign(reference) => Some(reference),
            _ => None,
        }
    }

    /// Puts a value with its place in the place of a field.
    pub(crate) fn put(&mut self, name: &str, new: Item) {
        if let Some((_, item)) = self.fields.iter_mut().find(|(known, _)| *known == name) {
            *item = new;
        }
    }

    /// Puts a value in the place of a field; where it was written stays.
    pub(crate) fn set(&mut self, name: &str, datum: Datum) {
        if let Some((_, item)) = self.fields.iter_mut().find(|(known, _)| *known == name) {
            item.datum = datum;
        }
    }
}

impl Item {
    /// A text.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.datum {
            Datum::Text(text) => Some(text),
            Datum::Secret { secret, .. } => Some(secret),
            _ => None,
        }
    }

    /// A record.
    pub(crate) fn as_record(&self) -> Option<&Record> {
        match &self.datum {
            Datum::Record(record) => Some(record),
            _ => None,
        }
    }

    /// The texts of a list; none where it is no list.
    pub(crate) fn as_texts(&self) -> Vec<&str> {
        match &self.datum {
            Datum::List(items) => items.iter().filter_map(Self::as_text).collect(),
            _ => Vec::new(),
        }
    }
}
