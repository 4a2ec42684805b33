//! `/config`: read, posted, refused.

use std::sync::mpsc;
use std::time::Duration;

use haleway_blueprint::runtime::DocumentFault;
use serde_json::json;

use crate::pretended::{id, serve};
use crate::wire::{Answered, ask, ask_with, get};

const JSON: &str = "Content-Type: application/json\r\n";
const YAML: &str = "Content-Type: text/yaml\r\n";

#[test]
fn the_configuration_is_shown_as_a_file() {
    let served = serve();
    let text = get(&served.admin, "/config");
    let text = text["config"].as_str().unwrap();
    assert!(
        text.starts_with("_format_version: '3.0'\n_transform: false\n"),
        "{text}"
    );
    assert!(
        text.contains(&format!(
            "\nroutes:\n- id: '{}'\n  name: one\n  service: '{}'\n",
            id(30),
            id(20)
        )),
        "{text}"
    );
}

#[test]
fn a_posted_configuration_is_loaded_and_shown() {
    let served = serve();
    let forms = [
        (YAML.to_owned(), "bob".to_owned()),
        (String::new(), "carl".to_owned()),
        (JSON.to_owned(), r#"{"config":"dora"}"#.to_owned()),
        ("Content-Type: multipart/form-data; boundary=x\r\n".to_owned(),
         "--x\r\nContent-Disposition: form-data; name=\"config\"; filename=\"a\"\r\n\r\nemil\r\n--x--\r\n".to_owned()),
    ];
    for ((headers, body), name) in forms.iter().zip(["bob", "carl", "dora", "emil"]) {
        let answered = ask_with(&served.admin, "POST", "/config", headers, body);
        assert_eq!(answered.status, 201, "{}", answered.body);
        let consumer = json!({"id": id(90), "username": name, "tags": null});
        let mut by_id = serde_json::Map::new();
        by_id.insert(id(90), consumer);
        assert_eq!(answered.json(), json!({ "consumers": by_id }));
        assert_eq!(
            get(&served.admin, &format!("/consumers/{name}"))["id"],
            id(90)
        );
    }
}

#[test]
fn the_same_text_is_not_loaded_again() {
    let served = serve();
    let post = |text: &str| ask_with(&served.admin, "POST", "/config?check_hash=1", YAML, text);
    assert_eq!(post("first").status, 304);
    assert_eq!(post("second").status, 201);
    let again = post("second");
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    let json = r#"{"_format_version":"3.0"}"#;
    let as_object = || ask_with(&served.admin, "POST", "/config?check_hash=1", JSON, json);
    assert_eq!((as_object().status, as_object().status), (201, 201));
}

fn refused(query: &str) -> Answered {
    let served = serve();
    let text = "_format_version: '3.0'\nservices:\n- name: a\n  tags: [t]\n  port: -1\n";
    *served.engine.faults.lock().unwrap() = vec![DocumentFault {
        start: text.find("-1").map(|at| at as u32),
        field: "port".to_owned(),
        message: "value should be between 0 and 65535".to_owned(),
    }];
    let answered = ask_with(
        &served.admin,
        "POST",
        &format!("/config{query}"),
        YAML,
        text,
    );
    assert_eq!(
        get(&served.admin, "/services/demo")["id"],
        id(20),
        "what ran runs on"
    );
    answered
}

#[test]
fn a_refused_configuration_is_explained() {
    let answered = refused("");
    assert_eq!(answered.status, 400);
    assert_eq!(
        answered.json(),
        json!({
            "code": 14,
            "name": "invalid declarative configuration",
            "message": "declarative config is invalid: {services={{port=\"value should be between 0 and 65535\"}}}",
            "fields": {"services": [{"port": "value should be between 0 and 65535"}]},
        })
    );
    let flat = refused("?flatten_errors=1").json();
    assert_eq!(flat["message"], "declarative config is invalid: {}");
    assert_eq!(
        flat["flattened_errors"],
        json!([{
            "entity_type": "service",
            "entity_name": "a",
            "entity_tags": ["t"],
            "entity": {"name": "a", "tags": ["t"], "port": -1},
            "errors": [{"type": "field", "field": "port", "message": "value should be between 0 and 65535"}],
        }])
    );
}

#[test]
fn what_is_no_configuration_is_not_loaded() {
    let served = serve();
    let cases = [
        ("", "", 400, "expected a declarative configuration"),
        (JSON, "{", 400, "Cannot parse JSON body"),
        (
            "Content-Type: image/png\r\n",
            "x",
            415,
            "Unsupported media type",
        ),
    ];
    for (headers, body, status, message) in cases {
        let answered = ask_with(&served.admin, "POST", "/config", headers, body);
        assert_eq!(
            (answered.status, answered.json()),
            (status, json!({ "message": message }))
        );
    }
    assert!(served.engine.posted.lock().unwrap().is_empty());
    assert_eq!(ask(&served.admin, "DELETE", "/config").status, 405);
}

#[test]
fn one_configuration_is_loaded_at_a_time() {
    let served = serve();
    let held = served.engine.slow.lock().unwrap();
    std::thread::scope(|scope| {
        let (sender, answers) = mpsc::channel();
        for name in ["one", "two"] {
            let (sender, admin) = (sender.clone(), &served.admin);
            scope.spawn(move || sender.send(ask_with(admin, "POST", "/config", YAML, name)));
        }
        // One of them is held up, so that the other one is answered first.
        let busy = answers.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(busy.status, 429, "{}", busy.body);
        assert_eq!(busy.header("Retry-After"), Some("1"));
        assert_eq!(ask(&served.admin, "GET", "/status").status, 200);
        drop(held);
        let loaded = answers.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(loaded.status, 201, "{}", loaded.body);
    });
}
