//! Faults of documents in Kong's form.

use super::*;

const DOCUMENT: &str = "\
_format_version: '3.0'
services:
- name: one
  host: a
- name: two
  id: 41e0df75-8715-5017-b56b-431e70ccd2ff
  port: -12
  tags: [shop]
  routes:
  - name: r
    paths: [x]
    tags: [1]
";

fn outcome(faults: &[(&str, &str, &str)]) -> ReloadOutcome {
    let faults = faults.iter().map(|(at, field, message)| DocumentFault {
        start: DOCUMENT
            .find(at)
            .filter(|_| !at.is_empty())
            .map(|at| at as u32),
        field: (*field).to_owned(),
        message: (*message).to_owned(),
    });
    ReloadOutcome {
        accepted: false,
        hash: String::new(),
        at_unix_s: 0,
        errors: vec!["config:1:1: error".to_owned()],
        faults: faults.collect(),
    }
}

#[test]
fn fields_name_what_is_wrong() {
    let faults = [
        ("name: two", "host", "required field missing"),
        ("-12", "port", "value should be between 0 and 65535"),
        ("[x]", "paths[1]", "should start with: /"),
        ("name: r", "", "must set one of 'methods', 'hosts'"),
        ("_format", "_comment", "expected a string"),
    ];
    let value = refusal(DOCUMENT, &outcome(&faults), false);
    assert_eq!(
        value,
        json!({
            "code": 14,
            "name": "invalid declarative configuration",
            "message": "declarative config is invalid: {_comment=\"expected a string\",\
                services={[2]={host=\"required field missing\",port=\"value should be between 0 and 65535\",\
                routes={{[\"@entity\"]={\"must set one of 'methods', 'hosts'\"},paths={\"should start with: /\"}}}}}}",
            "fields": {
                "_comment": "expected a string",
                "services": [null, {
                    "host": "required field missing",
                    "port": "value should be between 0 and 65535",
                    "routes": [{
                        "@entity": ["must set one of 'methods', 'hosts'"],
                        "paths": ["should start with: /"],
                    }],
                }],
            },
        })
    );
}

#[test]
fn flattened_faults_name_their_entities() {
    let faults = [
        ("-12", "port", "value should be between 0 and 65535"),
        ("[x]", "paths[1]", "should start with: /"),
        ("name: r", "", "must set one of 'methods', 'hosts'"),
        ("", "_format_version", "expected a string"),
    ];
    let value = refusal(DOCUMENT, &outcome(&faults), true);
    assert_eq!(
        value["fields"],
        json!({"_format_version": "expected a string"})
    );
    let id = "41e0df75-8715-5017-b56b-431e70ccd2ff";
    assert_eq!(
        value["flattened_errors"],
        json!([
            {
                "entity_type": "service",
                "entity_name": "two",
                "entity_id": id,
                "entity_tags": ["shop"],
                "entity": {"name": "two", "id": id, "port": -12, "tags": ["shop"]},
                "errors": [{
                    "type": "field", "field": "port",
                    "message": "value should be between 0 and 65535",
                }],
            },
            {
                "entity_type": "route",
                "entity_name": "r",
                "entity": {"name": "r", "paths": ["x"], "tags": [1], "service": {"id": id}},
                "errors": [
                    {"type": "field", "field": "paths.1", "message": "should start with: /"},
                    {"type": "entity", "message": "must set one of 'methods', 'hosts'"},
                ],
            },
        ])
    );
}

#[test]
fn what_cannot_be_read_is_said_as_such() {
    let mut refused = outcome(&[("", "", "no end of a text")]);
    let value = refusal("a: 'b", &refused, false);
    let error = "failed parsing declarative configuration: no end of a text";
    assert_eq!(value["fields"], json!({ "error": error }));
    refused.faults.clear();
    let value = refusal(DOCUMENT, &refused, true);
    assert_eq!(value["fields"], json!({"error": "config:1:1: error"}));
    assert_eq!(value["flattened_errors"], json!([]));
}

#[test]
fn trees_stay_bounded_and_whole() {
    let faults = [
        ("-12", "a[99999999]", "x"),
        ("-12", "a[0].b[", "x"),
        ("-12", "c", "first"),
        ("-12", "c", "second"),
        ("-12", "c.d", "below a text"),
    ];
    let value = refusal(DOCUMENT, &outcome(&faults), false);
    let service = &value["fields"]["services"][1];
    assert_eq!(service["c"], "first");
    assert!(value.to_string().len() < 1000);
}
