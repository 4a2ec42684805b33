//! The objects among the settings: what is written, what lies over what, and the parameters that it
//! gives. A key that is not written takes what stood there before, else a default.

use haleway_blueprint::{Hedge, ProbeRequest};
use haleway_health::{FlapConfig, HalfOpenConfig, Limit, Period, SilenceConfig, TRIALS_MAX};

use crate::read::{Placed, ReadSettings, Switch, switch};

/// An object of settings.
pub trait Part: Sized + Clone {
    /// Its keys.
    const KEYS: &'static [&'static str];

    /// Reads it.
    fn read(fields: &impl ReadSettings) -> Self;

    /// This over another, key by key.
    #[must_use]
    fn over(self, other: &Self) -> Self;
}

const SECOND_US: u64 = 1_000_000;

/// A run in a gate is one byte.
const COUNT_MAX: u32 = 255;

/// Longest silence that can be asked for, as a multiple of the usual latency.
const FACTOR_MAX: u32 = 10_000;

/// `recover`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recover {
    pub(crate) half_open: Option<Switch<HalfOpen>>,
}

impl Part for Recover {
    const KEYS: &'static [&'static str] = &["half_open"];

    fn read(fields: &impl ReadSettings) -> Self {
        Self {
            half_open: switch(fields, "half_open", |it, name| it.part(name)),
        }
    }

    fn over(self, other: &Self) -> Self {
        Self {
            half_open: over(self.half_open, &other.half_open),
        }
    }
}

/// `recover.half_open`: ejections by traffic end by trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HalfOpen {
    /// The key that it stands under, for causes.
    pub name: &'static str,
    /// From an ejection to the first trial, doubled after each failure; 1 s by default.
    pub after: Option<Placed<u64>>,
    /// The longest wait; 60 s by default.
    pub up_to: Option<Placed<u64>>,
    /// Trials at once, and in a row; 1 by default.
    pub trials: Option<Placed<u32>>,
}

impl Default for HalfOpen {
    fn default() -> Self {
        Self {
            name: "recover.half_open",
            after: None,
            up_to: None,
            trials: None,
        }
    }
}

impl Part for HalfOpen {
    const KEYS: &'static [&'static str] = &["after", "up_to", "trials"];

    fn read(fields: &impl ReadSettings) -> Self {
        Self {
            after: fields.duration_us("after"),
            up_to: fields.duration_us("up_to"),
            trials: fields.count("trials", 1, TRIALS_MAX.into()),
            ..Self::default()
        }
    }

    fn over(self, other: &Self) -> Self {
        Self {
            name: self.name,
            after: self.after.or_else(|| other.after.clone()),
            up_to: self.up_to.or_else(|| other.up_to.clone()),
            trials: self.trials.or_else(|| other.trials.clone()),
        }
    }
}

impl HalfOpen {
    /// The parameters, given those of before.
    #[must_use]
    pub fn config(&self, before: Option<HalfOpenConfig>) -> HalfOpenConfig {
        let before = before.unwrap_or_else(|| HalfOpenConfig {
            after: Period {
                us: SECOND_US,
                name: format!("{}.after", self.name),
                line: String::new(),
            },
            up_to_us: 60 * SECOND_US,
            trials: 1,
            jitter_ppm: 0,
        });
        HalfOpenConfig {
            after: match &self.after {
                None => before.after,
                Some(after) => Period {
                    us: after.value,
                    name: format!("{}.after", self.name),
                    line: after.line.clone(),
                },
            },
            up_to_us: self.up_to.as_ref().map_or(before.up_to_us, |it| it.value),
            trials: self.trials.as_ref().map_or(before.trials, |it| it.value),
            jitter_ppm: before.jitter_ppm,
        }
    }
}

/// `damp_flaps`: an endpoint that comes and goes stays away for a while.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flaps {
    /// Ejections that are too many; 5 by default.
    pub after: Option<Placed<u32>>,
    /// Within this time; 60 s by default.
    pub within: Option<Placed<u64>>,
    /// How long it then stays away; 120 s by default.
    pub hold: Option<Placed<u64>>,
}

impl Part for Flaps {
    const KEYS: &'static [&'static str] = &["after", "within", "hold"];

    fn read(fields: &impl ReadSettings) -> Self {
        Self {
            after: fields.count("after", 1, COUNT_MAX),
            within: fields.duration_us("within"),
            hold: fields.duration_us("hold"),
        }
    }

    fn over(self, other: &Self) -> Self {
        Self {
            after: self.after.or_else(|| other.after.clone()),
            within: self.within.or_else(|| other.within.clone()),
            hold: self.hold.or_else(|| other.hold.clone()),
        }
    }
}

impl Flaps {
    /// The parameters, given those of before.
    #[must_use]
    pub fn config(&self, before: Option<FlapConfig>) -> FlapConfig {
        let before = before.unwrap_or_else(|| FlapConfig {
            after: Limit {
                value: 5,
                name: "damp_flaps.after".to_owned(),
                line: String::new(),
            },
            within_us: 60 * SECOND_US,
            hold_us: 120 * SECOND_US,
        });
        FlapConfig {
            after: limit("damp_flaps.after", &self.after, before.after),
            within_us: self.within.as_ref().map_or(before.within_us, |it| it.value),
            hold_us: self.hold.as_ref().map_or(before.hold_us, |it| it.value),
        }
    }
}

/// `silence`: an endpoint that owes answers is suspect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Silence {
    /// How many times its usual latency it may be silent; 8 by default.
    pub factor: Option<Placed<u32>>,
    /// Silence shorter than this is none; 50 ms by default.
    pub at_least: Option<Placed<u64>>,
}

impl Part for Silence {
    const KEYS: &'static [&'static str] = &["factor", "at_least"];

    fn read(fields: &impl ReadSettings) -> Self {
        Self {
            factor: fields.count("factor", 1, FACTOR_MAX),
            at_least: fields.duration_us("at_least"),
        }
    }

    fn over(self, other: &Self) -> Self {
        Self {
            factor: self.factor.or_else(|| other.factor.clone()),
            at_least: self.at_least.or_else(|| other.at_least.clone()),
        }
    }
}

impl Silence {
    /// The parameters, given those of before.
    #[must_use]
    pub fn config(&self, before: Option<SilenceConfig>) -> SilenceConfig {
        let before = before.unwrap_or_else(|| SilenceConfig {
            factor: Limit {
                value: 8,
                name: "silence.factor".to_owned(),
                line: String::new(),
            },
            at_least_us: SECOND_US / 20,
        });
        let at_least_us = self.at_least.as_ref().map(|it| it.value);
        SilenceConfig {
            factor: limit("silence.factor", &self.factor, before.factor),
            at_least_us: at_least_us.unwrap_or(before.at_least_us),
        }
    }
}

/// `hedge`: requests that wait for a suspect are tried elsewhere besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HedgePart {
    /// Share of the requests, in parts per million; 5 % by default.
    pub budget_ppm: Option<u32>,
}

/// Share of the requests that may be hedged where nothing is said, in parts per million.
const BUDGET_PPM: u32 = 50_000;

impl Part for HedgePart {
    const KEYS: &'static [&'static str] = &["budget"];

    fn read(fields: &impl ReadSettings) -> Self {
        Self {
            budget_ppm: fields.share_ppm("budget"),
        }
    }

    fn over(self, other: &Self) -> Self {
        Self {
            budget_ppm: self.budget_ppm.or(other.budget_ppm),
        }
    }
}

impl HedgePart {
    /// The parameters, given those of before.
    #[must_use]
    pub fn config(&self, before: Option<Hedge>) -> Hedge {
        let before = before.unwrap_or(Hedge {
            budget_ppm: BUDGET_PPM,
        });
        Hedge {
            budget_ppm: self.budget_ppm.unwrap_or(before.budget_ppm),
        }
    }
}

/// `probes`: how checks speak to endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProbesPart {
    /// The connection of a probe serves the next one.
    pub keep_connections: Option<bool>,
}

impl Part for ProbesPart {
    const KEYS: &'static [&'static str] = &["keep_connections"];

    fn read(fields: &impl ReadSettings) -> Self {
        Self {
            keep_connections: fields.flag("keep_connections"),
        }
    }

    fn over(self, other: &Self) -> Self {
        Self {
            keep_connections: self.keep_connections.or(other.keep_connections),
        }
    }
}

impl ProbesPart {
    /// Lays it over what a probe asks.
    pub fn apply(&self, probe: &mut ProbeRequest) {
        probe.keep_connection = self.keep_connections.unwrap_or(probe.keep_connection);
    }
}

/// A setting over another: parts that are both on go key by key.
pub(crate) fn over<P: Part>(
    own: Option<Switch<P>>,
    other: &Option<Switch<P>>,
) -> Option<Switch<P>> {
    match (own, other) {
        (Some(Switch::On(own)), Some(Switch::On(other))) => Some(Switch::On(own.over(other))),
        (own, other) => own.or_else(|| other.clone()),
    }
}

fn limit(name: &str, written: &Option<Placed<u32>>, before: Limit) -> Limit {
    match written {
        None => before,
        Some(written) => Limit {
            value: written.value,
            name: name.to_owned(),
            line: written.line.clone(),
        },
    }
}
