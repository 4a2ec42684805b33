//! Kong's Admin API and status listener: where they are, and what is posted there.

use std::net::{SocketAddr, TcpListener};

use super::{ask, ask_with_body, balanced, httpbin, start};
use crate::harness::tls::{self, Authority, der, trusting};
use crate::harness::{Gateway, Start, free_port, get, until};

const CHECKS: &str = "
healthchecks:
  passive:
    unhealthy: {http_failures: 1}
";

/// With both APIs on ports that the system chooses.
fn serve_both(start: Start) -> (Gateway, SocketAddr, SocketAddr) {
    let gateway = start
        .variable("KONG_ADMIN_LISTEN", "127.0.0.1:0")
        .variable("KONG_STATUS_LISTEN", "127.0.0.1:0")
        .go();
    let address = |what: &str| {
        let line = gateway.expect_talk(what);
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    let (admin, status) = (
        address("Kong's Admin API is on "),
        address("Kong's status listener is on "),
    );
    (gateway, admin, status)
}

fn post(admin: SocketAddr, query: &str, text: &str) -> (u16, serde_json::Value) {
    let path = format!("/config{query}");
    let answer = ask_with_body(admin, "POST", &path, &["Content-Type: text/yaml"], text);
    let json = serde_json::from_str(answer.text()).unwrap_or_default();
    (answer.status(), json)
}

#[test]
fn the_admin_api_shows_what_serves() {
    let upstream = httpbin();
    let config = balanced(&[upstream.address()], CHECKS, "");
    let (gateway, admin, status) = serve_both(start(&config));
    let node = get(admin, "/").json();
    assert_eq!(node["tagline"], "Welcome to kong");
    assert_eq!(node["configuration"]["database"], "off");
    assert_eq!(
        node["configuration"]["router_flavor"],
        "traditional_compatible"
    );
    assert_eq!(
        node["configuration"]["proxy_listeners"][0]["ip"],
        "127.0.0.1"
    );
    assert_eq!(get(admin, "/services/demo").json()["host"], "httpbin");
    assert_eq!(
        get(admin, "/services/demo/routes").json()["data"][0]["paths"][0],
        "/test"
    );
    for kind in [
        "services",
        "routes",
        "upstreams",
        "targets",
        "consumers",
        "plugins",
    ] {
        let schema = get(admin, &format!("/schemas/{kind}")).json();
        assert!(schema["fields"].is_array(), "{kind} {schema}");
    }
    assert_eq!(get(status, "/status/ready").status(), 200);
    let hash = &get(status, "/status").json()["configuration_hash"];
    assert_eq!(hash.as_str().map(str::len), Some(32));
    assert_eq!(
        ask(gateway.address(), "GET", "/test/status/500", &[]).status(),
        500
    );
    let unhealthy = format!(
        "address=\"{}\",state=\"unhealthy\",subsystem=\"http\"}} 1\n",
        upstream.address()
    );
    until("the target is unhealthy", || {
        let metrics = get(status, "/metrics");
        metrics.text().contains(&unhealthy)
    });
}

#[test]
fn a_posted_configuration_serves_until_the_file_is_read_again() {
    let (first, second) = (httpbin(), httpbin());
    let config = balanced(&[first.address()], CHECKS, "");
    let (gateway, admin, _) = serve_both(start(&config));
    let to = gateway.address();
    let posted = balanced(&[second.address()], CHECKS, "").replace("/test", "/posted");
    let (status, entities) = post(admin, "?check_hash=1", &posted);
    assert_eq!(status, 201, "{entities}");
    let routes = entities["routes"].as_object().unwrap();
    assert_eq!(routes.values().next().unwrap()["paths"][0], "/posted");
    assert_eq!(ask(to, "GET", "/posted", &[]).status(), 200);
    assert_eq!(ask(to, "GET", "/test", &[]).status(), 404);
    assert_eq!(second.requests().len(), 1);
    assert_eq!(post(admin, "?check_hash=1", &posted).0, 304);

    // What `GET /config` shows can be posted again and means the same.
    let shown = get(admin, "/config").json();
    let (status, _) = post(admin, "", shown["config"].as_str().unwrap());
    assert_eq!(status, 201);
    assert_eq!(ask(to, "GET", "/posted", &[]).status(), 200);

    gateway.signal("HUP");
    until("the file serves again", || {
        ask(to, "GET", "/test", &[]).status() == 200
    });
    // Requests see the new configuration first.
    until("the admin side shows it", || {
        get(admin, "/routes/test").json()["paths"][0] == "/test"
    });
}

#[test]
fn a_refused_configuration_changes_nothing() {
    let upstream = httpbin();
    let config = balanced(&[upstream.address()], CHECKS, "");
    let (gateway, admin, _) = serve_both(start(&config));
    let bad = "_format_version: '3.0'\nservices:\n- name: a\n  tags: [ours]\n  port: -12\n";
    let (status, refusal) = post(admin, "?flatten_errors=1", bad);
    assert_eq!(status, 400);
    assert_eq!(refusal["code"], 14);
    let errors = &refusal["flattened_errors"][0];
    assert_eq!(errors["entity_type"], "service");
    assert_eq!(errors["entity_tags"][0], "ours");
    assert_eq!(errors["errors"][1]["field"], "port", "{refusal:#}");
    gateway.expect_talk("/config:5:9: error");
    assert_eq!(ask(gateway.address(), "GET", "/test", &[]).status(), 200);
    assert_eq!(get(admin, "/services").json()["data"][0]["name"], "demo");
}

#[test]
fn what_was_learnt_survives_a_posted_configuration() {
    let (sick, fine) = (httpbin(), httpbin());
    let config = balanced(&[sick.address(), fine.address()], CHECKS, "retries: 0");
    let (gateway, admin, _) = serve_both(start(&config));
    let unhealthy = format!("/upstreams/httpbin/targets/{}/unhealthy", sick.address());
    assert_eq!(ask(admin, "PUT", &unhealthy, &[]).status(), 204);
    let (status, _) = post(admin, "", &config.replace("retries: 0", "retries: 1"));
    assert_eq!(status, 201);
    for _ in 0..6 {
        assert_eq!(ask(gateway.address(), "GET", "/test", &[]).status(), 200);
    }
    assert!(sick.requests().is_empty());
}

#[test]
fn a_drain_is_told_on_the_status_listener() {
    let upstream = httpbin();
    let config = balanced(&[upstream.address()], "", "");
    let start = start(&config).argument("--drain-delay").argument("20s");
    let (gateway, _, status) = serve_both(start);
    assert_eq!(get(status, "/status/ready").status(), 200);
    gateway.signal("TERM");
    until("it says so", || {
        get(status, "/status/ready").status() == 503
    });
    assert_eq!(
        get(status, "/status/ready").text(),
        r#"{"message":"draining"}"#
    );
}

#[test]
fn entities_are_looked_at_as_a_file_would_be() {
    let (_gateway, admin, _) = serve_both(start(&balanced(&[], "", "")));
    let validate = |kind: &str, entity: &str| {
        let path = format!("/schemas/{kind}/validate");
        let headers = ["Content-Type: application/json"];
        let answer = ask_with_body(admin, "POST", &path, &headers, entity);
        (answer.status(), answer.json())
    };
    for (kind, entity) in [
        ("routes", r#"{"paths": ["/a"]}"#),
        ("plugins", r#"{"name": "cors"}"#),
        ("vaults", r#"{"name": "env", "prefix": "my-env"}"#),
        ("consumers", r#"{"username": "a"}"#),
    ] {
        let (status, said) = validate(kind, entity);
        assert_eq!(status, 200, "{kind} {said}");
        assert_eq!(said["message"], "schema validation successful");
    }
    let (status, said) = validate(
        "plugins",
        r#"{"name": "rate-limiting", "config": {"x": 1}}"#,
    );
    assert_eq!((status, &said["code"]), (400, &2.into()), "{said}");
    assert_eq!(said["fields"]["config"]["x"], "unknown field", "{said}");
    let (status, said) = validate("plugins", r#"{"name": "acl", "config": {}}"#);
    assert_eq!(status, 400);
    let about = said["fields"]["@entity"].as_array().unwrap();
    assert!(
        about[0].as_str().unwrap().contains("'config.allow'"),
        "{said}"
    );
}

/// With these listeners of the Admin API and of the status listener.
fn listening(admin: &str, status: &str) -> Start {
    start(&balanced(&[], "", ""))
        .variable("KONG_ADMIN_LISTEN", admin)
        .variable("KONG_STATUS_LISTEN", status)
}

#[test]
fn both_apis_speak_tls_where_that_is_asked_for() {
    let authority = Authority::new();
    let own = authority.sign();
    let [plain, secured, status] =
        [(); 3].map(|()| SocketAddr::from(([127, 0, 0, 1], free_port())));
    let gateway = listening(
        &format!("{plain}, {secured} ssl"),
        &format!("{status} http2 ssl"),
    )
    .file("cert.pem", &own.certificate)
    .file("key.pem", &own.key)
    .variable("KONG_ADMIN_SSL_CERT", "cert.pem")
    .variable("KONG_ADMIN_SSL_CERT_KEY", "key.pem")
    .go();
    gateway.expect_talk(&format!("Kong's Admin API with TLS is on {secured}"));
    gateway.expect_talk("KONG_STATUS_LISTEN asks for HTTP/2, which is not spoken there");
    assert_eq!(get(plain, "/services/demo").status(), 200);
    let trusted = tls::get(secured, authority.client(&[], None), "/services/demo").unwrap();
    assert_eq!(trusted.answer.status(), 200);
    assert!(trusted.certificate == der(&own));
    // The other one has a certificate that was made for it, and nobody trusts that.
    assert!(tls::get(status, authority.client(&[], None), "/status").is_err());
    let offering = trusting(&["h2", "http/1.1"]);
    let made = tls::get(status, offering, "/status/ready").unwrap();
    assert_eq!(made.answer.status(), 200);
    assert!(made.certificate != trusted.certificate);
    // What is not TLS gets no answer, and hurts nobody.
    let mut lost = crate::harness::Client::connect(secured);
    lost.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(lost.try_answer().is_err());
    assert!(tls::get(secured, trusting(&[]), "/").is_ok());
}

#[test]
fn certificates_that_cannot_be_used_are_found_before() {
    let own = Authority::new().sign();
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let start = listening(&format!("{address} ssl"), "off")
        .file("cert.pem", &own.certificate)
        .file("key.pem", "nothing")
        .variable("KONG_ADMIN_SSL_CERT", "cert.pem")
        .variable("KONG_ADMIN_SSL_CERT_KEY", "key.pem");
    for (command, code) in [("check", 1), ("run", 78)] {
        let ended = start.finish(&[command, "kong.yml"]);
        assert_eq!(ended.code, Some(code), "{}", ended.talk);
        let said = "KONG_ADMIN_SSL_CERT: admin_ssl_cert (key) holds no private key";
        assert!(ended.talk.contains(said), "{}", ended.talk);
    }
}

#[test]
fn an_address_that_is_taken_refuses_the_start() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for variable in ["KONG_ADMIN_LISTEN", "KONG_STATUS_LISTEN"] {
        let start = start(&balanced(&[], "", "")).variable(variable, &address);
        let ended = start.finish(&["run", "kong.yml", "--admin", "off"]);
        assert_eq!(ended.code, Some(78), "{}", ended.talk);
        assert!(ended.talk.contains(variable), "{}", ended.talk);
        assert!(ended.talk.contains(&address), "{}", ended.talk);
    }
}
