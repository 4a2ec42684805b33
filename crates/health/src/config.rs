//! The parameters of a pool's health, as plain data.
//!
//! Every limit and period carries the name that its original gives it and the place in a document
//! that set it, as an opaque text, so that a cause can speak the user's language. A dialect fills
//! these in whole: nothing here has a default of its own, and 0 means what the original makes of 0.

use alloc::string::String;
use alloc::vec::Vec;

use crate::outcome::Class;

/// A number to reach, and whose it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Limit {
    /// The number.
    pub value: u32,
    /// Its name in the original, for instance `passive.unhealthy.http_failures`.
    pub name: String,
    /// The place that set it, for instance `kong.yml:12:9`; empty for a default.
    pub line: String,
}

wire_struct!(Limit { value, name, line });

/// A length of time, and whose it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Period {
    /// Microseconds.
    pub us: u64,
    /// Its name in the original.
    pub name: String,
    /// The place that set it; empty for a default.
    pub line: String,
}

wire_struct!(Period { us, name, line });

/// How facts fall into classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Classes {
    /// Statuses that are a success.
    pub healthy: Vec<u16>,
    /// Statuses that are an HTTP failure. A status in neither list says nothing.
    pub unhealthy: Vec<u16>,
    /// Statuses that are a timeout whatever the other lists say (Kong's passive checks: 504).
    pub timeout: Vec<u16>,
    /// The status that a lost connection counts as on a request's last try (Kong: 502, which its
    /// default list does not hold); `None` counts it as a TCP failure on every try.
    pub last_try_status: Option<u16>,
}

wire_struct!(Classes {
    healthy,
    unhealthy,
    timeout,
    last_try_status
});

/// The limits of one kind of report (active or passive); 0 ignores the class altogether.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ReportLimits {
    /// Successes in a row that make it healthy.
    pub successes: Limit,
    /// HTTP failures that make it unhealthy.
    pub http_failures: Limit,
    /// TCP failures that make it unhealthy.
    pub tcp_failures: Limit,
    /// Timeouts that make it unhealthy.
    pub timeouts: Limit,
}

wire_struct!(ReportLimits {
    successes,
    http_failures,
    tcp_failures,
    timeouts
});

impl ReportLimits {
    /// The limit of a class; none for one that says nothing.
    #[must_use]
    pub fn limit(&self, class: Class) -> Option<&Limit> {
        match class {
            Class::Success => Some(&self.successes),
            Class::HttpFailure => Some(&self.http_failures),
            Class::TcpFailure => Some(&self.tcp_failures),
            Class::Timeout => Some(&self.timeouts),
            Class::Neutral => None,
        }
    }

    /// True if some failure can make it unhealthy.
    #[must_use]
    pub fn can_eject(&self) -> bool {
        [&self.http_failures, &self.tcp_failures, &self.timeouts]
            .iter()
            .any(|limit| limit.value > 0)
    }
}

/// Four counters shared by active and passive reports, each with its own limits (Kong).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CountersConfig {
    /// Limits for probes.
    pub active: Option<ReportLimits>,
    /// Limits for requests.
    pub passive: Option<ReportLimits>,
}

wire_struct!(CountersConfig { active, passive });

/// Failures of any kind in a row (gobreaker, as KrakenD uses it).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BreakerConfig {
    /// It opens on the failure after this many in a row.
    pub max_errors: Limit,
    /// While all is well the count begins anew this often; 0 = never.
    pub interval: Period,
    /// From open to half-open.
    pub timeout: Period,
}

wire_struct!(BreakerConfig {
    max_errors,
    interval,
    timeout
});

/// When and how probes go out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ProbeConfig {
    /// Between two probes of a healthy endpoint; 0 = never.
    pub healthy_interval: Period,
    /// Between two probes of an unhealthy endpoint; 0 = never.
    pub unhealthy_interval: Period,
    /// How long one step of a probe may take, in microseconds.
    pub timeout_us: u64,
    /// Probes under way at once in the pool; 0 counts as 1.
    pub concurrency: u32,
    /// Share of the interval by which each probe is put off at most, in parts per million.
    pub jitter_ppm: u32,
    /// How facts fall into classes.
    pub classes: Classes,
}

wire_struct!(ProbeConfig {
    healthy_interval,
    unhealthy_interval,
    timeout_us,
    concurrency,
    jitter_ppm,
    classes,
});

/// Ejections by traffic end by trial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HalfOpenConfig {
    /// From an ejection to the first trial; doubled after each failure.
    pub after: Period,
    /// The longest wait.
    pub up_to_us: u64,
    /// Trials under way at once, and trials that must pass in a row; 0 counts as 1.
    pub trials: u32,
    /// Share of the wait by which it is put off at most, in parts per million.
    pub jitter_ppm: u32,
}

wire_struct!(HalfOpenConfig {
    after,
    up_to_us,
    trials,
    jitter_ppm
});

/// An endpoint that owes answers is suspect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SilenceConfig {
    /// How many times its usual latency it may be silent.
    pub factor: Limit,
    /// Silence shorter than this is none, in microseconds.
    pub at_least_us: u64,
}

wire_struct!(SilenceConfig {
    factor,
    at_least_us
});

impl SilenceConfig {
    /// How long an endpoint of this usual latency may owe answers without a word, in microseconds.
    #[must_use]
    pub fn limit_us(&self, usual_us: u64) -> u64 {
        let usual_us = usual_us.saturating_mul(self.factor.value.into());
        usual_us.max(self.at_least_us)
    }
}

/// An endpoint that comes and goes stays away for a while.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FlapConfig {
    /// Ejections that are too many.
    pub after: Limit,
    /// Within this time, in microseconds.
    pub within_us: u64,
    /// How long it then stays away, in microseconds.
    pub hold_us: u64,
}

wire_struct!(FlapConfig {
    after,
    within_us,
    hold_us
});

/// What an endpoint is before anything was seen of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Initial {
    /// It serves at once.
    #[default]
    Healthy,
    /// It serves once its checks have passed.
    Unhealthy,
}

wire_enum!(Initial { Healthy = "healthy", Unhealthy = "unhealthy" });

/// Limits of a pool as a whole. Shares are parts per million.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PoolLimits {
    /// The pool serves while its available share of weight is strictly greater than this (Kong's
    /// `threshold`).
    pub threshold: Limit,
    /// Below this share all endpoints serve, healthy or not.
    pub panic_ppm: Option<u32>,
    /// Traffic ejects at most this share of the endpoints.
    pub eject_at_most_ppm: Option<u32>,
    /// How long an endpoint that became healthy grows to its full share, in microseconds.
    pub slow_start_us: Option<u64>,
}

wire_struct!(PoolLimits {
    threshold,
    panic_ppm,
    eject_at_most_ppm,
    slow_start_us
});

/// Everything about the health of one pool. A part that is absent is off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PoolConfig {
    /// Counters shared by probes and requests.
    pub counters: Option<CountersConfig>,
    /// A breaker over requests.
    pub breaker: Option<BreakerConfig>,
    /// When probes go out.
    pub probe: Option<ProbeConfig>,
    /// How the outcomes of requests fall into classes.
    pub outcomes: Classes,
    /// Recovery of ejections by traffic.
    pub half_open: Option<HalfOpenConfig>,
    /// Suspicion by silence.
    pub silence: Option<SilenceConfig>,
    /// Damping of flaps.
    pub flaps: Option<FlapConfig>,
    /// What a new endpoint is.
    pub initial: Initial,
    /// Limits of the pool as a whole.
    pub limits: PoolLimits,
    /// How long the state of an endpoint that left the configuration is kept, in microseconds
    /// (Kong: 300 s).
    pub memory_us: u64,
}

wire_struct!(PoolConfig {
    counters,
    breaker,
    probe,
    outcomes,
    half_open,
    silence,
    flaps,
    initial,
    limits,
    memory_us,
});

impl PoolConfig {
    /// True if probes of some endpoints go out.
    #[must_use]
    pub fn probes(&self) -> bool {
        let probe = self.probe.as_ref();
        probe.is_some_and(|it| it.healthy_interval.us > 0 || it.unhealthy_interval.us > 0)
    }

    /// True if anything can make an endpoint unhealthy: probes, or limits for requests.
    /// `passive.successes` alone does not count (Kong: "health checks off").
    #[must_use]
    pub fn is_checked(&self) -> bool {
        let passive = self.counters.as_ref().and_then(|it| it.passive.as_ref());
        self.probes() || passive.is_some_and(ReportLimits::can_eject)
    }

    /// All limits that the pool has, also those that play no part now, for whoever
    /// asks why.
    #[must_use]
    pub fn settings(&self) -> Vec<Limit> {
        let counters = self.counters.iter();
        let reports = counters.flat_map(|it| it.active.iter().chain(&it.passive));
        let mut settings: Vec<Limit> = reports
            .flat_map(|it| {
                [
                    &it.successes,
                    &it.http_failures,
                    &it.tcp_failures,
                    &it.timeouts,
                ]
            })
            .cloned()
            .collect();
        settings.extend(self.breaker.iter().map(|it| it.max_errors.clone()));
        settings.extend(self.silence.iter().map(|it| it.factor.clone()));
        settings.extend(self.flaps.iter().map(|it| it.after.clone()));
        settings
    }

    /// The probe interval for an endpoint of this standing; `None` where it is not probed.
    pub(crate) fn interval(&self, available: bool) -> Option<&Period> {
        let probe = self.probe.as_ref()?;
        let period = if available {
            &probe.healthy_interval
        } else {
            &probe.unhealthy_interval
        };
        (period.us > 0).then_some(period)
    }
}
