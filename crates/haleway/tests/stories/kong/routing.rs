//! Which route a request finds.

use super::{ask, serve, start};
use crate::harness::Upstream;

/// Every route is answered by the same upstream with the path that it was given.
fn gateway(upstream: &Upstream, routes: &str) -> crate::harness::Gateway {
    serve(&config(upstream, routes))
}

fn config(upstream: &Upstream, routes: &str) -> String {
    let address = upstream.address();
    let mut config = String::from("_format_version: '3.0'\nservices:\n");
    for (index, route) in routes.trim().lines().enumerate() {
        config.push_str(&format!(
            "- name: s{index}\n  host: {}\n  port: {}\n  path: /r{index}\n  routes:\n  - {}\n",
            address.ip(),
            address.port(),
            route.trim()
        ));
    }
    config
}

fn echo() -> Upstream {
    Upstream::by(|request| {
        let path = request.asked().split(' ').nth(1).unwrap_or_default();
        crate::harness::upstream::answer(200, "text/plain", path)
    })
}

fn found(
    gateway: &crate::harness::Gateway,
    method: &str,
    target: &str,
    headers: &[&str],
) -> String {
    let answer = ask(gateway.address(), method, target, headers);
    match answer.status() {
        200 => {
            let mut parts = answer.text().split(['/', '?']);
            parts.nth(1).unwrap_or_default().to_owned()
        }
        status => status.to_string(),
    }
}

#[test]
fn the_more_a_route_says_the_earlier_it_is_asked() {
    let upstream = echo();
    let gateway = gateway(
        &upstream,
        r#"
        {name: root, paths: [/]}
        {name: long, paths: [/a/b]}
        {name: host, hosts: [example.com], paths: [/a]}
        {name: wild, hosts: ["*.example.com"], paths: [/a]}
        {name: method, methods: [POST], paths: [/a]}
        {name: regex, paths: ["~/a/[0-9]+"]}
        {name: header, headers: {x-version: [v2, V3]}, paths: [/a]}
        "#,
    );
    let table: [(&str, &str, &[&str], &str); 11] = [
        ("GET", "/", &[], "r0"),
        ("GET", "/a/b/c", &[], "r1"),
        ("GET", "/a/x", &[], "r0"),
        ("GET", "/a/b", &["Host: EXAMPLE.com:80"], "r2"),
        ("GET", "/a/b", &["Host: www.example.com"], "r3"),
        ("POST", "/a/b", &[], "r4"),
        ("GET", "/a/17/x", &[], "r5"),
        ("GET", "/a/x", &["X-Version: v3"], "r6"),
        ("GET", "/a/x", &["X-Version: v4"], "r0"),
        ("GET", "/%61/b", &[], "r1"),
        ("GET", "/x/../a//b", &[], "r1"),
    ];
    for (method, target, headers, expected) in table {
        let got = found(&gateway, method, target, headers);
        assert_eq!(got, expected, "{method} {target} {headers:?}");
    }
}

#[test]
fn expressions_find_routes_by_their_own_priority() {
    let upstream = echo();
    let config = config(
        &upstream,
        r#"
        {name: low, expression: 'http.path ^= "/"', priority: 1}
        {name: high, expression: 'http.path ^= "/a" && http.method == "GET"', priority: 10}
        {name: query, expression: 'http.queries.x == "1"', priority: 20}
        "#,
    );
    let gateway = start(&config)
        .variable("KONG_ROUTER_FLAVOR", "expressions")
        .go();
    assert_eq!(found(&gateway, "GET", "/a/b", &[]), "r1");
    assert_eq!(found(&gateway, "POST", "/a/b", &[]), "r0");
    assert_eq!(found(&gateway, "GET", "/?x=1", &[]), "r2");
}

#[test]
fn old_formats_find_regular_expressions_by_themselves() {
    let upstream = echo();
    let config = config(
        &upstream,
        "{name: old, paths: ['/a/\\d+$']}\n{name: root, paths: [/]}",
    )
    .replace("'3.0'", "'2.1'");
    let gateway = serve(&config);
    assert_eq!(found(&gateway, "GET", "/a/12", &[]), "r0");
    assert_eq!(found(&gateway, "GET", "/a/x", &[]), "r1");
}
