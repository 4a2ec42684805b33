//! The settings of a pool that overlays and inline blocks share.

use haleway_blueprint::{Origin, PoolHealth};
use haleway_health::{Initial, PoolConfig};

use crate::part::{Flaps, HalfOpen, HedgePart, Part, ProbesPart, Silence, over};
use crate::read::{ReadSettings, Switch, switch};

/// Keys of an entry of the overlay: its pattern, then the settings.
pub const ENTRY_KEYS: &[&str] = &[
    "match",
    "recover",
    "initial",
    "jitter",
    "probes",
    "panic",
    "eject_at_most",
    "slow_start",
    "damp_flaps",
    "silence",
    "hedge",
];

/// How long an endpoint that left the configuration is remembered where the original says nothing,
/// in microseconds (as long as Kong does).
pub const MEMORY_US: u64 = 300_000_000;

/// What is written; what is absent leaves things as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Recovery of ejections by traffic.
    pub half_open: Option<Switch<HalfOpen>>,
    /// What a new endpoint is.
    pub initial: Option<Initial>,
    /// Share by which probes and trials are put off at most, in parts per million.
    pub jitter_ppm: Option<Switch<u32>>,
    /// How probes speak to endpoints.
    pub probes: Option<ProbesPart>,
    /// Below this available share all endpoints serve, in parts per million.
    pub panic_ppm: Option<Switch<u32>>,
    /// Traffic ejects at most this share of the endpoints, in parts per million.
    pub eject_at_most_ppm: Option<Switch<u32>>,
    /// How long an endpoint that came back grows to its full share, in microseconds.
    pub slow_start_us: Option<Switch<u64>>,
    /// Damping of flaps.
    pub flaps: Option<Switch<Flaps>>,
    /// Suspicion by silence.
    pub silence: Option<Switch<Silence>>,
    /// Second tries beside a suspect.
    pub hedge: Option<Switch<HedgePart>>,
}

impl Settings {
    /// Reads them.
    pub fn read(fields: &impl ReadSettings) -> Self {
        let words = [
            ("healthy", Initial::Healthy),
            ("unhealthy", Initial::Unhealthy),
        ];
        let share = |name| switch(fields, name, |it, name| it.share_ppm(name));
        Self {
            half_open: fields.half_open(),
            initial: fields.word("initial", &words),
            jitter_ppm: share("jitter"),
            probes: fields.part("probes"),
            panic_ppm: share("panic"),
            eject_at_most_ppm: share("eject_at_most"),
            slow_start_us: switch(fields, "slow_start", |it, name| {
                it.duration_us(name).map(|written| written.value)
            }),
            flaps: switch(fields, "damp_flaps", |it, name| it.part(name)),
            silence: switch(fields, "silence", |it, name| it.part(name)),
            hedge: switch(fields, "hedge", |it, name| it.part(name)),
        }
    }

    /// These over others, key by key.
    #[must_use]
    pub fn over(self, other: &Self) -> Self {
        Self {
            half_open: over(self.half_open, &other.half_open),
            initial: self.initial.or(other.initial),
            jitter_ppm: self.jitter_ppm.or_else(|| other.jitter_ppm.clone()),
            probes: match (self.probes, &other.probes) {
                (Some(own), Some(other)) => Some(own.over(other)),
                (own, other) => own.or_else(|| other.clone()),
            },
            panic_ppm: self.panic_ppm.or_else(|| other.panic_ppm.clone()),
            eject_at_most_ppm: self
                .eject_at_most_ppm
                .or_else(|| other.eject_at_most_ppm.clone()),
            slow_start_us: self.slow_start_us.or_else(|| other.slow_start_us.clone()),
            flaps: over(self.flaps, &other.flaps),
            silence: over(self.silence, &other.silence),
            hedge: over(self.hedge, &other.hedge),
        }
    }

    /// True if a pool must be watched over for them. What a new endpoint is, jitter and probes are
    /// about checks that the pool must have anyway.
    #[must_use]
    pub fn asks(&self) -> bool {
        fn is_on<T>(setting: &Option<Switch<T>>) -> bool {
            matches!(setting, Some(Switch::On(_)))
        }
        is_on(&self.half_open)
            || is_on(&self.panic_ppm)
            || is_on(&self.eject_at_most_ppm)
            || is_on(&self.slow_start_us)
            || is_on(&self.flaps)
            || is_on(&self.silence)
            || is_on(&self.hedge)
    }

    /// Lays them over the health of a pool.
    pub fn apply(&self, health: &mut PoolHealth) {
        let config = &mut health.config;
        let probe_jitter_ppm = config.probe.as_ref().map_or(0, |probe| probe.jitter_ppm);
        set(&self.half_open, &mut config.half_open, |it, before| {
            let fresh = before.is_none();
            let mut made = it.config(before);
            if fresh {
                made.jitter_ppm = probe_jitter_ppm;
            }
            made
        });
        if let Some(jitter) = &self.jitter_ppm {
            let jitter_ppm = jitter.on().copied().unwrap_or(0);
            if let Some(probe) = &mut config.probe {
                probe.jitter_ppm = jitter_ppm;
            }
            if let Some(half_open) = &mut config.half_open {
                half_open.jitter_ppm = jitter_ppm;
            }
        }
        if let (Some(probes), Some(probe)) = (&self.probes, &mut health.probe) {
            probes.apply(probe);
        }
        config.initial = self.initial.unwrap_or(config.initial);
        let limits = &mut config.limits;
        set(&self.panic_ppm, &mut limits.panic_ppm, |it, _| *it);
        set(
            &self.eject_at_most_ppm,
            &mut limits.eject_at_most_ppm,
            |it, _| *it,
        );
        set(&self.slow_start_us, &mut limits.slow_start_us, |it, _| *it);
        set(&self.flaps, &mut config.flaps, Flaps::config);
        set(&self.silence, &mut config.silence, Silence::config);
        set(&self.hedge, &mut health.hedge, HedgePart::config);
    }

    /// The health of a pool that nothing else watches over: no checks, so nothing is ejected.
    #[must_use]
    pub fn unchecked(origin: Origin) -> PoolHealth {
        PoolHealth {
            config: PoolConfig {
                memory_us: MEMORY_US,
                ..PoolConfig::default()
            },
            probe: None,
            hedge: None,
            origin,
        }
    }
}

/// Switches a part off, or on with what `config` makes of it and of what was there before.
fn set<T, C>(
    setting: &Option<Switch<T>>,
    slot: &mut Option<C>,
    config: impl FnOnce(&T, Option<C>) -> C,
) {
    match setting {
        None => {}
        Some(Switch::Off) => *slot = None,
        Some(Switch::On(part)) => {
            let before = slot.take();
            *slot = Some(config(part, before));
        }
    }
}
