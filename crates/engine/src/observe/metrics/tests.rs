//! Names, sums and layout of the metrics.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use super::{CoreMetrics, FAULT_NAMES, FaultKind, write_metrics};

fn metrics(cores: &[Arc<CoreMetrics>]) -> String {
    let mut out = String::new();
    write_metrics(cores, &mut out);
    out
}

fn value<'a>(text: &'a str, name: &str) -> &'a str {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{name} ")));
    line.unwrap_or_else(|| panic!("no {name} in {text}"))
}

#[test]
fn names_and_kinds_are_fixed() {
    let text = metrics(&[Arc::default()]);
    let types: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .collect();
    let expected = [
        "haleway_requests_total counter",
        "haleway_request_duration_seconds histogram",
        "haleway_connections_open gauge",
        "haleway_connections_accepted_total counter",
        "haleway_upstream_requests_total counter",
        "haleway_upstream_connects_total counter",
        "haleway_access_log_dropped_total counter",
        "haleway_faults_total counter",
    ];
    assert_eq!(types, expected);
    let series: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(series.len(), 6 + 17 + 1 + 4 + FAULT_NAMES.len());
    for label in [
        "class=\"1xx\"",
        "class=\"5xx\"",
        "class=\"other\"",
        "le=\"0.0005\"",
        "le=\"+Inf\"",
        "fault=\"connect\"",
    ] {
        assert!(series.iter().any(|name| name.contains(label)), "{label}");
    }
}

#[test]
fn cores_are_added_up() {
    let cores = [
        Arc::new(CoreMetrics::default()),
        Arc::new(CoreMetrics::default()),
    ];
    cores[0].request(StatusCode::OK, Duration::from_micros(500));
    cores[1].request(StatusCode::CREATED, Duration::from_micros(501));
    cores[1].request(StatusCode::from_u16(799).unwrap(), Duration::from_secs(11));
    cores[0].fault(FaultKind::Timeout);
    cores[1].fault(FaultKind::Timeout);
    cores[0].upstream_request();
    cores[1].upstream_connect();
    cores[1].access_log_dropped(3);
    let text = metrics(&cores);
    assert_eq!(value(&text, "haleway_requests_total{class=\"2xx\"}"), "2");
    assert_eq!(value(&text, "haleway_requests_total{class=\"other\"}"), "1");
    let bucket = |le| {
        value(
            &text,
            &format!("haleway_request_duration_seconds_bucket{{le=\"{le}\"}}"),
        )
    };
    assert_eq!((bucket("0.0005"), bucket("0.001")), ("1", "2"));
    assert_eq!((bucket("10"), bucket("+Inf")), ("2", "3"));
    assert_eq!(
        value(&text, "haleway_request_duration_seconds_sum"),
        "11.001001"
    );
    assert_eq!(value(&text, "haleway_request_duration_seconds_count"), "3");
    assert_eq!(value(&text, "haleway_faults_total{fault=\"timeout\"}"), "2");
    assert_eq!(value(&text, "haleway_upstream_requests_total"), "1");
    assert_eq!(value(&text, "haleway_upstream_connects_total"), "1");
    assert_eq!(value(&text, "haleway_access_log_dropped_total"), "3");
}

#[test]
fn open_connections_are_those_not_closed() {
    let core = Arc::new(CoreMetrics::default());
    core.connection_accepted();
    core.connection_accepted();
    core.connection_closed();
    let text = metrics(&[core]);
    assert_eq!(value(&text, "haleway_connections_open"), "1");
    assert_eq!(value(&text, "haleway_connections_accepted_total"), "2");
}

#[test]
fn cores_share_no_cache_line() {
    assert_eq!(align_of::<CoreMetrics>(), 128);
}
