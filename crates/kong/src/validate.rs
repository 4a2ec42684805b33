//! What is wrong with one entity, for whoever asks before it is used.

use haleway_blueprint::Supplies;
use haleway_document::{Node, Sources, Wording};

use crate::Options;
use crate::context::Context;
use crate::entity;
use crate::read::{self, Reading};
use crate::schema::Vaults;

/// Looks at entities, one at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validator {
    /// Routes may be expressions.
    pub(crate) expressions: bool,
    /// Names of plugins that may be used; `bundled` stands for all that come along.
    pub(crate) plugins: Vec<String>,
}

impl Validator {
    /// What is wrong with an entity of a kind, such as `routes`, in Kong's words; nothing where it
    /// may stand in a file. What it refers to need not be there. `None` where there is no such kind.
    #[must_use]
    pub fn validate(&self, kind: &str, entity: &Node) -> Option<Vec<Wording>> {
        let kind = entity::kind(kind, self.expressions)?;
        let (sources, supplies) = (Sources::new(), Supplies::default());
        let options = Options::default();
        let context = Context::new(&sources, &supplies, &options);
        let reading = Reading {
            context: &context,
            vaults: Vaults::default(),
            expressions: self.expressions,
            plugins: self.plugins.clone(),
        };
        read::read_one(&reading, kind, entity);
        let errors = context.finish().into_iter().filter(|it| it.is_error());
        Some(errors.filter_map(|it| Some(*it.wording?)).collect())
    }
}

#[cfg(test)]
mod tests {
    use haleway_document::{Format, Source, parse};

    use super::*;

    fn wrong(kind: &str, json: &str) -> Option<Vec<String>> {
        let mut sources = Sources::new();
        let source = sources.add(Source::new("entity", json));
        let root = parse(source, json, Format::Json).roots.remove(0);
        let validator = Validator {
            expressions: false,
            plugins: vec!["bundled".to_owned()],
        };
        let wrong = validator.validate(kind, &root)?.into_iter();
        let shown = wrong.map(|it| format!("{}: {}", it.field, it.message));
        Some(shown.collect())
    }

    #[test]
    fn entities_are_looked_at_alone() {
        let none: &[&str] = &[];
        for (kind, json, expected) in [
            ("services", r#"{"name": "a", "host": "b"}"#, none),
            ("services", r#"{"url": "http://a/b"}"#, none),
            ("services", "{}", &["host: required field missing"]),
            (
                "services",
                r#"{"host": "a", "routes": []}"#,
                &["routes: unknown field"],
            ),
            (
                "routes",
                r#"{"paths": ["x"], "service": {"id": "4e13f54a-bbf1-47a8-8777-255fed7116f2"}}"#,
                &["paths[1]: should start with: / (fixed path) or ~/ (regex path)"],
            ),
            (
                "plugins",
                r#"{"name": "cors", "config": {"max_age": "x"}}"#,
                &["config.max_age: expected a number"],
            ),
            (
                "plugins",
                r#"{"name": "rate-limiting", "config": {"hour": 1, "minute": 2}}"#,
                &["config: The limit for hour(1.0) cannot be lower than the limit for minute(2.0)"],
            ),
            (
                "plugins",
                r#"{"name": "ip-restriction"}"#,
                &[
                    ": at least one of these fields must be non-empty: 'config.allow', 'config.deny'",
                ],
            ),
            (
                "plugins",
                r#"{"name": "nothing"}"#,
                &[
                    "name: plugin 'nothing' not enabled; add it to the 'plugins' configuration property",
                ],
            ),
        ] {
            let found = wrong(kind, json).unwrap();
            assert_eq!(found, expected, "{kind} {json}");
        }
        assert_eq!(wrong("nothings", "{}"), None);
    }
}
