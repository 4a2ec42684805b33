//! `redirect`: leads clients elsewhere (`kong/plugins/redirect`, Kong 3.9).

use haleway_blueprint::{Redirect, RedirectLocation, Step};

use super::{Build, HTTP, Plugin, PluginKind, Scopes, no_names};
use crate::schema::{Check, Field, shape};

pub(super) static KIND: PluginKind = PluginKind {
    name: "redirect",
    priority: 779,
    version: "3.9.3",
    protocols: HTTP,
    scopes: Scopes::ALL,
    fields: FIELDS,
    checks: &[],
    build,
    writes: no_names,
    doc: "leads clients elsewhere",
};

static FIELDS: &[Field] = &[
    Field::integer("status_code")
        .required()
        .default("301")
        .checks(&[Check::Between(100.0, 599.0)])
        .doc("status of the answer"),
    Field::of("location", &shape::URL)
        .required()
        .doc("where to"),
    Field::boolean("keep_incoming_path")
        .default("false")
        .doc("keeps path and query of the request in place of those of `location`"),
];

fn build(plugin: &Plugin<'_>, _: &Build<'_>) -> Vec<Step> {
    let config = plugin.config;
    let location = config.text("location").unwrap_or_default();
    let status = config.integer("status_code").unwrap_or(301);
    vec![Step::Redirect(Redirect {
        status: u16::try_from(status).unwrap_or(301),
        location: match config.flag("keep_incoming_path") {
            true => same_path(location),
            false => RedirectLocation::Fixed(location.to_owned()),
        },
        body: "redirecting".to_owned(),
    })]
}

/// The location without path and query, as a browser would write it: scheme and host in lower
/// case, no port that the scheme implies.
fn same_path(location: &str) -> RedirectLocation {
    let (rest, fragment) = match location.find('#') {
        Some(at) => location.split_at(at),
        None => (location, ""),
    };
    let (scheme, rest) = rest.split_once("://").unwrap_or(("http", rest));
    let scheme = scheme.to_ascii_lowercase();
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (format!("{user}@"), host),
        None => (String::new(), authority),
    };
    let implied = if scheme == "https" { ":443" } else { ":80" };
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix(implied).unwrap_or(&host);
    RedirectLocation::SamePath {
        origin: format!("{scheme}://{user}{host}"),
        fragment: fragment.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_loses_its_path_only() {
        for (location, origin, fragment) in [
            ("https://Example.com/a?b=c", "https://example.com", ""),
            ("HTTP://a:80#x", "http://a", "#x"),
            ("http://u:p@a:8080?b#/c", "http://u:p@a:8080", "#/c"),
            ("https://[::1]:443/", "https://[::1]", ""),
        ] {
            let expected = RedirectLocation::SamePath {
                origin: origin.to_owned(),
                fragment: fragment.to_owned(),
            };
            assert_eq!(same_path(location), expected);
        }
    }
}
