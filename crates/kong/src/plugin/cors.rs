//! `cors`: cross-origin resource sharing (`kong/plugins/cors`).

use haleway_blueprint::{OriginMatch, OriginPolicy, OriginRule, Step};
use regex::Regex;

use super::recognition::header_text;
use super::{Build, HTTP, Plugin, PluginKind, Scopes, no_names};
use crate::schema::{Check, Field, shape};

const METHODS: &[&str] = &[
    "GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT",
];

pub(super) static KIND: PluginKind = PluginKind {
    name: "cors",
    priority: 2000,
    version: "3.9.3",
    protocols: HTTP,
    scopes: Scopes::NO_CONSUMER,
    fields: FIELDS,
    checks: &[],
    build,
    writes: no_names,
    doc: "lets browsers ask from other origins",
};

static FIELDS: &[Field] = &[
    Field::array("origins", &ORIGIN).doc(
        "origins allowed: `*`, texts, or regular expressions (without look-around and \
         back-references)",
    ),
    Field::array("headers", &shape::TEXT)
        .doc("`Access-Control-Allow-Headers`; without it, what was asked for"),
    Field::array("exposed_headers", &shape::TEXT).doc("`Access-Control-Expose-Headers`"),
    Field::array("methods", &METHOD)
        .default(r#"["GET","HEAD","PUT","PATCH","POST","DELETE","OPTIONS","TRACE","CONNECT"]"#)
        .doc("`Access-Control-Allow-Methods`"),
    Field::number("max_age").doc("`Access-Control-Max-Age` in seconds"),
    Field::boolean("credentials")
        .required()
        .default("false")
        .doc("`Access-Control-Allow-Credentials: true`"),
    Field::boolean("private_network")
        .required()
        .default("false")
        .doc("`Access-Control-Allow-Private-Network: true` where it was asked for"),
    Field::boolean("preflight_continue")
        .required()
        .default("false")
        .doc("leaves preflights to the upstream"),
];

static ORIGIN: Field = Field::string("").checks(&[Check::Text(origin)]);
static METHOD: Field = Field::string("").checks(&[Check::OneOf(METHODS)]);

fn origin(text: &str) -> Result<(), String> {
    if text == "*" || Regex::new(text).is_ok() && Regex::new(&anchored(text)).is_ok() {
        return Ok(());
    }
    Err(format!("'{text}' is not a valid regex"))
}

fn build(plugin: &Plugin<'_>, build: &Build<'_>) -> Vec<Step> {
    let config = plugin.config;
    let joined = |field| {
        let texts = config.texts(field).join(",");
        (!texts.is_empty()).then(|| header_text(&texts))
    };
    let methods = match config.item("methods") {
        Some(_) => config.texts("methods").join(","),
        None => METHODS.join(","),
    };
    vec![Step::OriginPolicy(OriginPolicy {
        origins: origins(&config.texts("origins")),
        methods,
        headers: joined("headers"),
        expose_headers: joined("exposed_headers"),
        max_age: config.number("max_age").map(|seconds| seconds.to_string()),
        credentials: config.flag("credentials"),
        private_network: config.flag("private_network"),
        forward_preflights: config.flag("preflight_continue"),
        preflight_status: 200,
        origin: build.origin(config.span),
    })]
}

/// One plain origin is named in every answer, several are compared with what the request says.
fn origins(list: &[&str]) -> OriginRule {
    match list {
        [] | ["*"] => OriginRule::Any,
        [one] if is_plain(one) => OriginRule::Fixed((*one).to_owned()),
        list if list.contains(&"*") => OriginRule::Listed(vec![OriginMatch::Any]),
        list => OriginRule::Listed(list.iter().map(|entry| entry_of(entry)).collect()),
    }
}

fn entry_of(entry: &str) -> OriginMatch {
    if is_plain(entry) {
        OriginMatch::Exact(entry.to_owned())
    } else if entry.contains(':') {
        OriginMatch::Pattern(anchored(entry))
    } else {
        OriginMatch::HostPattern(anchored(entry))
    }
}

/// Whether a text is no regular expression for Kong.
fn is_plain(entry: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".:/-".contains(&byte);
    !entry.is_empty() && entry.bytes().all(plain)
}

/// A pattern that must match from the beginning to the end, whether it says so or not.
fn anchored(entry: &str) -> String {
    let inner = entry.strip_prefix('^').unwrap_or(entry);
    let end = if inner.ends_with('$') { "" } else { "$" };
    format!("^(?:{inner}{end})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_told_apart_as_in_kong() {
        let pattern = |text: &str| OriginMatch::Pattern(text.to_owned());
        let host = |text: &str| OriginMatch::HostPattern(text.to_owned());
        let exact = |text: &str| OriginMatch::Exact(text.to_owned());
        for (list, rule) in [
            (&[][..], OriginRule::Any),
            (&["*"], OriginRule::Any),
            (&["a.example"], OriginRule::Fixed("a.example".to_owned())),
            (
                &["http://a", "*"],
                OriginRule::Listed(vec![OriginMatch::Any]),
            ),
            (
                &["http://a", "b.example", "https?://c", r"^.*\.d$"],
                OriginRule::Listed(vec![
                    exact("http://a"),
                    exact("b.example"),
                    pattern("^(?:https?://c$)"),
                    host(r"^(?:.*\.d$)"),
                ]),
            ),
            (&["(a|b)"], OriginRule::Listed(vec![host("^(?:(a|b)$)")])),
        ] {
            assert_eq!(origins(list), rule, "{list:?}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for (text, fine) in [
            ("*", true),
            ("a.*", true),
            ("a)(b", false),
            ("(?=a)", false),
            ("[", false),
        ] {
            assert_eq!(origin(text).is_ok(), fine, "{text}");
        }
    }
}
