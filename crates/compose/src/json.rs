//! [`Json`] and [`Object`]: the one value that every step of composing works on.
//!
//! Whatever a body was (JSON, XML, a feed, plain text), it becomes this. Numbers keep the text they
//! were written with, so that `1.0` and `12345678901234567890` leave as they came.

use crate::Text;

/// A value of the JSON data model.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Json {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it was written. The text must be a JSON number.
    Number(Text),
    /// A string, unescaped.
    String(Text),
    /// A list.
    Array(Vec<Json>),
    /// A map.
    Object(Object),
    /// A map whose keys stand in this order in JSON, as those of a Go struct do. No step looks
    /// inside.
    Record(Vec<(Text, Json)>),
}

impl Json {
    /// The string inside, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The object inside, if this is one.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Json::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The object inside, for changing, if this is one.
    pub fn as_object_mut(&mut self) -> Option<&mut Object> {
        match self {
            Json::Object(object) => Some(object),
            _ => None,
        }
    }
}

impl From<Object> for Json {
    fn from(object: Object) -> Self {
        Json::Object(object)
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Json::String(text.into())
    }
}

impl From<&'static str> for Json {
    fn from(text: &'static str) -> Self {
        Json::String(text.into())
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Json::Bool(value)
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Json::Number(value.to_string().into())
    }
}

impl From<Vec<Json>> for Json {
    fn from(items: Vec<Json>) -> Self {
        Json::Array(items)
    }
}

/// A map from text to values without duplicate keys, kept sorted bytewise by key.
///
/// Order of arrival carries no meaning and every encoder sorts its keys (as Go does), therefore the
/// order is established once. Lookup is a binary search; inserting in key order is an append.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    entries: Vec<(Text, Json)>,
}

impl Object {
    /// An empty object.
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
        }
    }

    /// Takes entries in any order; of equal keys the last one stays.
    pub fn from_entries(mut entries: Vec<(Text, Json)>) -> Self {
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            // Of equal neighbours the later one moves into the place of the earlier.
            entries.dedup_by(|later, kept| {
                let same = later.0 == kept.0;
                if same {
                    std::mem::swap(later, kept);
                }
                same
            });
        }
        Self { entries }
    }

    /// The value at `key`.
    pub fn get(&self, key: &str) -> Option<&Json> {
        let at = self.search(key).ok()?;
        Some(&self.entries[at].1)
    }

    /// The value at `key`, for changing.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Json> {
        let at = self.search(key).ok()?;
        Some(&mut self.entries[at].1)
    }

    /// Sets `key`; gives back the value it replaced. To set many keys in no order, collect them
    /// with [`Object::from_entries`], which sorts once.
    pub fn insert(&mut self, key: impl Into<Text>, value: impl Into<Json>) -> Option<Json> {
        let (key, value) = (key.into(), value.into());
        match self.search(key.as_str()) {
            Ok(at) => Some(std::mem::replace(&mut self.entries[at].1, value)),
            Err(at) => {
                self.entries.insert(at, (key, value));
                None
            }
        }
    }

    /// Takes `key` out.
    pub fn remove(&mut self, key: &str) -> Option<Json> {
        let at = self.search(key).ok()?;
        Some(self.entries.remove(at).1)
    }

    /// Whether `key` is there.
    pub fn contains_key(&self, key: &str) -> bool {
        self.search(key).is_ok()
    }

    /// Entries in the order of their keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Text, &Json)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// Entries in the order of their keys, values for changing.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&Text, &mut Json)> {
        self.entries.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// Keeps the entries for which `keep` holds; it may change values.
    pub fn retain(&mut self, mut keep: impl FnMut(&Text, &mut Json) -> bool) {
        self.entries.retain_mut(|(key, value)| keep(key, value));
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Removes all entries.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    pub(crate) fn into_entries(self) -> Vec<(Text, Json)> {
        self.entries
    }

    fn search(&self, key: &str) -> Result<usize, usize> {
        match self.entries.last() {
            // Entries often arrive in order: make that an append without a search.
            Some((last, _)) if last.as_str() < key => Err(self.entries.len()),
            _ => self
                .entries
                .binary_search_by(|(probe, _)| probe.as_str().cmp(key)),
        }
    }
}

impl IntoIterator for Object {
    type Item = (Text, Json);
    type IntoIter = std::vec::IntoIter<(Text, Json)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl FromIterator<(Text, Json)> for Object {
    fn from_iter<I: IntoIterator<Item = (Text, Json)>>(entries: I) -> Self {
        Self::from_entries(entries.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_keys_the_last_stays() {
        let entries = [("b", 1), ("a", 2), ("b", 3), ("a", 4), ("b", 5)];
        let object: Object = entries
            .map(|(k, v)| (k.into(), Json::from(v)))
            .into_iter()
            .collect();
        let got: Vec<_> = object
            .iter()
            .map(|(k, v)| (k.as_str(), v.clone()))
            .collect();
        assert_eq!(got, [("a", Json::from(4)), ("b", Json::from(5))]);
    }

    #[test]
    fn behaves_as_a_map() {
        let mut object = Object::new();
        for key in ["m", "z", "a", "m"] {
            object.insert(key, true);
        }
        assert_eq!(object.len(), 3);
        assert_eq!(object.insert("a", false), Some(Json::Bool(true)));
        assert_eq!(object.remove("z"), Some(Json::Bool(true)));
        assert_eq!(object.remove("z"), None);
        assert_eq!(object.get("a"), Some(&Json::Bool(false)));
        assert!(object.contains_key("m") && !object.contains_key("z"));
    }
}
