//! Changes of an answer on its way to the client.

use serde::{Deserialize, Serialize};

use super::Edits;
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

/// Changes of headers.
pub type HeaderEdits = Edits<String, String>;

/// Changes of the fields of a JSON object. `false` counts as a field that is not there, except for
/// removing and renaming. What is put behind a text makes a list of both, and behind anything else
/// but a list a list of the value alone.
pub type JsonEdits = Edits<String, JsonText>;
