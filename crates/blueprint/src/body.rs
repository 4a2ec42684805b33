//! Bodies of answers that need no upstream.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A body in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// The parts in order; none is an empty body.
    pub parts: Vec<BodyPart>,
}

/// A part of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyPart {
    /// This text.
    Text(String),
    /// The time in the form of Go's `time.Time.String()`, with the monotonic part counted from the
    /// start of the process: `2022-01-19 18:38:38.084402465 +0100 CET m=+30.674738658`.
    GoTime,
}

impl Body {
    /// A fixed text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            parts: vec![BodyPart::Text(text.into())],
        }
    }
}

/// A JSON value as its text: numbers keep their digits and objects the order of their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonText(String);

impl JsonText {
    /// Takes a text that is one JSON value.
    ///
    /// # Errors
    /// What is wrong with it, where it is not.
    pub fn new(text: impl Into<String>) -> Result<Self, serde_json::Error> {
        let text = text.into();
        serde_json::from_str::<serde::de::IgnoredAny>(&text)?;
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &serde_json::value::RawValue =
            serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<serde_json::value::RawValue>::deserialize(deserializer)?;
        Ok(Self(raw.get().to_owned()))
    }
}
