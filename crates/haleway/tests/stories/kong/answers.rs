//! Answers that no endpoint gave, and what is added to those that one gave.

use super::{ask, balanced, httpbin, plain, serve, start};
use crate::harness::{Upstream, free_port};

#[test]
fn no_route_is_404_with_its_52_bytes() {
    let upstream = httpbin();
    let gateway = serve(&plain(&upstream, "", ""));
    let answer = ask(gateway.address(), "GET", "/nowhere", &[]);
    assert_eq!(answer.start, "HTTP/1.1 404 Not Found");
    assert_eq!(answer.header("Content-Length"), Some("52"));
    assert_eq!(
        answer.text(),
        "{\n  \"message\":\"no Route matched with those values\"\n}"
    );
    assert_eq!(answer.header("Server"), Some("kong/3.4.2"));
    assert!(answer.header("X-Kong-Response-Latency").is_some());
    assert_eq!(answer.header("Via"), None);
    assert_eq!(answer.header("X-Kong-Request-Id"), None);
}

#[test]
fn newer_levels_tell_the_request_s_id() {
    let upstream = httpbin();
    let config = plain(&upstream, "", "");
    let gateway = start(&config)
        .argument("--compat")
        .argument("kong=3.9.3")
        .go();
    let answer = ask(gateway.address(), "GET", "/nowhere", &[]);
    assert_eq!(
        answer.header("Content-Length"),
        Some("103"),
        "{}",
        answer.text()
    );
    let id = answer.header("X-Kong-Request-Id").unwrap();
    assert_eq!(id.len(), 32);
    assert!(
        id.bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    );
    assert_eq!(answer.json()["request_id"], id);
    assert_eq!(answer.header("Server"), Some("kong/3.9.3"));
    let proxied = ask(gateway.address(), "GET", "/test", &[]);
    assert_eq!(proxied.header("Via"), Some("1.1 kong/3.9.3"));
    let id = proxied.header("X-Kong-Request-Id").unwrap();
    let seen = upstream.request();
    assert_eq!(seen.header("X-Kong-Request-Id"), Some(id));
    assert_eq!(seen.header("Via"), Some("1.1 kong/3.9.3"));
}

#[test]
fn messages_come_in_the_form_that_the_client_prefers() {
    let gateway = serve(&plain(&httpbin(), "", ""));
    let message = |accept: &str| {
        let answer = ask(gateway.address(), "GET", "/nowhere", &[accept]);
        let content_type = answer.header("Content-Type").unwrap().to_owned();
        (content_type, answer.text().to_owned())
    };
    let (content_type, text) = message("Accept: text/html");
    assert_eq!(content_type, "text/html; charset=utf-8");
    assert!(
        text.contains("<p>no Route matched with those values.</p>"),
        "{text}"
    );
    let (content_type, text) = message("Accept: application/xml");
    assert_eq!(content_type, "application/xml; charset=utf-8");
    assert!(
        text.contains("<message>no Route matched with those values</message>"),
        "{text}"
    );
    let (content_type, text) = message("Accept: text/plain");
    assert_eq!(content_type, "text/plain; charset=utf-8");
    assert_eq!(text, "no Route matched with those values\n");
    let (content_type, _) = message("Accept: text/html;q=0.3, */*;q=0.8");
    assert_eq!(content_type, "application/json; charset=utf-8");
}

#[test]
fn a_route_without_a_service_has_nobody_to_ask() {
    let config = r#"{"_format_version": "3.0", "routes": [{"name": "lonely", "paths": ["/"]}]}"#;
    let gateway = start(config).go();
    let answer = ask(gateway.address(), "GET", "/", &[]);
    assert_eq!(answer.status(), 503);
    assert_eq!(
        answer.json()["message"],
        "no Service found with those values"
    );
}

#[test]
fn upstreams_that_cannot_be_asked() {
    let dead = std::net::SocketAddr::from(([127, 0, 0, 1], free_port()));
    let config = balanced(&[dead], "", "retries: 1");
    let gateway = serve(&config);
    let json = ["Accept: application/json"];
    let answer = ask(gateway.address(), "GET", "/test", &json);
    assert_eq!(answer.status(), 502);
    assert_eq!(
        answer.json()["message"],
        "An invalid response was received from the upstream server"
    );
    assert!(answer.header("X-Kong-Upstream-Latency").is_some());
    assert_eq!(answer.header("Via"), Some("kong/3.4.2"));
    let silent = Upstream::with(|peer| {
        peer.request();
        peer.hang();
    });
    let service = "read_timeout: 200\nretries: 0";
    let gateway = serve(&plain(&silent, service, ""));
    let answer = ask(gateway.address(), "GET", "/test", &json);
    assert_eq!(answer.start, "HTTP/1.1 504 Gateway Time-out");
    assert_eq!(
        answer.json()["message"],
        "The upstream server is timing out"
    );
    let gateway = serve(&balanced(&[], "", ""));
    let answer = ask(gateway.address(), "GET", "/test", &[]);
    assert_eq!(answer.status(), 503);
    assert_eq!(
        answer.json()["message"],
        "failure to get a peer from the ring-balancer"
    );
    let nobody = r#"
_format_version: "3.0"
services:
- name: demo
  host: nobody.invalid
  routes: [{name: test, paths: [/test]}]
"#;
    let gateway = serve(nobody);
    let answer = ask(gateway.address(), "GET", "/test", &[]);
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.json()["message"], "name resolution failed");
}

#[test]
fn what_needs_tls_says_so() {
    let upstream = httpbin();
    let gateway = serve(&plain(&upstream, "", "protocols: [https]"));
    let answer = ask(gateway.address(), "GET", "/test", &[]);
    assert_eq!(answer.status(), 426);
    assert_eq!(answer.json()["message"], "Please use HTTPS protocol");
    assert_eq!(answer.header("Connection"), Some("Upgrade"));
    assert_eq!(answer.header("Upgrade"), Some("TLS/1.2, HTTP/1.1"));
    let route = "protocols: [https]\nhttps_redirect_status_code: 301";
    let gateway = serve(&plain(&upstream, "", route));
    let answer = ask(
        gateway.address(),
        "GET",
        "/test?a=1",
        &["Host: example.com:8000"],
    );
    assert_eq!(answer.status(), 301);
    assert_eq!(
        answer.header("Location"),
        Some("https://example.com/test?a=1")
    );
}

#[test]
fn each_header_with_a_time_can_be_asked_for_alone() {
    const TIMES: [&str; 3] = [
        "X-Kong-Upstream-Latency",
        "X-Kong-Proxy-Latency",
        "X-Kong-Response-Latency",
    ];
    let upstream = httpbin();
    let config = plain(&upstream, "", "");
    for (asked, times) in [
        ("latency_tokens", &TIMES[..]),
        ("X-Kong-Upstream-Latency", &TIMES[..1]),
        ("x-kong-proxy-latency", &TIMES[1..2]),
        ("X-Kong-Response-Latency, X-Kong-Proxy-Latency", &TIMES[1..]),
        ("X-Kong-Admin-Latency", &[]),
        ("off, latency_tokens", &[]),
    ] {
        let gateway = start(&config).variable("KONG_HEADERS", asked).go();
        let (proxied, own) = TIMES.split_at(2);
        for (target, names) in [("/test", proxied), ("/nowhere", own)] {
            let answer = ask(gateway.address(), "GET", target, &[]);
            for name in TIMES {
                let expected = names.contains(&name) && times.contains(&name);
                let told = answer.header(name).is_some();
                assert_eq!(told, expected, "{asked}: {name} of {target}");
            }
            assert_eq!(answer.header("Via"), None, "{asked}");
        }
    }
}

#[test]
fn headers_of_our_own_can_be_taken_away() {
    let upstream = httpbin();
    let gateway = start(&plain(&upstream, "", ""))
        .variable("KONG_HEADERS", "off")
        .go();
    let answer = ask(gateway.address(), "GET", "/test", &[]);
    assert_eq!(answer.header("Via"), None);
    assert_eq!(answer.header("X-Kong-Upstream-Latency"), None);
    let answer = ask(gateway.address(), "GET", "/nowhere", &[]);
    assert_eq!(answer.header("Server"), None);
    assert_eq!(answer.header("X-Kong-Response-Latency"), None);
}
