//! Keys whose value is one of several words.

use haleway_document::{Diagnostic, nearest};

use super::Reader;
use crate::code;

impl Reader<'_> {
    /// One of several words, as `same` compares them; another one is reported and `default` serves.
    /// An empty text counts as absent, as in Go.
    pub(crate) fn one_of<'w>(
        &self,
        key: &str,
        words: &[&'w str],
        default: &'w str,
        same: fn(&str, &str) -> bool,
    ) -> Option<&'w str> {
        let written = self.text(key).filter(|it| !it.value.is_empty())?;
        let found = words.iter().find(|word| same(word, &written.value));
        if let Some(found) = found {
            return Some(found);
        }
        let message = self.says(&format!(
            "`{key}` is `{}`, which is unknown, so `{default}` serves",
            written.value
        ));
        let hint = nearest(&written.value, words.iter().copied());
        let label = hint.map_or_else(String::new, |hint| format!("did you mean `{hint}`?"));
        let finding = Diagnostic::warning(code::UNKNOWN_VALUE, message)
            .at(written.span, label)
            .help(format!("write one of: {}", words.join(", ")));
        self.report(finding);
        Some(default)
    }
}
