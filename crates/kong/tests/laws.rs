//! Laws that hold for every document: reading never panics, the same gives the same, and what is
//! accepted is sound.

use std::sync::Arc;

use haleway_blueprint::{Supplies, audit};
use haleway_document::{Diagnostic, Format, Sources, parse};
use haleway_kong::{Compiled, Options, compile, wants};
use proptest::prelude::*;

/// Words that documents of Kong are made of, and some that they are not.
const KEYS: &[&str] = &[
    "_format_version",
    "_transform",
    "services",
    "routes",
    "plugins",
    "upstreams",
    "targets",
    "consumers",
    "certificates",
    "snis",
    "keyauth_credentials",
    "acls",
    "vaults",
    "name",
    "host",
    "url",
    "paths",
    "hosts",
    "headers",
    "protocols",
    "target",
    "weight",
    "healthchecks",
    "active",
    "unhealthy",
    "interval",
    "config",
    "service",
    "id",
    "username",
    "nonsense",
];

const TEXTS: &[&str] = &[
    "3.0",
    "1.1",
    "demo",
    "/a",
    "~/a(",
    "~/\\d+",
    "key-auth",
    "cors",
    "http://[::1]:9/x",
    "127.0.0.1:80",
    "*.example.com",
    "https",
    "tcp",
    "{vault://env/x}",
    "41e0df75-8715-5017-b56b-431e70ccd2ff",
    "",
    "é\u{0}",
];

fn value() -> impl Strategy<Value = serde_json::Value> {
    let text = prop::sample::select(TEXTS).prop_map(serde_json::Value::from);
    let leaf = prop_oneof![
        4 => text,
        1 => Just(serde_json::Value::Null),
        1 => any::<bool>().prop_map(serde_json::Value::from),
        1 => any::<i64>().prop_map(serde_json::Value::from),
        1 => (0..70_000_i64).prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(7, 60, 5, |inner| {
        let key = prop::sample::select(KEYS).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::Array),
            prop::collection::vec((key, inner), 0..6)
                .prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

fn document() -> impl Strategy<Value = serde_json::Value> {
    let key = prop::sample::select(KEYS).prop_map(str::to_owned);
    prop::collection::vec((key, value()), 0..8).prop_map(|entries| {
        let mut root: serde_json::Map<String, serde_json::Value> = entries.into_iter().collect();
        root.insert("_format_version".to_owned(), "3.0".into());
        serde_json::Value::Object(root)
    })
}

fn compiled(text: &str, options: &Options) -> Option<Compiled> {
    let mut sources = Sources::new();
    let source = sources.add(haleway_document::Source::new("kong.yml", text));
    let root = parse(source, text, Format::Json).roots.into_iter().next()?;
    let mut supplies = Supplies::default();
    for name in wants(&root, options, &supplies).files {
        supplies
            .files
            .insert(name, Err("there is no such file".to_owned()));
    }
    Some(compile(&root, &sources, &supplies, options))
}

fn sound(outcome: &Compiled) {
    let refused = outcome.diagnostics.iter().any(Diagnostic::is_error);
    assert_eq!(outcome.blueprint.is_none(), refused);
    if let Some(blueprint) = &outcome.blueprint {
        assert_eq!(audit(blueprint), vec![]);
    }
}

proptest! {
    #[test]
    fn any_tree_is_read_without_panic(document in document(), allow in any::<bool>()) {
        let options = Options { allow_unknown_plugins: allow, ..Options::default() };
        let outcome = compiled(&document.to_string(), &options);
        if let Some(outcome) = &outcome {
            sound(outcome);
        }
        prop_assert_eq!(&outcome, &compiled(&document.to_string(), &options));
    }

    #[test]
    fn any_setting_is_read_without_panic(
        name in "[A-Z_]{1,20}|PROXY_LISTEN|HEADERS|TRUSTED_IPS|SSL_CERT|NGINX_HTTP_CLIENT_MAX_BODY_SIZE",
        text in "\\PC{0,30}",
        conf in "\\PC{0,60}",
    ) {
        let text_of_document = r#"{"_format_version": "3.0"}"#;
        let mut sources = Sources::new();
        let source = sources.add(haleway_document::Source::new("kong.json", text_of_document));
        let root = parse(source, text_of_document, Format::Json).roots.remove(0);
        let options = Options { kong_conf: Some("kong.conf".to_owned()), ..Options::default() };
        let mut supplies = Supplies::default();
        supplies.variables.insert(format!("KONG_{name}"), text);
        supplies.files.insert("kong.conf".to_owned(), Ok(Arc::from(conf.as_bytes())));
        for name in wants(&root, &options, &supplies).files {
            supplies.files.entry(name).or_insert_with(|| Err("there is no such file".to_owned()));
        }
        sound(&compile(&root, &sources, &supplies, &options));
    }

    /// What is served does not depend on whether children stand in their parents or beside them.
    #[test]
    fn nested_and_flat_give_the_same_routes(paths in prop::collection::vec("/[a-z]{1,8}", 1..6)) {
        let routes: Vec<serde_json::Value> = paths.iter().enumerate()
            .map(|(at, path)| serde_json::json!({"name": format!("r{at}"), "paths": [path]}))
            .collect();
        let service = serde_json::json!({"name": "s", "host": "127.0.0.1"});
        let mut nested = service.clone();
        nested["routes"] = routes.clone().into();
        let nested = serde_json::json!({"_format_version": "3.0", "services": [nested]});
        let flat: Vec<serde_json::Value> = routes.into_iter()
            .map(|mut route| { route["service"] = "s".into(); route })
            .collect();
        let flat = serde_json::json!({"_format_version": "3.0", "services": [service], "routes": flat});
        let entities = |document: &serde_json::Value| {
            let outcome = compiled(&document.to_string(), &Options::default())?;
            Some(outcome.node?.entities)
        };
        prop_assert_eq!(entities(&nested), entities(&flat));
    }
}
