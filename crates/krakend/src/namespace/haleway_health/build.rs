//! From what is written to the health of a pool: every default is filled in here.

use haleway_blueprint::{Balance, Origin, PoolHealth, ProbeKind, ProbeRequest, Retries};
use haleway_health::{
    Classes, CountersConfig, FlapConfig, HalfOpenConfig, Initial, Limit, Period, PoolConfig,
    PoolLimits, ProbeConfig, ReportLimits,
};

use super::parts::{Active, Flaps, Limits, Recover};
use super::{Placed, Written};

const SECOND_US: u64 = 1_000_000;
/// Between two probes.
const INTERVAL_US: u64 = 5 * SECOND_US;
/// One step of a probe.
const TIMEOUT_US: u64 = SECOND_US;
/// Probes under way at once in a pool, as in Kong.
const CONCURRENCY: u32 = 10;
/// From an ejection by requests to the first trial, and the longest wait.
const RECOVER_AFTER_US: u64 = SECOND_US;
const RECOVER_UP_TO_US: u64 = 60 * SECOND_US;
/// Ejections that are too many, the time for them, and how long the endpoint then stays away.
const FLAPS_AFTER: u32 = 5;
const FLAPS_WITHIN_US: u64 = 60 * SECOND_US;
const FLAPS_HOLD_US: u64 = 120 * SECOND_US;
/// How long an endpoint that left the configuration is remembered, as in Kong.
const MEMORY_US: u64 = 300 * SECOND_US;

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
            pool: checked.then(|| pool(&written)),
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
    let jitter_ppm = written.jitter_ppm.unwrap_or(0);
    // Probes bring an endpoint back without a client's request at stake.
    let recover = match (&written.recover, active, passive) {
        (Some(recover), ..) => Some(recover.clone()),
        (None, None, Some(_)) => Some(Recover::default()),
        _ => None,
    };
    let config = PoolConfig {
        counters: Some(CountersConfig {
            active: active.map(|it| reports("active", &it.limits, [2, 3, 2, 3])),
            passive: passive.map(|it| reports("passive", &it.limits, [1, 5, 2, 3])),
        }),
        breaker: None,
        probe: active.map(|active| probe_config(active, jitter_ppm)),
        outcomes: classes(
            passive.map(|it| &it.limits),
            (200..=499).collect(),
            vec![500, 502, 503, 504],
        ),
        half_open: recover.map(|recover| half_open(&recover, jitter_ppm)),
        silence: None,
        flaps: written.flaps.as_ref().map(flaps),
        initial: if written.starts_unhealthy == Some(true) {
            Initial::Unhealthy
        } else {
            Initial::Healthy
        },
        limits: PoolLimits {
            threshold: Limit::default(),
            panic_ppm: written.panic_ppm,
            eject_at_most_ppm: written.eject_at_most_ppm,
            slow_start_us: written.slow_start_us,
        },
        memory_us: MEMORY_US,
    };
    PoolHealth {
        config,
        probe: active.map(probe_request),
        hedge: None,
        origin: written.origin.clone().unwrap_or_else(Origin::default_value),
    }
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

fn probe_config(active: &Active, jitter_ppm: u32) -> ProbeConfig {
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
        jitter_ppm,
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
        headers: active.headers.clone().unwrap_or_default(),
        server_name: active.sni.clone(),
        verify: active.verify.unwrap_or(true),
        port: None,
    }
}

fn half_open(recover: &Recover, jitter_ppm: u32) -> HalfOpenConfig {
    let after = period("recover.after", &recover.after, RECOVER_AFTER_US);
    HalfOpenConfig {
        up_to_us: recover
            .up_to
            .as_ref()
            .map_or(RECOVER_UP_TO_US, |it| it.value),
        after,
        trials: recover.trials.as_ref().map_or(1, |it| it.value),
        jitter_ppm,
    }
}

fn flaps(flaps: &Flaps) -> FlapConfig {
    FlapConfig {
        after: Limit {
            value: flaps.after.as_ref().map_or(FLAPS_AFTER, |it| it.value),
            name: "damp_flaps.after".to_owned(),
            line: line(&flaps.after),
        },
        within_us: flaps.within.as_ref().map_or(FLAPS_WITHIN_US, |it| it.value),
        hold_us: flaps.hold.as_ref().map_or(FLAPS_HOLD_US, |it| it.value),
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
