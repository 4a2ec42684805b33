//! Health, debug and echo endpoints, routing, cross-origin sharing, bots, client addresses,
//! discovery: the details that users rely on.

use serde_json::{Value, json};

use crate::harness::config::{backend, merging, no_op, service, with};
use crate::harness::dns::NameServer;
use crate::harness::{Client, Gateway, Message, Start, Upstream, get, post, until};

fn ask(gateway: &Gateway, method: &str, target: &str, headers: &str) -> Message {
    let mut client = Client::connect(gateway.address());
    client.send(format!(
        "{method} {target} HTTP/1.1\r\nHost: gateway\r\n{headers}\r\n"
    ));
    client.answer()
}

/// Version 3 with these settings of the service.
fn configured(extra: Value) -> Gateway {
    Gateway::start(&json!({"version": 3, "extra_config": extra}).to_string())
}

#[test]
fn the_health_endpoint_takes_get_only_and_redirects_near_misses() {
    let gateway = Gateway::start("{\"version\": 3}");
    let head = Client::connect(gateway.address()).ask("HEAD", "/__health");
    assert_eq!((head.status(), head.header("allow")), (405, Some("GET")));
    let posted = post(gateway.address(), "/__health", "");
    assert_eq!(
        (posted.status(), posted.text()),
        (405, "405 method not allowed")
    );
    assert_eq!(posted.header("allow"), Some("GET"));
    assert_eq!(posted.header("content-type"), Some("text/plain"));
    assert_eq!(posted.header("x-krakend"), Some("Version 2.13.8"));
    assert_eq!(posted.header("x-krakend-completed"), Some("false"));
    for near in ["/__health/", "/__HEALTH", "/x/../__health", "//__health"] {
        let answer = get(gateway.address(), near);
        assert_eq!(
            (answer.status(), answer.header("location")),
            (301, Some("/__health")),
            "{near}"
        );
    }
    let missing = get(gateway.address(), "/nowhere");
    assert_eq!(
        (missing.status(), missing.text()),
        (404, "404 page not found")
    );
    assert_eq!(missing.header("x-krakend-completed"), Some("false"));
    let unredirected = configured(json!({"router": {
        "disable_redirect_trailing_slash": true,
        "disable_redirect_fixed_path": true,
        "disable_handle_method_not_allowed": true,
        "error_body": {"404": {"msg": "none"}},
    }}));
    for (method, target) in [
        ("GET", "/__health/"),
        ("GET", "/__HEALTH"),
        ("POST", "/__health"),
    ] {
        let answer = ask(&unredirected, method, target, "");
        assert_eq!(
            (answer.status(), answer.text()),
            (404, r#"{"msg":"none"}"#),
            "{method} {target}"
        );
    }
}

#[test]
fn the_access_log_can_be_off() {
    let gateway = configured(json!({"router": {"disable_access_log": true}}));
    assert_eq!(get(gateway.address(), "/__health").status(), 200);
    let mut gateway = gateway;
    gateway.signal("TERM");
    assert_eq!(gateway.exit_code(), Some(0));
    assert!(
        !gateway.log().iter().any(|line| line.contains("GIN")),
        "{:?}",
        gateway.log()
    );
}

#[test]
fn debug_and_echo_endpoints_are_there_where_asked_for() {
    let gateway = Gateway::start("{\"version\": 3}");
    assert_eq!(get(gateway.address(), "/__debug/x").status(), 404);
    let gateway = Start::with("{\"version\": 3, \"echo_endpoint\": true}")
        .argument("-d")
        .go();
    for method in ["GET", "POST", "DELETE"] {
        let answer = ask(&gateway, method, "/__debug/a/b", "");
        assert_eq!(
            (answer.status(), answer.text()),
            (200, r#"{"message":"pong"}"#)
        );
    }
    let echo = ask(&gateway, "GET", "/__echo/a?x=1", "X-Own: 2\r\n").json();
    assert_eq!(echo["req_uri"], "/__echo/a?x=1");
    assert_eq!(echo["req_headers"]["X-Own"], json!(["2"]));
    assert_eq!(
        post(gateway.address(), "/__echo/", "hello").json()["req_body"],
        "hello"
    );
}

#[test]
fn options_are_answered_where_asked_for() {
    let upstream = Upstream::json("{}");
    let endpoints = [no_op("GET", &upstream), no_op("POST", &upstream)];
    let config: Value = serde_json::from_str(&service(&endpoints)).unwrap();
    let auto = json!({"extra_config": {"router": {"auto_options": true}}});
    let gateway = Gateway::start(&with(config, auto).to_string());
    let answer = ask(&gateway, "OPTIONS", "/x", "");
    assert_eq!((answer.status(), answer.text()), (200, ""));
    assert_eq!(answer.header("allow"), Some("GET, POST"));
    assert_eq!(answer.header("x-krakend"), Some("Version 2.13.8"));
}

const CORS: &str = r#"{"allow_origins": ["https://app.example"], "allow_methods": ["GET", "POST"],
                       "allow_headers": ["X-Own"], "max_age": "1h", "allow_credentials": true}"#;

#[test]
fn other_origins_are_told_what_they_may() {
    let cors: Value = serde_json::from_str(CORS).unwrap();
    for config in [
        json!({"version": 3, "extra_config": {"security/cors": cors}}),
        json!({"version": 2, "extra_config": {"github_com/devopsfaith/krakend-cors": cors}}),
    ] {
        let gateway = Gateway::start(&config.to_string());
        let asking = "Origin: https://app.example\r\nAccess-Control-Request-Method: POST\r\n\
                      Access-Control-Request-Headers: x-own\r\n";
        let preflight = ask(&gateway, "OPTIONS", "/__health", asking);
        assert!(matches!(preflight.status(), 200 | 204), "{preflight:?}");
        let header = |name: &str| preflight.header(name);
        assert_eq!(
            header("access-control-allow-origin"),
            Some("https://app.example")
        );
        assert_eq!(header("access-control-allow-methods"), Some("POST"));
        assert_eq!(header("access-control-max-age"), Some("3600"));
        assert_eq!(header("access-control-allow-credentials"), Some("true"));
        let plain = ask(
            &gateway,
            "GET",
            "/__health",
            "Origin: https://app.example\r\n",
        );
        assert_eq!(plain.status(), 200);
        assert_eq!(
            plain.header("access-control-allow-origin"),
            Some("https://app.example")
        );
        let stranger = ask(
            &gateway,
            "GET",
            "/__health",
            "Origin: https://evil.example\r\n",
        );
        assert_eq!(stranger.header("access-control-allow-origin"), None);
    }
}

#[test]
fn bots_are_refused_except_at_the_health_endpoint_of_version_3() {
    let upstream = Upstream::json("{}");
    let rules = json!({"deny": ["evil"], "patterns": ["(Pingdom.com_bot_version_)(\\d+)"], "allow": ["good evil"]});
    let config: Value = serde_json::from_str(&service(&[no_op("GET", &upstream)])).unwrap();
    let guarded = json!({"extra_config": {"security/bot-detector": rules}});
    let gateway = Gateway::start(&with(config, guarded).to_string());
    for (target, agent, status) in [
        ("/x", "User-Agent: evil\r\n", 403),
        ("/x", "User-Agent: Pingdom.com_bot_version_1.1\r\n", 403),
        ("/x", "User-Agent: good evil\r\n", 200),
        ("/x", "User-Agent: person\r\n", 200),
        ("/__health", "User-Agent: evil\r\n", 200),
    ] {
        assert_eq!(
            ask(&gateway, "GET", target, agent).status(),
            status,
            "{target} {agent}"
        );
    }
}

#[test]
fn the_clients_address_is_found_as_the_router_is_told() {
    let told = |router: Value, headers: &str| {
        let upstream = Upstream::json("{}");
        let config: Value = serde_json::from_str(&service(&[no_op("GET", &upstream)])).unwrap();
        let config = with(config, json!({"extra_config": {"router": router}}));
        let gateway = Gateway::start(&config.to_string());
        assert_eq!(ask(&gateway, "GET", "/x", headers).status(), 200);
        upstream
            .request()
            .header("x-forwarded-for")
            .unwrap()
            .to_owned()
    };
    let two = "X-Forwarded-For: 10.0.0.1, 10.0.0.2\r\n";
    assert_eq!(
        told(json!({"forwarded_by_client_ip": true}), two),
        "10.0.0.1"
    );
    assert_eq!(
        told(
            json!({"forwarded_by_client_ip": true, "trusted_proxies": ["10.9.0.0/16"]}),
            two
        ),
        "127.0.0.1"
    );
    let behind =
        json!({"forwarded_by_client_ip": true, "trusted_proxies": ["127.0.0.0/8", "10.0.0.2/32"]});
    assert_eq!(told(behind, two), "10.0.0.1");
    let own = json!({"forwarded_by_client_ip": true, "remote_ip_headers": ["X-Client"]});
    assert_eq!(
        told(own, "X-Client: 10.0.0.9\r\nX-Forwarded-For: 10.0.0.1\r\n"),
        "10.0.0.9"
    );
}

#[test]
fn hosts_are_found_by_name_and_follow_the_name_server() {
    let (one, two) = (
        Upstream::json(r#"{"from":"one"}"#),
        Upstream::json(r#"{"from":"two"}"#),
    );
    let (first, second) = (one.address().port(), two.address().port());
    let names = NameServer::with(vec![(1, 1, first), (9, 1, 10)]);
    let found = json!({
        "url_pattern": "/",
        "sd": "dns",
        "sd_scheme": "http",
        "host": ["_api._tcp.shop.example"],
    });
    let config: Value = serde_json::from_str(&service(&[merging("/m", &[found])])).unwrap();
    let config = with(config, json!({"dns_cache_ttl": "1s"})).to_string();
    let gateway = Start::with(&config)
        .variable("HALEWAY_DNS_SERVER", &names.address.to_string())
        .go();
    let from = || {
        let answer = get(gateway.address(), "/m");
        if answer.status() == 200 {
            answer.json()["from"].as_str().unwrap().to_owned()
        } else {
            String::new()
        }
    };
    until("the first one is found", || from() == "one");
    assert_eq!(
        one.request().header("host"),
        Some(format!("localhost:{first}").as_str())
    );
    let asked = names.asked();
    names.change(vec![(1, 1, second)]);
    until("the second one is found", || from() == "two");
    assert!(names.asked() > asked);
    // No answer, or none with records, keeps the last ones.
    names.change(Vec::new());
    let asked = names.asked();
    until("it was asked again", || names.asked() > asked);
    assert_eq!(from(), "two");
}

#[test]
fn many_hosts_have_their_turns() {
    let upstreams = [Upstream::json("{\"n\":1}"), Upstream::json("{\"n\":2}")];
    let many = with(
        backend(&upstreams[0], "/"),
        json!({"host": [upstreams[0].host(), upstreams[1].host()]}),
    );
    let gateway = Gateway::start(&service(&[merging("/m", &[many])]));
    for _ in 0..40 {
        assert_eq!(get(gateway.address(), "/m").status(), 200);
    }
    for upstream in &upstreams {
        assert!(
            upstream.requests().len() >= 5,
            "{}",
            upstream.requests().len()
        );
    }
}

#[test]
fn the_access_log_is_gins() {
    let upstream = Upstream::json("{}");
    let gateway = Gateway::start(&service(&[no_op("GET", &upstream)]));
    assert_eq!(get(gateway.address(), "/x?q=1").status(), 200);
    let line = gateway.expect_log("/x?q=1");
    assert!(line.starts_with("[GIN] 20"), "{line}");
    assert!(line.contains(" | 200 | "), "{line}");
    assert!(
        line.ends_with("|       127.0.0.1 | GET      \"/x?q=1\""),
        "{line}"
    );
}
