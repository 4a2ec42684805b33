//! What each class of outcome does to the runs in a gate's word.
//!
//! A run is a number of outcomes in a row. The word has four of them (lanes), so that mechanisms
//! that count differently can share one gate: the first three hold HTTP failures, TCP failures and
//! timeouts counted apart, the fourth holds failures of any kind counted together. A lane without a
//! limit never closes the gate.

use crate::config::PoolConfig;
use crate::outcome::Class;

/// Runs that a gate's word holds.
pub const LANES: usize = 4;
/// Lane of failures of any kind in a row.
pub(crate) const ANY_LANE: usize = 3;
/// The three lanes of the failures counted apart.
pub(crate) const APART: u8 = 0b0111;
/// The lane of failures counted together.
pub(crate) const TOGETHER: u8 = 1 << ANY_LANE;
/// The longest run a lane can hold. A higher limit is beyond the gate: only the judge sees it
/// crossed.
pub const RUN_MAX: u8 = u8::MAX;

/// What an outcome is to a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// The trial passed.
    Passing,
    /// The trial failed: a half-open gate closes.
    Failing,
    /// Neither.
    Neutral,
}

/// What one class of outcome does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Lanes that grow by one, as bits.
    pub add: u8,
    /// Lanes that go back to zero, as bits.
    pub reset: u8,
    /// What it means to a trial.
    pub manner: Manner,
    /// Run that closes the gate, per lane; 0 = never.
    pub limits: [u8; LANES],
}

/// The rules of a pool: one per class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules([Rule; Class::COUNT]);

impl Rules {
    /// The rules that follow from a pool's parameters.
    #[must_use]
    pub fn new(config: &PoolConfig) -> Self {
        let limits = limits(config);
        Self(Class::ALL.map(|class| Rule {
            add: added(config, class),
            reset: if class == Class::Success {
                reset(config)
            } else {
                0
            },
            manner: manner(class),
            limits,
        }))
    }

    /// The rule of a class.
    #[must_use]
    pub fn rule(&self, class: Class) -> &Rule {
        &self.0[class.index()]
    }
}

/// The lane in which a class is counted apart.
pub(crate) fn lane(class: Class) -> Option<usize> {
    match class {
        Class::HttpFailure => Some(0),
        Class::TcpFailure => Some(1),
        Class::Timeout => Some(2),
        Class::Success | Class::Neutral => None,
    }
}

fn limits(config: &PoolConfig) -> [u8; LANES] {
    let mut limits = [0; LANES];
    if let Some(passive) = config.counters.as_ref().and_then(|it| it.passive.as_ref()) {
        limits[0] = fitting(passive.http_failures.value);
        limits[1] = fitting(passive.tcp_failures.value);
        limits[2] = fitting(passive.timeouts.value);
    }
    if let Some(breaker) = &config.breaker {
        limits[ANY_LANE] = fitting(breaker.max_errors.value.saturating_add(1));
    }
    limits
}

/// A limit above what a lane can hold closes nothing here.
fn fitting(limit: u32) -> u8 {
    u8::try_from(limit).unwrap_or(0)
}

fn added(config: &PoolConfig, class: Class) -> u8 {
    let Some(lane) = lane(class) else {
        return 0;
    };
    let passive = config.counters.as_ref().and_then(|it| it.passive.as_ref());
    let counted = passive.and_then(|passive| passive.limit(class));
    let mut add = 0;
    if counted.is_some_and(|limit| limit.value > 0) {
        add |= 1 << lane;
    }
    if config.breaker.is_some() {
        add |= TOGETHER;
    }
    add
}

fn reset(config: &PoolConfig) -> u8 {
    let passive = config.counters.as_ref().and_then(|it| it.passive.as_ref());
    let mut reset = 0;
    if passive.is_some_and(|passive| passive.successes.value > 0) {
        reset |= APART;
    }
    if config.breaker.is_some() {
        reset |= TOGETHER;
    }
    reset
}

fn manner(class: Class) -> Manner {
    match class {
        Class::Success => Manner::Passing,
        Class::Neutral => Manner::Neutral,
        Class::HttpFailure | Class::TcpFailure | Class::Timeout => Manner::Failing,
    }
}
