//! Envoy: active checks, and outlier detection for passive ones. Where its defaults would keep it
//! from ejecting one of three endpoints, or from trying another endpoint than the one that just
//! failed, it is told to.

use std::net::SocketAddrV4;

use serde_json::{Value, json};

use super::{Care, Extra, PROBE_PATH, Setup};

const TYPES: &str = "type.googleapis.com/envoy.extensions";

pub(super) fn document(setup: &Setup<'_>, port: u16) -> String {
    let router = json!({
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": format!("{TYPES}.filters.http.router.v3.Router")},
    });
    let manager = json!({
        "@type": format!(
            "{TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager"
        ),
        "stat_prefix": "before",
        "route_config": {"virtual_hosts": [{
            "name": "all",
            "domains": ["*"],
            "routes": [{"match": {"prefix": "/"}, "route": route(setup.care)}],
        }]},
        "http_filters": [router],
    });
    let listener = json!({
        "name": "before",
        "address": address(SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, port)),
        "filter_chains": [{"filters": [{
            "name": "envoy.filters.network.http_connection_manager",
            "typed_config": manager,
        }]}],
    });
    let clusters: Vec<Value> = setup
        .pools
        .iter()
        .enumerate()
        .map(|(number, pool)| cluster(number, pool, setup))
        .collect();
    json!({"static_resources": {"listeners": [listener], "clusters": clusters}}).to_string()
}

fn address(address: SocketAddrV4) -> Value {
    json!({"socket_address": {"address": address.ip(), "port_value": address.port()}})
}

fn route(care: Care) -> Value {
    if care < Care::Retries {
        return json!({"cluster": "behind0"});
    }
    let statuses = if care >= Care::Statuses { ",5xx" } else { "" };
    let another = format!("{TYPES}.retry.host.previous_hosts.v3.PreviousHostsPredicate");
    json!({
        "cluster": "behind0",
        "timeout": "5s",
        "retry_policy": {
            "retry_on": format!("connect-failure,refused-stream,reset{statuses}"),
            "num_retries": 2,
            "per_try_timeout": "1s",
            "retry_host_predicate": [{
                "name": "envoy.retry_host_predicates.previous_hosts",
                "typed_config": {"@type": another},
            }],
            "host_selection_retry_max_attempts": 3,
        },
    })
}

fn cluster(number: usize, pool: &[SocketAddrV4], setup: &Setup<'_>) -> Value {
    let name = format!("behind{number}");
    let endpoints: Vec<Value> = pool
        .iter()
        .map(|one| json!({"endpoint": {"address": address(*one)}}))
        .collect();
    let mut cluster = json!({
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": endpoints}],
        },
    });
    if setup.care >= Care::Probes {
        cluster["health_checks"] = json!([{
            "timeout": "1s",
            "interval": "1s",
            "no_traffic_interval": "1s",
            "unhealthy_threshold": 3,
            "healthy_threshold": 2,
            "reuse_connection": setup.extra != Extra::FreshProbes,
            "http_health_check": {"path": PROBE_PATH},
        }]);
    }
    if setup.care >= Care::Retries {
        cluster["outlier_detection"] = json!({
            "consecutive_5xx": 3,
            "interval": "1s",
            "max_ejection_percent": 100,
        });
        cluster["circuit_breakers"] = json!({"thresholds": [{"max_retries": 100}]});
    }
    cluster
}
