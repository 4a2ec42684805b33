//! `prometheus`: metrics of requests (`kong/plugins/prometheus`).

use std::sync::Arc;

use haleway_blueprint::{MetricFamily, PoolId, RequestMetricFamilies, RequestMetrics, Step};

use super::log::{LOGGED, WORKSPACE_NAME};
use super::{Build, Plugin, PluginKind, Scopes, no_names};
use crate::schema::Field;
use crate::version::Version;

/// From this version on routes without a service are counted.
const WITHOUT_SERVICE: Version = Version(3, 6, 0);

/// From this version on metrics have the label `workspace`.
const WORKSPACES: Version = Version(3, 7, 0);

/// From this version on the histogram of Kong's own time has two more buckets.
const SLOWER: Version = Version(3, 9, 0);

const OWN_BUCKETS_MS: [u32; 15] = [1, 2, 5, 7, 10, 15, 20, 30, 50, 75, 100, 200, 500, 750, 1000];

const BUCKETS_MS: [u32; 13] = [
    25, 50, 80, 100, 250, 400, 700, 1000, 2000, 5000, 10_000, 30_000, 60_000,
];

pub(super) static KIND: PluginKind = PluginKind {
    name: "prometheus",
    priority: 13,
    version: "3.9.3",
    protocols: LOGGED,
    scopes: Scopes::ALL,
    fields: FIELDS,
    checks: &[],
    build,
    writes: no_names,
    doc: "counts requests for `/metrics` of the Admin API and of the status listener",
};

static FIELDS: &[Field] = &[
    Field::boolean("per_consumer")
        .default("false")
        .doc("`http_requests_total` and `bandwidth_bytes` name the consumer"),
    Field::boolean("status_code_metrics")
        .default("false")
        .doc("`http_requests_total`"),
    Field::boolean("ai_metrics")
        .default("false")
        .idle("the plugins that it counts for are not built"),
    Field::boolean("latency_metrics")
        .default("false")
        .doc("`kong_latency_ms`, `upstream_latency_ms`, `request_latency_ms`"),
    Field::boolean("bandwidth_metrics")
        .default("false")
        .doc("`bandwidth_bytes`"),
    Field::boolean("upstream_health_metrics")
        .default("false")
        .doc("`upstream_target_health`"),
    Field::boolean("wasm_metrics")
        .default("false")
        .idle("filters in WebAssembly cannot run here"),
];

fn build(plugin: &Plugin<'_>, build: &Build<'_>) -> Vec<Step> {
    let config = plugin.config;
    let version = build.version;
    let shown = config.flag("upstream_health_metrics");
    let upstreams = build.store.all("upstreams").iter().filter(|_| shown);
    let upstream_health = upstreams.map(|upstream| {
        let name = upstream.name().to_owned();
        (PoolId(name.replace('/', "_")), name)
    });
    vec![Step::RequestMetrics(RequestMetrics {
        families: Arc::new(families(version)),
        statuses: config.flag("status_code_metrics"),
        latencies: config.flag("latency_metrics"),
        bandwidth: config.flag("bandwidth_metrics"),
        upstream_health: upstream_health.collect(),
        per_consumer: config.flag("per_consumer"),
        workspace: (version >= WORKSPACES).then(|| WORKSPACE_NAME.to_owned()),
        without_service: version >= WITHOUT_SERVICE,
        source_upstream: "service".to_owned(),
        source_own: "kong".to_owned(),
    })]
}

fn families(version: Version) -> RequestMetricFamilies {
    let mut own = OWN_BUCKETS_MS.to_vec();
    if version >= SLOWER {
        own.extend([3000, 6000]);
    }
    let family = |name: &str, help: &str, buckets: &[u32]| MetricFamily {
        name: format!("kong_{name}"),
        help: help.to_owned(),
        buckets: buckets.to_vec(),
    };
    RequestMetricFamilies {
        requests: family(
            "http_requests_total",
            "HTTP status codes per consumer/service/route in Kong",
            &[],
        ),
        bandwidth: family(
            "bandwidth_bytes",
            "Total bandwidth (ingress/egress) throughput in bytes",
            &[],
        ),
        own_latency: family(
            "kong_latency_ms",
            "Latency added by Kong and enabled plugins for each service/route in Kong",
            &own,
        ),
        upstream_latency: family(
            "upstream_latency_ms",
            "Latency added by upstream response for each service/route in Kong",
            &BUCKETS_MS,
        ),
        request_latency: family(
            "request_latency_ms",
            "Total latency incurred during requests for each service/route in Kong",
            &BUCKETS_MS,
        ),
        upstream_health: family(
            "upstream_target_health",
            "Health status of targets of upstream. States = healthchecks_off|healthy|unhealthy|dns_error, value is 1 when state is populated.",
            &[],
        ),
    }
}
