//! The kinds of entities and their names in paths (Kong 3.9: `kong/api/endpoints.lua` and the
//! schemas' `admin_api_name`, `admin_api_nested_name`).

/// A kind of entity.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// Its name in files and errors: `keyauth_credentials`.
    pub(super) name: &'static str,
    /// Its list: `key-auths`; `None` where it has none of its own.
    pub(super) path: Option<&'static str>,
    /// Its list behind an entity that it refers to: `key-auth`.
    pub(super) nested: &'static str,
    /// The field by which one is found beside its id.
    pub(super) key: Option<&'static str>,
    /// Its foreign fields and the kinds that they refer to.
    pub(super) foreign: &'static [(&'static str, &'static str)],
}

impl Kind {
    /// The foreign field that refers to a kind.
    pub(super) fn field_to(&self, kind: &str) -> Option<&'static str> {
        let field = self.foreign.iter().find(|(_, to)| *to == kind)?;
        Some(field.0)
    }

    /// One of it, as errors say it: `keyauth_credential`.
    pub(super) fn singular(&self) -> &'static str {
        self.name.strip_suffix('s').unwrap_or(self.name)
    }
}

/// The kind of a name in files.
pub(super) fn named(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The kind of a list.
pub(super) fn at_path(path: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.path == Some(path))
}

/// The kind of a list behind an entity of another one.
pub(super) fn nested(parent: &Kind, path: &str) -> Option<&'static Kind> {
    let mut kinds = KINDS.iter();
    kinds.find(|kind| kind.nested == path && kind.field_to(parent.name).is_some())
}

const fn plain(
    name: &'static str,
    key: Option<&'static str>,
    foreign: &'static [(&'static str, &'static str)],
) -> Kind {
    Kind {
        name,
        path: Some(name),
        nested: name,
        key,
        foreign,
    }
}

const fn credential(
    name: &'static str,
    path: &'static str,
    nested: &'static str,
    key: Option<&'static str>,
) -> Kind {
    Kind {
        name,
        path: Some(path),
        nested,
        key,
        foreign: &[("consumer", "consumers")],
    }
}

/// All of them.
pub(super) static KINDS: &[Kind] = &[
    plain("certificates", None, &[]),
    plain("snis", Some("name"), &[("certificate", "certificates")]),
    plain("ca_certificates", None, &[]),
    plain("vaults", Some("prefix"), &[]),
    Kind {
        name: "key_sets",
        path: Some("key-sets"),
        nested: "key-sets",
        key: Some("name"),
        foreign: &[],
    },
    plain("keys", Some("name"), &[("set", "key_sets")]),
    plain(
        "upstreams",
        Some("name"),
        &[("client_certificate", "certificates")],
    ),
    Kind {
        name: "targets",
        path: None,
        nested: "targets",
        key: Some("target"),
        foreign: &[("upstream", "upstreams")],
    },
    plain(
        "services",
        Some("name"),
        &[("client_certificate", "certificates")],
    ),
    plain("routes", Some("name"), &[("service", "services")]),
    plain("consumers", Some("username"), &[]),
    credential("acls", "acls", "acls", None),
    credential(
        "basicauth_credentials",
        "basic-auths",
        "basic-auth",
        Some("username"),
    ),
    credential(
        "hmacauth_credentials",
        "hmac-auths",
        "hmac-auth",
        Some("username"),
    ),
    credential("jwt_secrets", "jwts", "jwt", Some("key")),
    credential("keyauth_credentials", "key-auths", "key-auth", Some("key")),
    credential("oauth2_credentials", "oauth2", "oauth2", Some("client_id")),
    plain(
        "plugins",
        Some("instance_name"),
        &[
            ("route", "routes"),
            ("service", "services"),
            ("consumer", "consumers"),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_fields_refer_to_kinds_and_paths_are_unique() {
        for (at, kind) in KINDS.iter().enumerate() {
            for (field, to) in kind.foreign {
                assert!(named(to).is_some(), "{} {field}", kind.name);
            }
            for other in &KINDS[..at] {
                assert_ne!(kind.name, other.name);
                assert!(
                    kind.path.is_none() || kind.path != other.path,
                    "{}",
                    kind.name
                );
            }
        }
    }

    #[test]
    fn lists_are_found_alone_and_behind_others() {
        let consumers = at_path("consumers").unwrap();
        assert_eq!(
            nested(consumers, "key-auth").unwrap().name,
            "keyauth_credentials"
        );
        assert_eq!(
            at_path("key-auths").unwrap().singular(),
            "keyauth_credential"
        );
        assert!(nested(consumers, "routes").is_none());
        assert!(at_path("targets").is_none());
    }
}
