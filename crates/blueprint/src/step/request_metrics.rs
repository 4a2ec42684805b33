//! Metrics of requests by route.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::PoolId;

/// Counts requests by service and route. Steps with the same families count together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestMetrics {
    /// Names of the families. The labels are `service`, `route`, then `code` and `source`, or
    /// `direction`, then `workspace` where there is one, then `consumer`.
    pub families: Arc<RequestMetricFamilies>,
    /// Requests are counted by status and source.
    pub statuses: bool,
    /// Times are measured.
    pub latencies: bool,
    /// Bytes are counted by direction: `ingress`, `egress`.
    pub bandwidth: bool,
    /// Pools whose endpoints' health is shown, with the value of their label `upstream`.
    pub upstream_health: Vec<(PoolId, String)>,
    /// Who asked stands in the label `consumer`, which is empty otherwise.
    pub per_consumer: bool,
    /// Value of the label `workspace`; `None` has no such label.
    pub workspace: Option<String>,
    /// Routes without a service are counted, too.
    pub without_service: bool,
    /// Value of the label `source` for answers of an endpoint: `service`.
    pub source_upstream: String,
    /// Value of the label `source` for all others: `kong`.
    pub source_own: String,
}

/// The families of metrics of requests.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RequestMetricFamilies {
    /// Counter of requests.
    pub requests: MetricFamily,
    /// Counter of bytes.
    pub bandwidth: MetricFamily,
    /// Histogram of the time that was spent here, in milliseconds.
    pub own_latency: MetricFamily,
    /// Histogram of the time that an endpoint took, in milliseconds.
    pub upstream_latency: MetricFamily,
    /// Histogram of the whole time, in milliseconds.
    pub request_latency: MetricFamily,
    /// Gauge of the health of endpoints, with the labels `upstream`, `target`, `address`, `state`
    /// (`healthchecks_off`, `healthy`, `unhealthy`, `dns_error`) and `subsystem`.
    pub upstream_health: MetricFamily,
}

/// A family of metrics.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MetricFamily {
    /// Its name.
    pub name: String,
    /// What it counts, for people.
    pub help: String,
    /// Upper bounds of its buckets, ascending; only histograms have some.
    pub buckets: Vec<u32>,
}
