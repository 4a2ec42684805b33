//! Stories of Kong's configurations.

mod admin;
mod answers;
mod declared;
mod encrypted;
mod forwarding;
mod health;
mod logging;
mod naming;
mod outages;
mod refusals;
mod routing;
mod streams;
mod tutorial;

use std::net::SocketAddr;

use crate::harness::{Client, Gateway, Message, Start, Upstream, free_port};

/// With this declarative configuration, its proxy on a port that the system chooses, and without
/// Kong's own admin sides.
pub(crate) fn start(config: &str) -> Start {
    Start::with_named("kong.yml", config)
        .own_port()
        .variable("KONG_PROXY_LISTEN", "127.0.0.1:0")
        .variable("KONG_ADMIN_LISTEN", "off")
        .variable("KONG_STATUS_LISTEN", "off")
}

pub(crate) fn serve(config: &str) -> Gateway {
    start(config).go()
}

/// The same with Kong's Admin API, and where that is.
pub(crate) fn serve_with_admin(config: &str) -> (Gateway, SocketAddr) {
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let start = start(config).variable("KONG_ADMIN_LISTEN", &address.to_string());
    (start.go(), address)
}

/// One service without an upstream entity, under `/test`, with more lines for it.
pub(crate) fn plain(upstream: &Upstream, service: &str, route: &str) -> String {
    format!(
        r#"
_format_version: "3.0"
services:
- name: demo
  url: {host}
{service}
  routes:
  - name: test
    paths: [/test]
{route}
"#,
        host = upstream.host(),
        service = indented(service, 2),
        route = indented(route, 4),
    )
}

/// `/test`, stripped, to an upstream with these targets and these lines of the upstream entity.
pub(crate) fn balanced(targets: &[SocketAddr], upstream: &str, service: &str) -> String {
    let list: String = targets
        .iter()
        .map(|target| format!("  - target: {target}\n"))
        .collect();
    format!(
        r#"
_format_version: "3.0"
upstreams:
- name: httpbin
{upstream}
  targets:
{list}
services:
- name: demo
  host: httpbin
{service}
  routes:
  - name: test
    paths: [/test]
"#,
        upstream = indented(upstream, 2),
        service = indented(service, 2),
    )
}

fn indented(text: &str, by: usize) -> String {
    let pad = " ".repeat(by);
    let lines = text.trim_matches('\n').lines();
    lines.map(|line| format!("{pad}{line}\n")).collect()
}

/// A request with these header lines.
pub(crate) fn ask(to: SocketAddr, method: &str, target: &str, headers: &[&str]) -> Message {
    ask_with_body(to, method, target, headers, "")
}

/// The same with a body.
pub(crate) fn ask_with_body(
    to: SocketAddr,
    method: &str,
    target: &str,
    headers: &[&str],
    body: &str,
) -> Message {
    let mut text = format!("{method} {target} HTTP/1.1\r\n");
    if !headers
        .iter()
        .any(|it| it.to_lowercase().starts_with("host:"))
    {
        text.push_str("Host: gateway\r\n");
    }
    for header in headers {
        text.push_str(&format!("{header}\r\n"));
    }
    if !body.is_empty() {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    let mut client = Client::connect(to);
    client.send(text);
    client.answer()
}

/// An answer of httpbin as the tutorial prints them.
pub(crate) fn gunicorn(status: u16) -> Vec<u8> {
    let reason = match status {
        200 => "OK",
        500 => "INTERNAL SERVER ERROR",
        _ => "WHATEVER",
    };
    format!(
        "HTTP/1.1 {status} {reason}\r\nServer: gunicorn/19.9.0\r\n\
         Content-Type: text/html; charset=utf-8\r\nContent-Length: 0\r\n\
         Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\n\
         Connection: keep-alive\r\n\r\n"
    )
    .into_bytes()
}

/// httpbin's `/status/N`: answers with that status.
pub(crate) fn httpbin() -> Upstream {
    Upstream::by(|request| {
        let target = request.asked().split(' ').nth(1).unwrap_or_default();
        let status = target.strip_prefix("/status/");
        gunicorn(status.and_then(|it| it.parse().ok()).unwrap_or(200))
    })
}
