//! From what is written to the health of a pool: every default is filled in here.

use haleway_blueprint::{Balance, Origin, PoolHealth, ProbeKind, ProbeRequest, Retries};
use haleway_health::{
    Classes, CountersConfig, Limit, Period, PoolConfig, ProbeConfig, ReportLimits,
};
use haleway_overlay::{HalfOpen, MEMORY_US, Placed};

use super::Written;
use super::parts::{Active, Limits};

const SECOND_US: u64 = 1_000_000;
/// Between two probes.
const INTERVAL_US: u64 = 5 * SECOND_US;
/// One step of a probe.
const TIMEOUT_US: u64 = SECOND_US;
/// Probes under way at once in a pool, as in Kong.
const CONCURRENCY: u32 = 10;
/// What follows for a backend.
#[derive(Clone, Default)]
pub(crate) struct Health {
    /// Absent where neither probes nor requests are looked at.
    pub(crate) pool: Option<PoolHealth>,
    pub(crate) balance: Option<Balance>,
    pub(crate) retries: Retries,
}

impl Health {
    /// The health of a backend by its own block and the service's.
    pub(crate) fn of(backend: &Written, service: &Written) -> Self {
        let written = backend.over(service);
        let checked = written.active.is_some() || written.passive.is_some();
        Self {
            pool: (checked || written.settings.asks()).then(|| pool(&written)),
            balance: written.balance.clone(),
            retries: Retries {
                retries_max: written.retries.unwrap_or(0),
                ..Retries::default()
            },
        }
    }
}

fn pool(written: &Written) -> PoolHealth {
    let active = written.active.as_ref();
    let passive = written.passive.as_ref();
    // Where probes bring an endpoint back, no client's request is at stake.
    let recovers = active.is_none() && passive.is_some();
    let half_open = HalfOpen {
        name: "recover",
        ..HalfOpen::default()
    };
    let config = PoolConfig {
        counters: Some(CountersConfig {
            active: active.map(|it| reports("active", &it.limits, [2, 3, 2, 3])),
            passive: passive.map(|it| reports("passive", &it.limits, [1, 5, 2, 3])),
        }),
        breaker: None,
        probe: active.map(probe_config),
        outcomes: classes(
            passive.map(|it| &it.limits),
            (200..=499).collect(),
            vec![500, 502, 503, 504],
        ),
        half_open: recovers.then(|| half_open.config(None)),
        memory_us: MEMORY_US,
        ..PoolConfig::default()
    };
    let mut health = PoolHealth {
        config,
        probe: active.map(probe_request),
        hedge: None,
        origin: written.origin.clone().unwrap_or_else(Origin::default_value),
    };
    written.settings.apply(&mut health);
    health
}

/// Limits of one kind of check; the defaults stand in the order of the fields.
fn reports(kind: &str, limits: &Limits, defaults: [u32; 4]) -> ReportLimits {
    let limit = |name: &str, written: &Option<Placed<u32>>, default: u32| Limit {
        value: written.as_ref().map_or(default, |it| it.value),
        name: format!("{kind}.{name}"),
        line: line(written),
    };
    let [successes, http, tcp, timeouts] = defaults;
    ReportLimits {
        successes: limit("successes", &limits.successes, successes),
        http_failures: limit("http_failures", &limits.http_failures, http),
        tcp_failures: limit("tcp_failures", &limits.tcp_failures, tcp),
        timeouts: limit("timeouts", &limits.timeouts, timeouts),
    }
}

fn classes(limits: Option<&Limits>, healthy: Vec<u16>, unhealthy: Vec<u16>) -> Classes {
    let own = limits.cloned().unwrap_or_default();
    Classes {
        healthy: own.healthy_statuses.unwrap_or(healthy),
        unhealthy: own.unhealthy_statuses.unwrap_or(unhealthy),
        timeout: Vec::new(),
        last_try_status: None,
    }
}

fn probe_config(active: &Active) -> ProbeConfig {
    let healthy_interval = period("active.interval", &active.interval, INTERVAL_US);
    let unhealthy_interval = match &active.unhealthy_interval {
        None => healthy_interval.clone(),
        written => period("active.unhealthy_interval", written, INTERVAL_US),
    };
    ProbeConfig {
        healthy_interval,
        unhealthy_interval,
        timeout_us: active.timeout.as_ref().map_or(TIMEOUT_US, |it| it.value),
        concurrency: CONCURRENCY,
        jitter_ppm: 0,
        classes: classes(
            Some(&active.limits),
            (200..=399).collect(),
            (400..=599).collect(),
        ),
    }
}

fn probe_request(active: &Active) -> ProbeRequest {
    let kind = active.kind.unwrap_or(ProbeKind::Http);
    let path = match kind {
        ProbeKind::Grpc => "",
        _ => "/",
    };
    ProbeRequest {
        kind,
        path: active.path.clone().unwrap_or_else(|| path.to_owned()),
        host: active.host.clone(),
        host_without_port: false,
        headers: active.headers.clone().unwrap_or_default(),
        server_name: active.sni.clone(),
        verify: active.verify.unwrap_or(true),
        port: None,
        keep_connection: false,
    }
}

fn period(name: &str, written: &Option<Placed<u64>>, default: u64) -> Period {
    Period {
        us: written.as_ref().map_or(default, |it| it.value),
        name: name.to_owned(),
        line: line(written),
    }
}

fn line<T>(written: &Option<Placed<T>>) -> String {
    written
        .as_ref()
        .map_or_else(String::new, |it| it.line.clone())
}
