//! Kong, which Haleway reads: one service, route and upstream per pool.

use std::net::SocketAddrV4;

use serde_json::{Value, json};

use super::{API_KEY, Care, Extra, PROBE_PATH, Setup};

pub(super) fn document(setup: &Setup<'_>) -> String {
    let numbered = || setup.pools.iter().enumerate();
    let services: Vec<Value> = numbered().map(|(number, _)| service(number)).collect();
    let upstreams: Vec<Value> = numbered()
        .map(|(number, pool)| upstream(number, pool, setup.care))
        .collect();
    let mut document = json!({
        "_format_version": "3.0",
        "services": services,
        "upstreams": upstreams,
    });
    if setup.extra == Extra::Plugins {
        document["services"][0]["plugins"] = plugins();
        document["consumers"] = json!([{
            "username": "bench",
            "keyauth_credentials": [{"key": API_KEY}],
        }]);
    }
    document.to_string()
}

/// The environment that goes with the document.
pub(super) fn environment(port: u16, care: Care) -> Vec<(&'static str, String)> {
    let mut environment = vec![
        ("KONG_PROXY_LISTEN", format!("127.0.0.1:{port}")),
        ("KONG_ADMIN_LISTEN", "off".to_owned()),
        ("KONG_STATUS_LISTEN", "off".to_owned()),
        ("KONG_PROXY_ACCESS_LOG", "off".to_owned()),
        ("KONG_NGINX_WORKER_PROCESSES", "1".to_owned()),
    ];
    if care >= Care::Statuses {
        let also = "error timeout http_500".to_owned();
        environment.push(("KONG_NGINX_PROXY_PROXY_NEXT_UPSTREAM", also));
    }
    environment
}

/// All paths lead to the first service; each other one has a path of its own.
fn service(number: usize) -> Value {
    let name = format!("behind{number}");
    let path = match number {
        0 => "/".to_owned(),
        _ => format!("/{name}"),
    };
    json!({
        "name": name,
        "host": name,
        "connect_timeout": 1000,
        "read_timeout": 1000,
        "write_timeout": 1000,
        "retries": 2,
        "routes": [{"name": name, "paths": [path], "strip_path": false}],
    })
}

fn upstream(number: usize, pool: &[SocketAddrV4], care: Care) -> Value {
    let targets: Vec<Value> = pool
        .iter()
        .map(|address| json!({"target": address.to_string()}))
        .collect();
    let limits = |more: Value| {
        let mut limits = json!({"http_failures": 3, "tcp_failures": 3, "timeouts": 3});
        if let (Some(limits), Value::Object(more)) = (limits.as_object_mut(), more) {
            limits.extend(more);
        }
        limits
    };
    let mut checks = json!({});
    if care >= Care::Probes {
        checks["active"] = json!({
            "type": "http",
            "http_path": PROBE_PATH,
            "timeout": 1,
            "healthy": {"interval": 1, "successes": 2},
            "unhealthy": limits(json!({"interval": 1})),
        });
    }
    if care >= Care::Retries {
        checks["passive"] = json!({
            "healthy": {"successes": 1},
            "unhealthy": limits(json!({})),
        });
    }
    json!({"name": format!("behind{number}"), "targets": targets, "healthchecks": checks})
}

/// Limits that the benchmark never reaches: what is measured is the counting.
fn plugins() -> Value {
    json!([
        {"name": "key-auth"},
        {"name": "rate-limiting", "config": {
            "second": 10_000_000,
            "hour": 1_000_000_000,
            "policy": "local",
        }},
    ])
}
