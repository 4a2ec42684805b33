//! References to secrets: `{vault://env/my-secret}` is the environment variable `MY_SECRET` (Kong's
//! `env` vault). `{vault://PREFIX/name}` goes through an entity of `vaults` whose name is `env`.

use std::collections::BTreeMap;

/// How a reference begins.
const HEAD: &str = "{vault://";

/// What references can be resolved with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Vaults {
    /// Environment variables.
    pub(crate) variables: BTreeMap<String, String>,
    /// Vaults by the prefix that references name: how their variables begin.
    pub(crate) prefixes: BTreeMap<String, String>,
}

/// A reference in its parts.
struct Parsed<'a> {
    vault: &'a str,
    name: &'a str,
    key: Option<&'a str>,
}

/// Whether a text is a reference.
pub(crate) fn is_reference(text: &str) -> bool {
    parse(text).is_some()
}

/// The environment variable that a reference means, where its vault is the environment.
pub(crate) fn variable(text: &str, prefixes: &BTreeMap<String, String>) -> Option<String> {
    let parsed = parse(text)?;
    let head = match prefixes.get(parsed.vault) {
        Some(head) => head.as_str(),
        None if parsed.vault == "env" => "",
        None => return None,
    };
    Some(
        format!("{head}{}", parsed.name)
            .to_uppercase()
            .replace('-', "_"),
    )
}

impl Vaults {
    /// The secret that a reference means, or why there is none.
    pub(super) fn resolve(&self, text: &str) -> Result<String, String> {
        let variable = variable(text, &self.prefixes)
            .ok_or("only the vault `env` is there, so this reference means nothing")?;
        let secret = self
            .variables
            .get(&variable)
            .ok_or_else(|| format!("the environment variable {variable} is not set"))?;
        match parse(text).and_then(|parsed| parsed.key) {
            None => Ok(secret.clone()),
            Some(key) => member(secret, key)
                .ok_or_else(|| format!("{variable} is no JSON object with a text under {key}")),
        }
    }
}

fn member(secret: &str, key: &str) -> Option<String> {
    let json: serde_json::Value = serde_json::from_str(secret).ok()?;
    json.get(key)?.as_str().map(str::to_owned)
}

fn parse(text: &str) -> Option<Parsed<'_>> {
    let inner = text.strip_prefix(HEAD)?.strip_suffix('}')?;
    let inner = inner.split(['?', '#']).next()?;
    let mut parts = inner.splitn(3, '/');
    let (vault, name) = (parts.next()?, parts.next()?);
    (!vault.is_empty() && !name.is_empty()).then_some(Parsed {
        vault,
        name,
        key: parts.next(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_name_variables() {
        let vaults = Vaults {
            variables: [
                ("MY_SECRET".to_owned(), "one".to_owned()),
                ("APP_PG".to_owned(), r#"{"user":"two"}"#.to_owned()),
            ]
            .into(),
            prefixes: [("mine".to_owned(), "app_".to_owned())].into(),
        };
        let resolved = |text: &str| vaults.resolve(text).ok();
        assert_eq!(resolved("{vault://env/my-secret}").as_deref(), Some("one"));
        assert_eq!(resolved("{vault://mine/pg/user}").as_deref(), Some("two"));
        assert_eq!(resolved("{vault://mine/pg/other}"), None);
        assert_eq!(resolved("{vault://env/none}"), None);
        assert_eq!(resolved("{vault://aws/my-secret}"), None);
        assert!(!is_reference("{vault://env}"));
        assert!(!is_reference("vault://env/x"));
    }
}
