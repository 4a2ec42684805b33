//! Changes of an answer on its way to the client.

use serde::{Deserialize, Serialize};

use crate::JsonText;

/// Changes of an answer, whoever gave it (Kong 3, `response-transformer`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerEdit {
    /// Headers. Whether one is there is asked of the answer as it came to the step.
    pub headers: HeaderEdits,
    /// Fields of a body of type `application/json` that is an object; others stay as they are.
    pub json: JsonEdits,
    /// Bytes of a body that is changed; more is a failure.
    pub body_bytes_max: usize,
}

/// Changes of headers, in the order of the lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderEdits {
    /// Names that go.
    pub remove: Vec<String>,
    /// Old and new names.
    pub rename: Vec<(String, String)>,
    /// Values for names that are there.
    pub replace: Vec<(String, String)>,
    /// Values for names that are not there.
    pub add: Vec<(String, String)>,
    /// Values behind those that are there.
    pub append: Vec<(String, String)>,
}

/// Changes of the fields of a JSON object, in the order of the lists. `false` counts as a field
/// that is not there, except for removing and renaming.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonEdits {
    /// Names that go.
    pub remove: Vec<String>,
    /// Old and new names.
    pub rename: Vec<(String, String)>,
    /// Values for names that are there.
    pub replace: Vec<(String, JsonText)>,
    /// Values for names that are not there.
    pub add: Vec<(String, JsonText)>,
    /// Values behind those of a list; a text becomes a list with the value behind it, and
    /// anything else a list of the value alone.
    pub append: Vec<(String, JsonText)>,
}

impl JsonEdits {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            remove,
            rename,
            replace,
            add,
            append,
        } = self;
        remove.is_empty()
            && rename.is_empty()
            && replace.is_empty()
            && add.is_empty()
            && append.is_empty()
    }
}
