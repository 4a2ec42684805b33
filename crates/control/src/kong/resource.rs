//! What there is at which path, and with which methods.

use super::kind::{self, Kind};
use super::route::Api;

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resource {
    /// `/`
    Overview,
    /// `/status`
    Status,
    /// `/status/ready`
    Ready,
    /// `/metrics`
    Metrics,
    /// `/endpoints`
    Endpoints,
    /// `/config`
    Config,
    /// `/tags`
    Tags,
    /// `/tags/{tag}`
    Tag(String),
    /// `/schemas/{entity}`
    Schema(String),
    /// `/schemas/plugins/{name}`, `/plugins/schema/{name}`
    PluginSchema(String),
    /// `/schemas/vaults/{name}`
    VaultSchema(String),
    /// `/schemas/{entity}/validate`
    Validate(String),
    /// `/plugins/enabled`
    EnabledPlugins,
    /// `/services`
    List(&'static Kind),
    /// `/services/{service}`
    One(&'static Kind, String),
    /// `/routes/{route}/service`: the kind and key of the one that refers, the field, and the kind
    /// that it refers to.
    Referred(&'static Kind, String, &'static str, &'static Kind),
    /// `/services/{service}/routes`
    Owned(Owner, &'static Kind),
    /// `/services/{service}/routes/{route}`
    OwnedOne(Owner, &'static Kind, String),
    /// `/upstreams/{upstream}/health`
    Health(String),
    /// `/upstreams/{upstream}/targets`
    Targets(String),
    /// `/upstreams/{upstream}/targets/all`
    AllTargets(String),
    /// `/upstreams/{upstream}/targets/{target}`
    Target(String, String),
    /// `/upstreams/{upstream}/targets/{target}[/{address}]/healthy`
    SetHealth(Setting),
}

/// An entity that others refer to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Owner {
    /// Its kind.
    pub(super) kind: &'static Kind,
    /// Its id or endpoint key.
    pub(super) key: String,
    /// The field of the others that refers to it.
    pub(super) field: &'static str,
}

/// What an operator makes of a target.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// The upstream, by id or name.
    pub(super) upstream: String,
    /// The target, by id, or by host and port.
    pub(super) target: String,
    /// One address of it.
    pub(super) address: Option<String>,
    /// Healthy, or unhealthy.
    pub(super) healthy: bool,
}

const READ: &[&str] = &["GET", "HEAD", "OPTIONS"];
const ASK: &[&str] = &["OPTIONS", "POST"];
const LIST: &[&str] = &["GET", "HEAD", "OPTIONS", "POST"];
const ONE: &[&str] = &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "PUT"];
/// Kong 3 takes PUT, Kong 2 and clients made for it send POST.
const SET: &[&str] = &["OPTIONS", "POST", "PUT"];

impl Resource {
    /// What the segments of a path lead to.
    pub(super) fn of(api: Api, segments: &[String]) -> Option<Self> {
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        match api {
            Api::Admin => Self::of_node(&path).or_else(|| Self::of_entities(&path)),
            Api::Status => Self::of_status(&path),
        }
    }

    /// The methods that it has, sorted.
    pub(super) fn methods(&self, api: Api) -> &'static [&'static str] {
        match self {
            Self::Ready => LIST,
            Self::SetHealth(_) => SET,
            Self::Validate(_) => ASK,
            _ if api == Api::Status => READ,
            Self::Config | Self::List(_) | Self::Owned(..) | Self::Targets(_) => LIST,
            Self::One(..) | Self::Referred(..) | Self::OwnedOne(..) | Self::Target(..) => ONE,
            _ => READ,
        }
    }

    fn of_node(path: &[&str]) -> Option<Self> {
        Some(match path {
            [] => Self::Overview,
            ["status"] => Self::Status,
            ["metrics"] => Self::Metrics,
            ["endpoints"] => Self::Endpoints,
            ["config"] => Self::Config,
            ["tags"] => Self::Tags,
            ["tags", tag] => Self::Tag((*tag).to_owned()),
            ["plugins", "enabled"] => Self::EnabledPlugins,
            ["schemas", name, "validate"] => Self::Validate((*name).to_owned()),
            ["plugins", "schema", name] | ["schemas", "plugins", name] => {
                Self::PluginSchema((*name).to_owned())
            }
            ["schemas", "vaults", name] => Self::VaultSchema((*name).to_owned()),
            ["schemas", name] => Self::Schema((*name).to_owned()),
            _ => return None,
        })
    }

    /// The status listener has what is read of upstreams, too.
    fn of_status(path: &[&str]) -> Option<Self> {
        match path {
            ["status", "ready"] => Some(Self::Ready),
            ["status"] | ["metrics"] => Self::of_node(path),
            ["upstreams", ..] => Self::of_entities(path).filter(|found| {
                matches!(
                    found,
                    Self::List(_)
                        | Self::One(..)
                        | Self::Health(_)
                        | Self::Targets(_)
                        | Self::AllTargets(_)
                        | Self::Target(..)
                )
            }),
            _ => None,
        }
    }

    fn of_entities(path: &[&str]) -> Option<Self> {
        if let ["upstreams", upstream, rest @ ..] = path
            && let Some(found) = Self::of_upstream(upstream, rest)
        {
            return Some(found);
        }
        let kind = kind::at_path(path.first()?)?;
        match path[1..] {
            [] => Some(Self::List(kind)),
            [key] => Some(Self::One(kind, key.to_owned())),
            [key, name] => Self::referred(kind, key, name).or_else(|| {
                let (owner, child) = owner(kind, key, name)?;
                Some(Self::Owned(owner, child))
            }),
            [key, name, child_key] => {
                let (owner, child) = owner(kind, key, name)?;
                Some(Self::OwnedOne(owner, child, child_key.to_owned()))
            }
            _ => None,
        }
    }

    fn referred(kind: &'static Kind, key: &str, name: &str) -> Option<Self> {
        // Kong has no such path.
        if kind.name == "snis" {
            return None;
        }
        let (field, to) = kind.foreign.iter().find(|(field, _)| *field == name)?;
        Some(Self::Referred(
            kind,
            key.to_owned(),
            field,
            kind::named(to)?,
        ))
    }

    fn of_upstream(upstream: &str, rest: &[&str]) -> Option<Self> {
        let upstream = upstream.to_owned();
        Some(match rest {
            ["health"] => Self::Health(upstream),
            ["targets"] => Self::Targets(upstream),
            ["targets", "all"] => Self::AllTargets(upstream),
            ["targets", target] => Self::Target(upstream, (*target).to_owned()),
            ["targets", target, word] | ["targets", target, _, word] => Self::SetHealth(Setting {
                upstream,
                target: (*target).to_owned(),
                address: (rest.len() == 4).then(|| rest[2].to_owned()),
                healthy: match *word {
                    "healthy" => true,
                    "unhealthy" => false,
                    _ => return None,
                },
            }),
            _ => return None,
        })
    }
}

fn owner(kind: &'static Kind, key: &str, name: &str) -> Option<(Owner, &'static Kind)> {
    let child = kind::nested(kind, name)?;
    let owner = Owner {
        kind,
        key: key.to_owned(),
        field: child.field_to(kind.name)?,
    };
    Some((owner, child))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(api: Api, path: &str) -> Option<Resource> {
        Resource::of(api, &super::super::request::segments(path)?)
    }

    #[test]
    fn paths_lead_to_what_kong_has_there() {
        let cases = [
            ("/", "Overview"),
            ("/plugins/enabled", "EnabledPlugins"),
            ("/plugins/schema/cors", "PluginSchema"),
            ("/schemas/routes", "Schema"),
            ("/schemas/plugins/validate", "Validate(\"plugins\")"),
            ("/schemas/plugins/cors", "PluginSchema"),
            ("/services/a/routes/b", "OwnedOne"),
            ("/routes/b/service", "Referred"),
            ("/certificates/c/snis", "Owned"),
            ("/certificates/c/upstreams", "Owned"),
            ("/consumers/c/jwt", "Owned"),
            ("/basic-auths/x/consumer", "Referred"),
            ("/keys/k/set", "Referred"),
            ("/upstreams/u/targets", "Targets"),
            ("/upstreams/u/targets/all", "AllTargets"),
            ("/upstreams/u/targets/t/unhealthy", "SetHealth"),
            ("/upstreams/u/client_certificate", "Referred"),
        ];
        for (path, name) in cases {
            let found = found(Api::Admin, path).map(|it| format!("{it:?}"));
            assert!(
                found.as_ref().is_some_and(|it| it.starts_with(name)),
                "{path} {found:?}"
            );
        }
        for path in [
            "/targets",
            "/snis/s/certificate",
            "/upstreams/u/targets/t/sick",
            "/nothing",
            "/consumers/c/key-auths",
            "/status/ready",
        ] {
            assert_eq!(found(Api::Admin, path), None, "{path}");
        }
    }

    #[test]
    fn the_status_listener_reads_upstreams_and_nothing_else() {
        for path in [
            "/status",
            "/status/ready",
            "/metrics",
            "/upstreams",
            "/upstreams/u/health",
        ] {
            assert!(found(Api::Status, path).is_some(), "{path}");
        }
        for path in [
            "/",
            "/services",
            "/config",
            "/upstreams/u/targets/t/healthy",
        ] {
            assert_eq!(found(Api::Status, path), None, "{path}");
        }
    }

    #[test]
    fn one_address_of_a_target_can_be_set() {
        let expected = Setting {
            upstream: "u".to_owned(),
            target: "a:80".to_owned(),
            address: Some("10.0.0.1:80".to_owned()),
            healthy: true,
        };
        let path = "/upstreams/u/targets/a%3A80/10.0.0.1:80/healthy";
        assert_eq!(found(Api::Admin, path), Some(Resource::SetHealth(expected)));
    }
}
