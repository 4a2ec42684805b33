//! What an upstream gets to see.

use super::{ask, httpbin, plain, serve, start};
use crate::harness::{Message, Upstream};

fn seen(service: &str, route: &str, target: &str, headers: &[&str]) -> Message {
    let upstream = httpbin();
    let gateway = serve(&plain(&upstream, service, route));
    assert_eq!(ask(gateway.address(), "GET", target, headers).status(), 200);
    upstream.request()
}

#[test]
fn paths_are_joined_by_the_table() {
    // Service path, strip_path, path of the request, path that the upstream gets.
    let table = [
        ("/", true, "/test", "/"),
        ("/", true, "/test/", "/"),
        ("/base/", true, "/test", "/base"),
        ("/base/", true, "/test/", "/base/"),
        ("/base/", true, "/test/x", "/base/x"),
        ("/base/", true, "/testx", "/base/x"),
        ("/base/", false, "/test/x", "/base/test/x"),
        ("/base", true, "/test", "/base"),
        ("/base", true, "/test/", "/base/"),
        ("/base", true, "/test/x", "/base/x"),
        ("/base", true, "/testx", "/base/x"),
        ("/base", false, "/test/x", "/base/test/x"),
    ];
    for (base, strip, asked, sent) in table {
        let service = format!("path: {base}");
        let route = format!("strip_path: {strip}");
        let upstream = httpbin();
        let config = plain(&upstream, &service, &route).replace(
            &format!("url: {}", upstream.host()),
            &format!(
                "host: {}\n  port: {}",
                upstream.address().ip(),
                upstream.address().port()
            ),
        );
        let gateway = serve(&config);
        assert_eq!(ask(gateway.address(), "GET", asked, &[]).status(), 200);
        let got = upstream.request();
        assert_eq!(got.asked(), format!("GET {sent}"), "{base} {strip} {asked}");
    }
}

#[test]
fn a_query_passes_to_the_letter() {
    let got = seen("", "", "/test/x?b=2&a=%20x&a=1&c", &[]);
    assert_eq!(got.asked(), "GET /x?b=2&a=%20x&a=1&c");
    let got = seen("", "", "/test/x?", &[]);
    assert_eq!(got.asked(), "GET /x?");
}

#[test]
fn a_chain_of_proxies_is_told() {
    let headers = [
        "Host: Example.com:1234",
        "X-Forwarded-For: 9.9.9.9",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: liar",
        "Connection: X-Secret",
        "X-Secret: 1",
        "TE: gzip, trailers",
        "X-Own: kept",
    ];
    let got = seen("", "", "/test/x", &headers);
    assert_eq!(got.header("X-Real-IP"), Some("127.0.0.1"));
    assert_eq!(got.header("X-Forwarded-For"), Some("9.9.9.9, 127.0.0.1"));
    assert_eq!(got.header("X-Forwarded-Proto"), Some("http"));
    assert_eq!(got.header("X-Forwarded-Host"), Some("Example.com"));
    assert_eq!(got.header("X-Forwarded-Port"), Some("1234"));
    assert_eq!(got.header("X-Forwarded-Path"), Some("/test/x"));
    assert_eq!(got.header("X-Forwarded-Prefix"), Some("/test"));
    assert_eq!(got.header("X-Secret"), None);
    assert_eq!(got.header("TE"), Some("trailers"));
    assert_eq!(got.header("X-Own"), Some("kept"));
    assert_eq!(got.header("Connection"), Some("keep-alive"));
}

#[test]
fn a_trusted_peer_is_believed() {
    let upstream = httpbin();
    let gateway = start(&plain(&upstream, "", "strip_path: false"))
        .variable("KONG_TRUSTED_IPS", "127.0.0.0/8")
        .go();
    let headers = [
        "X-Real-IP: 1.2.3.4",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: outside.example",
        "X-Forwarded-Port: 443",
        "X-Forwarded-Prefix: /outside",
    ];
    assert_eq!(
        ask(gateway.address(), "GET", "/test", &headers).status(),
        200
    );
    let got = upstream.request();
    assert_eq!(got.header("X-Real-IP"), Some("1.2.3.4"));
    assert_eq!(got.header("X-Forwarded-Proto"), Some("https"));
    assert_eq!(got.header("X-Forwarded-Host"), Some("outside.example"));
    assert_eq!(got.header("X-Forwarded-Port"), Some("443"));
    assert_eq!(got.header("X-Forwarded-Prefix"), Some("/outside"));
}

#[test]
fn the_host_is_the_target_s_unless_it_is_preserved() {
    let host = "Host: example.com";
    let got = seen("", "", "/test", &[host]);
    assert!(got.header("Host").unwrap().starts_with("127.0.0.1:"));
    let got = seen("", "preserve_host: true", "/test", &[host]);
    assert_eq!(got.header("Host"), Some("example.com"));
}

#[test]
fn names_keep_their_spelling_and_reasons_pass() {
    let upstream = Upstream::answering(
        "HTTP/1.1 200 Fine indeed\r\nx-ODD: 1\r\nContent-Length: 2\r\nX-Two: a\r\nX-Two: b\r\n\r\nok",
    );
    let gateway = serve(&plain(&upstream, "", ""));
    let answer = ask(gateway.address(), "GET", "/test", &["x-MiXed: 1"]);
    assert_eq!(answer.start, "HTTP/1.1 200 Fine indeed");
    assert!(answer.headers.iter().any(|(name, _)| name == "x-ODD"));
    assert_eq!(answer.values("X-Two"), ["a", "b"]);
    assert_eq!(answer.header("Server"), Some("kong/3.4.2"));
    let got = upstream.request();
    assert!(got.headers.iter().any(|(name, _)| name == "x-MiXed"));
}

/// The names of headers as they came, those of them that are asked for.
fn spelled<'a>(message: &'a Message, names: &[&str]) -> Vec<&'a str> {
    let found = names.iter().map(|name| {
        let mut headers = message.headers.iter().map(|(name, _)| name.as_str());
        let found = headers.find(|it| it.eq_ignore_ascii_case(name));
        found.unwrap_or_else(|| panic!("no {name} in {message:?}"))
    });
    found.collect()
}

#[test]
fn names_of_our_own_are_spelled_as_kong_spells_them() {
    let plugins = r#"
plugins:
- name: key-auth
- name: rate-limiting
  config: {minute: 100}
- name: correlation-id
  config: {header_name: x-TRACE, echo_downstream: true}
- name: request-transformer
  config: {add: {headers: ["X-Tenant-ID:t", "x-usual-one:u"]}}
consumers:
- username: alice
  custom_id: a1
  keyauth_credentials: [{key: k}]
"#;
    let upstream = httpbin();
    let gateway = serve(&(plain(&upstream, "", "") + plugins));
    let answer = ask(gateway.address(), "GET", "/test", &["apikey: k"]);
    assert_eq!(answer.status(), 200, "{answer:?}");
    let told = [
        "X-RateLimit-Limit-Minute",
        "X-RateLimit-Remaining-Minute",
        "RateLimit-Limit",
        "RateLimit-Remaining",
        "RateLimit-Reset",
        "X-Kong-Upstream-Latency",
        "x-TRACE",
    ];
    assert_eq!(spelled(&answer, &told), told);
    let told = [
        "X-Real-IP",
        "X-Consumer-ID",
        "X-Consumer-Custom-ID",
        "X-Consumer-Username",
        "X-Credential-Identifier",
        "X-Forwarded-For",
        "X-Tenant-ID",
        "x-usual-one",
        "x-TRACE",
        "apikey",
    ];
    assert_eq!(spelled(&upstream.request(), &told), told);
    let refused = ask(gateway.address(), "GET", "/test", &[]);
    assert_eq!(refused.status(), 401);
    assert_eq!(
        spelled(&refused, &["WWW-Authenticate"]),
        ["WWW-Authenticate"]
    );
}
