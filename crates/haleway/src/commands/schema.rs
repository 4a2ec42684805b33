//! `haleway schema`: the JSON schemas of our own documents, for editors.

use crate::cli::OwnDocument;
use crate::{exit, talk};

/// Prints a schema.
pub(crate) fn schema(document: OwnDocument) -> u8 {
    talk::data(match document {
        OwnDocument::Overlay => haleway_overlay::SCHEMA,
    });
    exit::FINE
}
