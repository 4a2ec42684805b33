use haleway_document::{Format, SourceId, parse};
use serde_json::json;

use super::*;

static INNER: &[Field] = &[
    Field::of("host", &shape::HOST),
    Field::of("port", &shape::PORT).default("6379"),
];

static FIELDS: &[Field] = &[
    Field::set("names", &shape::HEADER_NAME)
        .required()
        .default(r#"["apikey"]"#),
    Field::number("limit").checks(&[Check::Between(0.0, 65_535.0)]),
    Field::boolean("hide").required().default("false"),
    Field::record("redis", INNER).required(),
    Field::integer("redis_port").moved_to("redis.port"),
    Field::map("by_name", &shape::TEXT, &shape::STATUS),
    Field::string("must").required(),
    Field::string("secret").referenceable(),
    Field::boolean("sync")
        .default("false")
        .idle("it is about clusters"),
];

fn decoded(text: &str) -> (Record, Vec<(String, String)>) {
    let vaults = Vaults {
        variables: [("TOKEN".to_owned(), "hidden".to_owned())].into(),
        ..Vaults::default()
    };
    let node = parse(SourceId(0), text, Format::Yaml).roots.remove(0);
    let mut violations = Vec::new();
    let record = decode(FIELDS, &node, &vaults, &mut violations);
    let said = violations.into_iter().map(|it| (it.path, it.message));
    (record, said.collect())
}

#[test]
fn defaults_fill_what_is_left_out() {
    let (record, violations) = decoded("{must: x, names: [A, B, A], redis: {host: h}}");
    assert_eq!(violations, []);
    let shown = serde_json::Value::Object(record.to_json());
    let expected = json!({
        "names": ["A", "B"], "limit": null, "hide": false, "must": "x", "by_name": null,
        "redis": {"host": "h", "port": 6379}, "secret": null, "sync": false,
    });
    assert_eq!(shown, expected);
    assert_eq!(record.integer("redis.port"), Some(6379));
    assert!(record.span("redis.port").is_none() && record.span("redis.host").is_some());
}

#[test]
fn everything_wrong_is_said_at_once() {
    let text = "{limit: 70000, hide: maybe, nmaes: [], names: [1, 'a b'], redis: {port: x}, by_name: {a: 5}}";
    let (_, violations) = decoded(text);
    let expected = [
        ("nmaes", "unknown field"),
        ("names[1]", "expected a string"),
        (
            "names[2]",
            "bad header name 'a b', allowed characters are A-Z, a-z, 0-9, '_', and '-'",
        ),
        ("limit", "value should be between 0 and 65535"),
        ("hide", "expected a boolean"),
        ("redis.port", "expected an integer"),
        ("by_name.a", "value should be between 100 and 999"),
        ("must", "required field missing"),
    ];
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|(path, message)| ((*path).to_owned(), (*message).to_owned()))
        .collect();
    assert_eq!(violations, expected);
}

#[test]
fn older_names_give_way_to_newer_ones() {
    let (record, violations) = decoded("{must: x, redis_port: 1, redis: {port: 2}}");
    assert_eq!(record.integer("redis.port"), Some(2));
    assert_eq!(violations.len(), 1);
    let (record, _) = decoded("{must: x, redis_port: 1}");
    assert_eq!(record.integer("redis.port"), Some(1));
}

#[test]
fn secrets_are_read_and_not_shown() {
    let (record, violations) = decoded("{must: x, secret: '{vault://env/token}'}");
    assert_eq!(violations, []);
    assert_eq!(record.text("secret"), Some("hidden"));
    assert_eq!(record.to_json()["secret"], "{vault://env/token}");
}

#[test]
fn idle_fields_are_told_when_they_are_set() {
    assert_eq!(decoded("{must: x, sync: false}").1, []);
    assert_eq!(
        decoded("{must: x, sync: true}").1,
        [("sync".to_owned(), "it is about clusters".to_owned())]
    );
}

#[test]
fn schemas_are_ordered_lists() {
    let schema = schema_json(FIELDS);
    assert_eq!(
        schema[1],
        json!({"limit": {"type": "number", "between": [0, 65535]}})
    );
    assert_eq!(schema.as_array().map(Vec::len), Some(FIELDS.len() - 1));
}
