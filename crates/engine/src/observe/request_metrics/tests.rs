use std::sync::Arc;

use haleway_blueprint::runtime::{
    DnsStatus, EndpointStatus, HealthStatus, PoolStatus, TargetStatus,
};
use haleway_blueprint::{Consumer, Origin, PoolId, RecordKind};
use haleway_steps::{Consumers, Notes};
use http::{HeaderMap, Request};

use super::text::Page;
use super::*;

fn family(name: &str, buckets: &[u32]) -> MetricFamily {
    MetricFamily {
        name: format!("kong_{name}"),
        help: format!("About {name}"),
        buckets: buckets.to_vec(),
    }
}

fn step() -> RequestMetrics {
    RequestMetrics {
        families: Arc::new(RequestMetricFamilies {
            requests: family("http_requests_total", &[]),
            bandwidth: family("bandwidth_bytes", &[]),
            own_latency: family("kong_latency_ms", &[1, 5]),
            upstream_latency: family("upstream_latency_ms", &[25]),
            request_latency: family("request_latency_ms", &[25]),
            upstream_health: family("upstream_target_health", &[]),
        }),
        statuses: true,
        latencies: true,
        bandwidth: true,
        upstream_health: vec![],
        per_consumer: false,
        workspace: None,
        without_service: false,
        source_upstream: "service".to_owned(),
        source_own: "kong".to_owned(),
    }
}

fn known() -> Notes {
    let consumer = Consumer {
        id: "c-1".to_owned(),
        username: Some("al\"ice".to_owned()),
        custom_id: None,
        tags: vec![],
        groups: vec![],
        keys: vec![],
        passwords: vec![],
        tokens: vec![],
        origin: Origin::default_value(),
    };
    let mut notes = Notes::default();
    notes.consumer = Consumers::new(&[consumer]).by_id("c-1").cloned();
    notes
}

/// A request with an answer of an endpoint, or without.
fn count(
    counts: &RequestCounts,
    step: &RequestMetrics,
    (service, route): (Option<&str>, Option<&str>),
    upstream_ms: Option<u64>,
) {
    let head = Request::new(()).into_parts().0;
    let ended = Ended {
        head: &head,
        uri: "/",
        host: "h",
        port: 80,
        tls: None,
        request_id: "",
        request_bytes: 10,
        status: if upstream_ms.is_some() { 200 } else { 401 },
        answer_headers: &HeaderMap::new(),
        answer_bytes: 20,
        proxied: upstream_ms.is_some(),
        upstream_uri: "",
        upstream_status: None,
        tries: &[],
        notes: &known(),
        route,
        service,
        described: &[],
        client: [127, 0, 0, 1].into(),
        started_unix_ms: 0,
        latencies: Latencies {
            request_ms: 2 + upstream_ms.unwrap_or(0),
            own_ms: 2,
            upstream_ms,
            receive_ms: 0,
        },
    };
    counts.record(7, step, &ended);
}

fn page(cores: &[&RequestCounts]) -> String {
    let mut page = Page::default();
    for core in cores {
        core.publish();
        core.series()
            .all()
            .iter()
            .for_each(|series| page.add(series));
    }
    let mut out = String::new();
    page.write(&mut out);
    out
}

const HERE: (Option<&str>, Option<&str>) = (Some("s"), Some("r"));

#[test]
fn the_cores_are_added_up() {
    let cores = [RequestCounts::default(), RequestCounts::default()];
    let step = step();
    count(&cores[0], &step, HERE, Some(25));
    count(&cores[1], &step, HERE, Some(26));
    count(&cores[1], &step, HERE, None);
    let expected = r#"# HELP kong_bandwidth_bytes About bandwidth_bytes
# TYPE kong_bandwidth_bytes counter
kong_bandwidth_bytes{service="s",route="r",direction="egress",consumer=""} 60
kong_bandwidth_bytes{service="s",route="r",direction="ingress",consumer=""} 30
# HELP kong_http_requests_total About http_requests_total
# TYPE kong_http_requests_total counter
kong_http_requests_total{service="s",route="r",code="200",source="service",consumer=""} 2
kong_http_requests_total{service="s",route="r",code="401",source="kong",consumer=""} 1
# HELP kong_kong_latency_ms About kong_latency_ms
# TYPE kong_kong_latency_ms histogram
kong_kong_latency_ms_bucket{service="s",route="r",le="1"} 0
kong_kong_latency_ms_bucket{service="s",route="r",le="5"} 3
kong_kong_latency_ms_bucket{service="s",route="r",le="+Inf"} 3
kong_kong_latency_ms_count{service="s",route="r"} 3
kong_kong_latency_ms_sum{service="s",route="r"} 6
# HELP kong_request_latency_ms About request_latency_ms
# TYPE kong_request_latency_ms histogram
kong_request_latency_ms_bucket{service="s",route="r",le="25"} 1
kong_request_latency_ms_bucket{service="s",route="r",le="+Inf"} 3
kong_request_latency_ms_count{service="s",route="r"} 3
kong_request_latency_ms_sum{service="s",route="r"} 57
# HELP kong_upstream_latency_ms About upstream_latency_ms
# TYPE kong_upstream_latency_ms histogram
kong_upstream_latency_ms_bucket{service="s",route="r",le="25"} 1
kong_upstream_latency_ms_bucket{service="s",route="r",le="+Inf"} 2
kong_upstream_latency_ms_count{service="s",route="r"} 2
kong_upstream_latency_ms_sum{service="s",route="r"} 51
"#;
    assert_eq!(page(&[&cores[0], &cores[1]]), expected);
}

#[test]
fn only_what_is_asked_for_is_counted() {
    let counts = RequestCounts::default();
    let step = RequestMetrics {
        latencies: false,
        bandwidth: false,
        per_consumer: true,
        workspace: Some("default".to_owned()),
        ..step()
    };
    count(&counts, &step, HERE, Some(1));
    let expected = "kong_http_requests_total{service=\"s\",route=\"r\",code=\"200\",\
        source=\"service\",workspace=\"default\",consumer=\"al\\\"ice\"} 1\n";
    let page = page(&[&counts]);
    assert!(page.ends_with(expected), "{page}");
    assert_eq!(page.lines().count(), 3);
}

#[test]
fn without_a_service_or_a_route_nothing_counts() {
    let counts = RequestCounts::default();
    count(&counts, &step(), (None, Some("r")), None);
    count(&counts, &step(), (Some("s"), None), None);
    assert_eq!(page(&[&counts]), "");
    let step = RequestMetrics {
        without_service: true,
        ..step()
    };
    count(&counts, &step, (None, Some("r")), None);
    assert!(page(&[&counts]).contains("{service=\"\",route=\"r\",code=\"401\""));
}

#[test]
fn every_endpoint_shows_its_states() {
    let target = |host: &str, dns| TargetStatus {
        host: host.to_owned(),
        port: 80,
        weight: 100,
        dns,
    };
    let endpoint = |address: &str, verdict: Option<&'static str>| EndpointStatus {
        address: address.to_owned(),
        name: String::new(),
        target: Some(0),
        ip: None,
        port: 80,
        weight: 100,
        requests: 0,
        failures: 0,
        health: verdict.map(|verdict| HealthStatus {
            verdict,
            since: String::new(),
            cause: String::new(),
        }),
    };
    let pool = PoolStatus {
        name: "u".to_owned(),
        endpoints: vec![
            endpoint("10.0.0.1:80", Some("unhealthy")),
            endpoint("10.0.0.2:80", Some("suspect")),
            endpoint("10.0.0.3:80", None),
        ],
        targets: vec![
            target("a.example", DnsStatus::Found(RecordKind::A)),
            target("::1", DnsStatus::Failed(String::new())),
        ],
        health: None,
        breaker: None,
    };
    let step = RequestMetrics {
        upstream_health: vec![(PoolId("u".to_owned()), "up".to_owned())],
        ..step()
    };
    let mut ones = Vec::new();
    let mut all = 0;
    health::states(&step, &[pool], |labels, value| {
        all += 1;
        if value == 1 {
            ones.push(labels);
        }
    });
    assert_eq!(all, 16);
    let expected = [
        ("a.example:80", "10.0.0.1:80", "unhealthy"),
        ("a.example:80", "10.0.0.2:80", "healthy"),
        ("a.example:80", "10.0.0.3:80", "healthchecks_off"),
        ("[::1]:80", "", "dns_error"),
    ];
    let expected = expected.map(|(target, address, state)| {
        format!(
            "upstream=\"up\",target=\"{target}\",address=\"{address}\",state=\"{state}\",\
            subsystem=\"http\""
        )
    });
    assert_eq!(ones, expected);
}
