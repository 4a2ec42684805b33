//! Laws that hold for every document: nothing panics, a document gives a blueprint or an error and
//! never both, the audit agrees, and the same input gives the same outcome.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use haleway_blueprint::{Supplies, audit};
use haleway_document::{Diagnostic, Entry, Key, Node, Sources, Span, Value};
use haleway_krakend::{Options, Purpose, compile, coverage, detects, wants};
use proptest::prelude::*;
use proptest::sample::select;

/// Every key and namespace that the decoders know, and some that they do not.
fn names() -> Vec<String> {
    let mut names: Vec<String> = coverage()
        .lines()
        .skip(2)
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .flat_map(|name| {
            [
                name.to_owned(),
                name.rsplit([' ', '.']).next().unwrap().to_owned(),
            ]
        })
        .collect();
    names.extend(["", "@comment", "unknown", "a.b", "404"].map(str::to_owned));
    names.sort();
    names.dedup();
    names
}

const TEXTS: &[&str] = &[
    "",
    "/",
    "/a",
    "a",
    "/a/{id}",
    "/{id}/{id}",
    "/{a}{b}",
    "/:x/*y",
    "/__health",
    "/__debug/x",
    "/{resp0_a.b}",
    "/{JWT.sub}",
    "/{resp99999999999999999999_a}",
    "GET",
    "post",
    "HEAD",
    "no such",
    "json",
    "no-op",
    "xml",
    "2s",
    "-1s",
    "9999999999h",
    "1.5",
    "always",
    "dns",
    "http://a:80",
    "https://[::1]:8080/b",
    "h2c://a",
    "http://localhost:8080",
    "a,b",
    "*",
    "Upgrade",
    "x y",
    "(",
    "TLS10",
    "TLS12",
    "127.0.0.1",
    "10.0.0.0/8",
    "0.0.0.0/99",
    "move",
    "del",
    "original",
    "logstash",
    "\u{0}",
    "ä\r\n",
    "{{.X}}",
    "/a?b#c",
];

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "-1",
    "8080",
    "65536",
    "1.5",
    "1e3",
    "1e400",
    "99999999999999999999",
    "-9223372036854775808",
];

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        select(NUMBERS).prop_map(|text| Value::Number(text.to_owned())),
        select(TEXTS).prop_map(|text| Value::String(text.to_owned())),
        "[/{}a-z_0-9.:*]{0,12}".prop_map(Value::String),
    ]
}

fn node(value: Value) -> Node {
    Node {
        value,
        span: Span::default(),
    }
}

fn entry(key: String, node: Node) -> Entry {
    Entry {
        key: Key {
            text: key,
            span: Span::default(),
        },
        node,
    }
}

fn tree() -> impl Strategy<Value = Node> {
    let names = names();
    leaf()
        .prop_map(node)
        .prop_recursive(6, 96, 6, move |inner| {
            let entries = prop::collection::vec((select(names.clone()), inner.clone()), 0..6);
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(|items| node(Value::Array(items))),
                entries.prop_map(object),
            ]
        })
}

fn object(entries: Vec<(String, Node)>) -> Node {
    node(Value::Object(
        entries
            .into_iter()
            .map(|(key, node)| entry(key, node))
            .collect(),
    ))
}

/// A document that is likely to be read far in: a version, endpoints, backends.
fn document() -> impl Strategy<Value = Node> {
    let fields = |max| prop::collection::vec((select(names()), tree()), 0..max);
    let text = || select(TEXTS).prop_map(|text| node(Value::String(text.to_owned())));
    let backend = (fields(5), text()).prop_map(|(mut fields, pattern)| {
        fields.push(("url_pattern".to_owned(), pattern));
        object(fields)
    });
    let endpoint = (fields(5), text(), prop::collection::vec(backend, 0..4)).prop_map(
        |(mut fields, path, backends)| {
            fields.push(("endpoint".to_owned(), path));
            fields.push(("backend".to_owned(), node(Value::Array(backends))));
            object(fields)
        },
    );
    let version = select(&["2", "3"][..]).prop_map(|text| node(Value::Number(text.to_owned())));
    (
        version,
        fields(6),
        fields(6),
        prop::collection::vec(endpoint, 0..5),
    )
        .prop_map(|(version, mut root, extra, endpoints)| {
            root.insert(0, ("version".to_owned(), version));
            root.push(("extra_config".to_owned(), object(extra)));
            root.push(("endpoints".to_owned(), node(Value::Array(endpoints))));
            object(root)
        })
}

fn holds(root: &Node, options: &Options, supplies: &Supplies) {
    let sources = Sources::new();
    let compiled = compile(root, &sources, supplies, options);
    let refused = compiled.diagnostics.iter().any(Diagnostic::is_error);
    assert_eq!(
        compiled.blueprint.is_none(),
        refused,
        "{:?}",
        compiled.diagnostics
    );
    if let Some(blueprint) = &compiled.blueprint {
        assert_eq!(audit(blueprint), vec![]);
        assert!(!blueprint.to_json().is_empty());
    }
    assert_eq!(compiled, compile(root, &sources, supplies, options));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_is_read(root in tree()) {
        let _ = (detects(&root), wants(&root));
        holds(&root, &Options::default(), &Supplies::default());
    }

    #[test]
    fn any_document_gives_a_blueprint_or_an_error(
        root in document(),
        check in any::<bool>(),
        debug in any::<bool>(),
        variable in select(TEXTS),
    ) {
        let purpose = if check { Purpose::Check } else { Purpose::Run };
        let mut supplies = Supplies::default();
        supplies.variables.insert("KRAKEND_TIMEOUT".to_owned(), variable.to_owned());
        holds(&root, &Options { purpose, debug, ..Options::default() }, &supplies);
    }
}

#[test]
fn deep_values_are_bounded() {
    let mut deep = node(Value::Null);
    for _ in 0..1_000 {
        deep = node(Value::Array(vec![deep]));
    }
    let number = |text: &str| node(Value::Number(text.to_owned()));
    let bodies = object(vec![("404".to_owned(), deep)]);
    let router = object(vec![("error_body".to_owned(), bodies)]);
    let extra = object(vec![("router".to_owned(), router)]);
    let root = object(vec![
        ("version".to_owned(), number("3")),
        ("extra_config".to_owned(), extra),
    ]);
    let compiled = compile(
        &root,
        &Sources::new(),
        &Supplies::default(),
        &Options::default(),
    );
    assert_eq!(
        compiled
            .diagnostics
            .iter()
            .map(|it| it.code)
            .collect::<Vec<_>>(),
        ["K0050"]
    );
    assert!(compiled.blueprint.is_some());
}

#[test]
fn other_dialects_are_not_taken() {
    let text = |text: &str| node(Value::String(text.to_owned()));
    for (keys, expected) in [
        (&["version"][..], true),
        (&["endpoints_"], false),
        (&["_format_version", "version"], false),
        (&["apiVersion", "kind"], false),
        (&["type", "mesh", "name"], false),
        (&["version", "services"], false),
        (&["haleway", "version"], false),
    ] {
        let root = object(
            keys.iter()
                .map(|key| ((*key).to_owned(), text("3")))
                .collect(),
        );
        assert_eq!(detects(&root), expected, "{keys:?}");
    }
}

#[test]
fn wants_name_every_file() {
    let text = |text: &str| node(Value::String(text.to_owned()));
    let pair = |a: &str, b: &str| {
        object(vec![
            (a.to_owned(), text("a.pem")),
            (b.to_owned(), text("a.key")),
        ])
    };
    let keys = node(Value::Array(vec![pair("public_key", "private_key")]));
    let tls = object(vec![
        ("keys".to_owned(), keys),
        ("ca_certs".to_owned(), text("ca.pem")),
    ]);
    let root = object(vec![
        ("version".to_owned(), text("3")),
        ("tls".to_owned(), tls),
    ]);
    let wants = wants(&root);
    assert_eq!(
        wants.files.iter().collect::<Vec<_>>(),
        ["a.key", "a.pem", "ca.pem"]
    );
    assert!(wants.variable_prefixes.contains("KRAKEND_"));
}
