//! `acl`: lets consumers pass by their groups (`kong/plugins/acl`).

use haleway_blueprint::{GroupRule, Groups, Refusal, Step};

use super::{Build, HTTP, Plugin, PluginKind, Scopes, no_names};
use crate::schema::{EntityCheck, Field, Record, shape};

pub(super) static KIND: PluginKind = PluginKind {
    name: "acl",
    priority: 950,
    version: "3.9.3",
    protocols: HTTP,
    scopes: Scopes::NO_CONSUMER,
    fields: FIELDS,
    checks: &[EntityCheck::Rule(one_of_two)],
    build,
    writes: no_names,
    doc: "lets consumers pass, or not, by the groups that they belong to",
};

static FIELDS: &[Field] = &[
    Field::array("allow", &shape::TEXT).doc("groups whose consumers pass"),
    Field::array("deny", &shape::TEXT).doc("groups whose consumers do not pass"),
    Field::boolean("hide_groups_header")
        .required()
        .default("false")
        .doc("tells the upstream no groups"),
    Field::boolean("always_use_authenticated_groups")
        .required()
        .default("false")
        .idle("no plugin that is built gives authenticated groups, so those of the consumer count"),
];

/// Kong has both rules, and says both where neither list is there.
fn one_of_two(config: &Record) -> Vec<(String, String)> {
    let filled = |field| !config.items(field).is_empty();
    let said = |words: &str| {
        let text =
            format!("{words} of these fields must be non-empty: 'config.allow', 'config.deny'");
        (String::new(), text)
    };
    match (filled("allow"), filled("deny")) {
        (false, false) => vec![said("only one"), said("at least one")],
        (true, true) => vec![said("only one")],
        _ => Vec::new(),
    }
}

fn build(plugin: &Plugin<'_>, build: &Build<'_>) -> Vec<Step> {
    let config = plugin.config;
    let groups = |field| -> Vec<String> {
        let texts = config.texts(field).into_iter();
        texts.map(str::to_owned).collect()
    };
    let deny = groups("deny");
    let rule = if deny.is_empty() {
        GroupRule::Allow(groups("allow"))
    } else {
        GroupRule::Deny(deny)
    };
    let hidden = config.flag("hide_groups_header");
    vec![Step::Groups(Groups {
        rule,
        header: (!hidden).then(|| "X-Consumer-Groups".to_owned()),
        nobody: Refusal::new(401, "Unauthorized"),
        refused: Refusal::new(403, "You cannot consume this service"),
        origin: build.origin(config.span),
    })]
}
