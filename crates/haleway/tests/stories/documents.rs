//! The health documents of KrakenD: what they configure, answered as they print it.

use crate::harness::{Gateway, Start, free_port, get, post};

fn example(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/krakend/");
    std::fs::read_to_string(format!("{folder}{name}")).unwrap()
}

/// The example, with another port wherever it names its own.
fn moved(name: &str) -> Gateway {
    let port = free_port();
    let config = example(name).replace("8080", &port.to_string());
    Start::with(&config).port(port).go()
}

#[test]
fn the_simplest_configuration_says_that_it_is_ok() {
    assert_eq!(example("health.json"), "{ \"version\": 2 }\n");
    let gateway = Gateway::start(&example("health.json"));
    let answer = get(gateway.address(), "/__health");
    assert_eq!(
        (answer.status(), answer.text()),
        (200, "{\"status\":\"OK\"}")
    );
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(answer.header("content-length"), Some("15"));
    assert_eq!(answer.header("x-krakend"), None);
}

#[test]
fn the_document_as_it_is_printed_is_refused_with_the_place() {
    let start = Start::with("{ \"version: 2 }\n");
    let ended = start.finish(&["run", "-c", "krakend.json", "-p", "0", "--admin", "off"]);
    assert_eq!(ended.code, Some(78), "{ended:?}");
    assert!(ended.talk.contains("krakend.json:1:3"), "{}", ended.talk);
    assert!(ended.talk.contains("not closed"), "{}", ended.talk);
}

#[test]
fn custom_data_takes_the_place_of_the_health_answer() {
    for name in ["custom-health.json", "custom-health-v3.json"] {
        let gateway = moved(name);
        let answer = get(gateway.address(), "/health");
        assert_eq!(answer.status(), 200);
        assert_eq!(
            answer.text(),
            "{\"custom\":\"response\",\"foo\":\"bar\"}",
            "{name}"
        );
        assert_eq!(answer.header("x-krakend-completed"), Some("true"), "{name}");
        assert_eq!(get(gateway.address(), "/__health").status(), 200);
    }
}

#[test]
fn custom_data_stands_where_the_port_was_moved_by_the_command_line() {
    // The document's host still names 8080: the call fails, and the fixed data answers.
    let config = example("custom-health.json").replace("localhost:8080", "localhost:10");
    let gateway = Gateway::start(&config);
    let answer = get(gateway.address(), "/health");
    assert_eq!(answer.text(), "{\"custom\":\"response\",\"foo\":\"bar\"}");
    assert_eq!(answer.header("x-krakend-completed"), Some("false"));
}

#[test]
fn the_original_answer_of_the_own_health_endpoint_is_one_switch_away() {
    let port = free_port();
    let switch =
        "\"version\": 2,\n\"extra_config\": {\"haleway/compat\": {\"health\": \"original\"}},";
    let config = example("custom-health.json")
        .replace("8080", &port.to_string())
        .replace("\"version\": 2,", switch);
    let gateway = Start::with(&config).port(port).go();
    let answer = get(gateway.address(), "/health");
    assert_eq!(
        answer.text(),
        "{\"custom\":\"response\",\"foo\":\"bar\",\"status\":\"ok\"}"
    );
    assert_eq!(
        get(gateway.address(), "/__health").text(),
        "{\"status\":\"ok\"}"
    );
}

#[test]
fn stub_data_answers_for_a_backend_that_is_not_there() {
    let gateway = Gateway::start(&example("stub-health.json"));
    let answer = get(gateway.address(), "/health");
    assert_eq!(
        (answer.status(), answer.text()),
        (200, "{\"status\":\"OK\"}")
    );
    assert_eq!(answer.header("x-krakend-completed"), Some("false"));
    assert_eq!(answer.header("cache-control"), None);
    gateway.expect_talk("fake-backend");
}

#[test]
fn version_3_tells_agents_time_and_status() {
    let gateway = Gateway::start("{\"version\": 3}");
    let answer = get(gateway.address(), "/__health");
    assert_eq!(answer.status(), 200);
    let text = answer.text();
    let now = text.strip_prefix("{\"agents\":{},\"now\":\"").unwrap();
    let now = now.strip_suffix("\",\"status\":\"ok\"}").unwrap();
    let parts: Vec<&str> = now.split(' ').collect();
    assert_eq!(parts.len(), 5, "{now}");
    assert_eq!((parts[0].len(), parts[2].len()), (10, 5), "{now}");
    assert!(parts[4].starts_with("m=+"), "{now}");
}

#[test]
fn the_health_endpoint_can_go_move_and_be_quiet() {
    let gateway = Gateway::start(&example("disable-health.json"));
    assert_eq!(get(gateway.address(), "/__health").status(), 404);

    let gateway = Gateway::start(&example("rename-health.json"));
    assert_eq!(get(gateway.address(), "/__health").status(), 404);
    assert_eq!(get(gateway.address(), "/health").status(), 200);

    let gateway = Gateway::start(&example("quiet-health.json"));
    assert_eq!(get(gateway.address(), "/__health").status(), 200);
    assert_eq!(get(gateway.address(), "/told").status(), 404);
    gateway.expect_log("\"/told\"");
    assert!(
        !gateway.log().iter().any(|line| line.contains("__health")),
        "{:?}",
        gateway.log()
    );
}

#[test]
fn the_example_gateway_merges_and_passes() {
    let port = free_port();
    let text = example("gateway.yaml").replace("8080", &port.to_string());
    let gateway = Start::with_named("krakend.yaml", &text).port(port).go();
    let answer = get(gateway.address(), "/accounts/17?page=2");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.json()["user"]["address"], "/__echo/users/17?page=2");
    let answer = post(gateway.address(), "/upload/notes.txt", "hello");
    assert_eq!(answer.json()["req_uri"], "/__echo/files/notes.txt");
    assert_eq!(answer.json()["req_body"], "hello");
}
