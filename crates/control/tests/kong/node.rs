//! The node itself: `/`, `/status`, readiness, metrics, schemas, and what all answers have.

use std::sync::atomic::Ordering;

use serde_json::json;

use crate::pretended::{serve, serve_nothing};
use crate::wire::{ask, ask_with, get};

#[test]
fn the_node_introduces_itself() {
    let served = serve();
    let mut node = get(&served.admin, "/");
    let again = get(&served.admin, "/");
    assert_eq!(
        node["node_id"], again["node_id"],
        "the id lives as long as the process"
    );
    let fields = node.as_object_mut().unwrap();
    assert_eq!(
        fields.remove("node_id").unwrap().as_str().unwrap().len(),
        36
    );
    assert!(
        !fields
            .remove("hostname")
            .unwrap()
            .as_str()
            .unwrap()
            .is_empty()
    );
    let pid = std::process::id();
    assert_eq!(
        node,
        json!({
            "tagline": "Welcome to kong",
            "version": "3.4.2",
            "edition": "community",
            "timers": {"running": 0, "pending": 0},
            "plugins": {
                "available_on_server": {"cors": {"version": "3.9.0", "priority": 2000}},
                "enabled_in_cluster": ["cors"],
            },
            "lua_version": "none",
            "configuration": {"database": "off"},
            "pids": {"master": pid, "workers": [pid]},
        })
    );
}

#[test]
fn the_status_has_no_database() {
    let served = serve();
    for side in [&served.admin, &served.status] {
        let mut status = get(side, "/status");
        let memory = status.as_object_mut().unwrap().remove("memory").unwrap();
        let shown = memory["workers_lua_vms"][0]["http_allocated_gc"]
            .as_str()
            .unwrap();
        assert!(shown.ends_with(" MiB"), "{shown}");
        assert_eq!(
            status,
            json!({
                "server": {
                    "connections_accepted": 7,
                    "connections_active": 3,
                    "connections_handled": 7,
                    "connections_reading": 0,
                    "connections_waiting": 3,
                    "connections_writing": 0,
                    "total_requests": 21,
                },
                "configuration_hash": "effdaa71e6ecc654eecd93e3e228755b",
            })
        );
    }
    let answered = ask(&served.admin, "GET", "/status?unit=V");
    assert_eq!(answered.status, 400);
    let message = "invalid unit 'V' (expected 'k/K', 'm/M', or 'g/G')";
    assert_eq!(answered.json(), json!({ "message": message }));
}

#[test]
fn readiness_follows_configuration_and_drain() {
    let served = serve();
    let answered = ask(&served.status, "GET", "/status/ready");
    assert_eq!(
        (answered.status, answered.body.as_str()),
        (200, r#"{"message":"ready"}"#)
    );
    served.engine.draining.store(true, Ordering::Relaxed);
    let answered = ask(&served.status, "GET", "/status/ready");
    assert_eq!(
        (answered.status, answered.body.as_str()),
        (503, r#"{"message":"draining"}"#)
    );
    assert_eq!(ask(&served.admin, "GET", "/status/ready").status, 404);

    let empty = serve_nothing();
    let answered = ask(&empty.status, "GET", "/status/ready");
    let message = "no configuration available (empty configuration present)";
    assert_eq!(
        (answered.status, answered.json()),
        (503, json!({ "message": message }))
    );
    assert_eq!(
        get(&empty.admin, "/services"),
        json!({"data": [], "next": null})
    );
}

#[test]
fn a_node_can_be_told_to_drain() {
    let served = serve();
    let json = "Content-Type: application/json\r\n";
    let refused = ask_with(
        &served.status,
        "POST",
        "/status/ready",
        json,
        r#"{"status":"x"}"#,
    );
    assert_eq!(refused.status, 400);
    let told = ask_with(
        &served.status,
        "POST",
        "/status/ready",
        "",
        "status=draining",
    );
    assert_eq!(told.status, 204);
    assert_eq!(ask(&served.status, "GET", "/status/ready").status, 503);
}

#[test]
fn metrics_show_every_state_of_every_address() {
    let served = serve();
    let answered = ask(&served.status, "GET", "/metrics");
    assert_eq!(
        answered.header("Content-Type"),
        Some("text/plain; charset=UTF-8")
    );
    let lines: Vec<&str> = answered
        .body
        .lines()
        .filter(|line| line.starts_with("kong_upstream_target_health{") && line.ends_with(" 1"))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    kong_upstream_target_health{upstream="shop",target="10.0.0.1:80",address="10.0.0.1:80",state="healthy",subsystem="http"} 1
    kong_upstream_target_health{upstream="shop",target="api.shop:8000",address="10.0.0.2:8000",state="unhealthy",subsystem="http"} 1
    kong_upstream_target_health{upstream="shop",target="api.shop:8000",address="[2001:db8::1]:8000",state="unhealthy",subsystem="http"} 1
    kong_upstream_target_health{upstream="shop",target="gone.shop:8000",address="",state="dns_error",subsystem="http"} 1
    kong_upstream_target_health{upstream="shop",target="10.0.0.9:80",address="10.0.0.9:80",state="healthchecks_off",subsystem="http"} 1
    kong_upstream_target_health{upstream="plain",target="10.1.0.1:80",address="10.1.0.1:80",state="healthchecks_off",subsystem="http"} 1
    "#);
    let zeros = answered
        .body
        .lines()
        .filter(|line| line.starts_with("kong_upstream_target_health{") && line.ends_with(" 0"));
    assert_eq!(zeros.count(), 18);
    let heads = answered.body.lines();
    let heads = heads.filter(|line| line.starts_with("# TYPE kong_upstream_target_health "));
    assert_eq!(heads.count(), 1);
    for part in [
        "kong_node_info{node_id=\"",
        "kong_datastore_reachable 1\n",
        "subsystem=\"http\",state=\"accepted\"} 7\n",
        "subsystem=\"http\",state=\"waiting\"} 3\n",
        "subsystem=\"http\"} 21\n",
        "kong_http_requests_total{service=\"demo\"} 21\n",
    ] {
        assert!(answered.body.contains(part), "{part} {}", answered.body);
    }
}

#[test]
fn entities_are_looked_at_before_they_are_used() {
    let served = serve();
    let json = "Content-Type: application/json\r\n";
    let post = |path: &str, headers: &str, body: &str| {
        let answered = ask_with(&served.admin, "POST", path, headers, body);
        (answered.status, answered.json())
    };
    let path = "/schemas/services/validate";
    let message = |text: &str| json!({ "message": text });
    let fine = message("schema validation successful");
    assert_eq!(post(path, json, r#"{"host": "a"}"#), (200, fine.clone()));
    assert_eq!(post(path, "", r#"{"host": "a"}"#), (200, fine));
    let violation = json!({
        "code": 2,
        "name": "schema violation",
        "message": "schema violation (host: required field missing)",
        "fields": {"host": "required field missing"},
    });
    assert_eq!(post(path, json, "{}"), (400, violation.clone()));
    assert_eq!(post(path, "", ""), (400, violation));
    let no_json = message("Cannot parse JSON body");
    for body in ["{", "[]", "host: a"] {
        assert_eq!(post(path, json, body), (400, no_json.clone()), "{body}");
    }
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    assert_eq!(post(path, form, "host=a").0, 415);
    let unknown = message("No entity named 'nothings'");
    assert_eq!(
        post("/schemas/nothings/validate", json, "{}"),
        (404, unknown)
    );
    assert_eq!(ask(&served.admin, "GET", path).status, 405);
    assert_eq!(ask(&served.status, "POST", path).status, 404);
}

#[test]
fn answers_say_nothing_of_kong_where_nothing_is_asked_for() {
    let served = serve_nothing();
    for side in [&served.admin, &served.status] {
        let answered = ask(side, "GET", "/status");
        assert_eq!(answered.header("Server"), None);
        assert_eq!(answered.header("X-Kong-Admin-Latency"), None);
    }
}

#[test]
fn answers_carry_the_headers_of_kong() {
    let served = serve();
    let answered = ask(&served.admin, "GET", "/services");
    assert_eq!(answered.header("Server"), Some("kong/3.4.2"));
    assert_eq!(
        answered.header("Content-Type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(answered.header("Access-Control-Allow-Origin"), Some("*"));
    assert_eq!(
        answered.header("Access-Control-Allow-Credentials"),
        Some("true")
    );
    let latency: u32 = answered
        .header("X-Kong-Admin-Latency")
        .unwrap()
        .parse()
        .unwrap();
    assert!(latency < 10_000);
    let head = ask(&served.admin, "HEAD", "/services");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(
        head.header("Content-Length"),
        answered.header("Content-Length")
    );
    let origin = "Origin: http://kong.test\r\n";
    let answered = ask_with(&served.admin, "GET", "/", origin, "");
    assert_eq!(
        answered.header("Access-Control-Allow-Origin"),
        Some("http://kong.test")
    );
    assert_eq!(answered.header("Vary"), Some("Origin"));
}

#[test]
fn options_tell_the_methods() {
    let served = serve();
    let cases = [
        ("/", "GET, HEAD, OPTIONS"),
        ("/services", "GET, HEAD, OPTIONS, POST"),
        ("/services/none", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
        ("/config", "GET, HEAD, OPTIONS, POST"),
        ("/upstreams/shop/targets/x/healthy", "OPTIONS, POST, PUT"),
    ];
    for (path, methods) in cases {
        let answered = ask(&served.admin, "OPTIONS", path);
        assert_eq!(
            (answered.status, answered.body.as_str()),
            (204, ""),
            "{path}"
        );
        assert_eq!(answered.header("Allow"), Some(methods), "{path}");
        assert_eq!(
            answered.header("Access-Control-Allow-Methods"),
            Some(methods)
        );
        assert_eq!(
            answered.header("Access-Control-Allow-Headers"),
            Some("Content-Type")
        );
    }
    assert_eq!(ask(&served.admin, "OPTIONS", "/nothing").status, 404);
    let answered = ask(&served.status, "OPTIONS", "/upstreams/shop");
    assert_eq!(answered.header("Allow"), Some("GET, HEAD, OPTIONS"));
}

#[test]
fn schemas_and_plugins_are_listed() {
    let served = serve();
    let schema = get(&served.admin, "/schemas/plugins/cors");
    assert_eq!(schema["fields"][0]["config"]["type"], "record");
    assert_eq!(get(&served.admin, "/plugins/schema/cors"), schema);
    let vault = get(&served.admin, "/schemas/vaults/env");
    assert_eq!(
        vault,
        json!({"fields": [{"config": {"type": "record"}}], "entity_checks": []})
    );
    for (path, message) in [
        ("/schemas/plugins/nope", "No plugin named 'nope'"),
        ("/schemas/vaults/aws", "No vault named 'aws'"),
        ("/schemas/nope", "No entity named 'nope'"),
    ] {
        let answered = ask(&served.admin, "GET", path);
        assert_eq!(
            (answered.status, answered.json()),
            (404, json!({ "message": message }))
        );
    }
    let enabled = get(&served.admin, "/plugins/enabled");
    assert_eq!(enabled, json!({"enabled_plugins": ["cors"]}));
    let endpoints = get(&served.admin, "/endpoints");
    assert_eq!(endpoints["data"][0], "/");
}
