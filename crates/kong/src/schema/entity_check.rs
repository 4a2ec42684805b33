//! Rules about several fields of one record, with Kong's words for what breaks them.

use super::{Fault, Record, Violation};

/// The path of a record that is a field itself, such as `config`, where what is wrong is said of
/// that field and not of the entity.
pub(crate) const ITSELF: &str = ".";

/// A rule about several fields. Paths may have dots.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EntityCheck {
    /// At least one of these fields is not empty.
    AtLeastOneOf(&'static [&'static str]),
    /// All of these fields are set, or none.
    AllOrNone(&'static [&'static str]),
    /// A rule with its own words: pairs of a path and what is wrong there.
    Rule(fn(&Record) -> Vec<(String, String)>),
}

impl EntityCheck {
    /// Applies the rule; `base` stands before every path.
    pub(crate) fn apply(&self, record: &Record, base: &str, violations: &mut Vec<Violation>) {
        let filled = |path: &&&str| record.item(path).is_some_and(|item| !item.is_empty());
        let quoted = |paths: &[&str]| format!("'{}'", paths.join("', '"));
        let message = match self {
            Self::AtLeastOneOf(paths) if !paths.iter().any(|path| filled(&path)) => format!(
                "at least one of these fields must be non-empty: {}",
                quoted(paths)
            ),
            Self::AllOrNone(paths) => {
                let count = paths.iter().filter(filled).count();
                if count == 0 || count == paths.len() {
                    return;
                }
                format!("all or none of these fields must be set: {}", quoted(paths))
            }
            Self::Rule(rule) => {
                for (path, message) in rule(record) {
                    violations.push(violation(record, base, &path, message));
                }
                return;
            }
            _ => return,
        };
        violations.push(violation(record, base, "", message));
    }
}

fn violation(record: &Record, base: &str, path: &str, message: String) -> Violation {
    let span = if matches!(path, "" | ITSELF) {
        record.span
    } else {
        record.place(path)
    };
    let path = match (base, path) {
        ("", path) => path.to_owned(),
        (base, "") => base.to_owned(),
        (base, path) => format!("{base}.{path}"),
    };
    Violation {
        path,
        span,
        fault: Fault::Entity,
        message,
    }
}
