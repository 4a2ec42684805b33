//! KrakenD, which Haleway reads: one endpoint with one backend per pool, and `haleway/health`
//! where care is asked for. It knows no retries of statuses.

use std::net::SocketAddrV4;

use serde_json::{Value, json};

use super::{CLIENT_PATH, Care, PROBE_PATH, Setup};

pub(super) fn document(setup: &Setup<'_>, port: u16) -> String {
    let endpoints: Vec<Value> = setup
        .pools
        .iter()
        .enumerate()
        .map(|(number, pool)| endpoint(number, pool, setup.care))
        .collect();
    let document = json!({
        "version": 3,
        "port": port,
        "timeout": "5s",
        "dialer_timeout": "1s",
        "response_header_timeout": "1s",
        "extra_config": {
            "router": {"disable_access_log": true},
            "telemetry/logging": {"level": "ERROR", "prefix": "", "stdout": true},
        },
        "endpoints": endpoints,
    });
    document.to_string()
}

fn endpoint(number: usize, pool: &[SocketAddrV4], care: Care) -> Value {
    let path = match number {
        0 => CLIENT_PATH.to_owned(),
        _ => format!("/behind{number}"),
    };
    let hosts: Vec<String> = pool
        .iter()
        .map(|address| format!("http://{address}"))
        .collect();
    let mut backend = json!({
        "url_pattern": path,
        "encoding": "no-op",
        "host": hosts,
    });
    if care >= Care::Probes {
        backend["extra_config"] = json!({"haleway/health": health(care)});
    }
    json!({"endpoint": path, "output_encoding": "no-op", "backend": [backend]})
}

fn health(care: Care) -> Value {
    let mut health = json!({
        "balance": "round-robin",
        "active": {
            "path": PROBE_PATH,
            "interval": "1s",
            "timeout": "1s",
            "successes": 2,
            "http_failures": 3,
            "tcp_failures": 3,
            "timeouts": 3,
        },
    });
    if care >= Care::Retries {
        health["passive"] = json!({
            "successes": 1,
            "http_failures": 3,
            "tcp_failures": 3,
            "timeouts": 3,
        });
        health["retries"] = json!(2);
    }
    health
}
