use super::*;
use crate::config::{Classes, CountersConfig, Limit, Period, ProbeConfig};
use crate::input::{OutcomeReport, ProbeReport};
use crate::outcome::What;

/// One letter of a trace.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Letter {
    Passive(Class),
    Active(Class),
    Set(bool),
}

/// Limits of successes, HTTP failures, TCP failures, timeouts.
type Four = [u32; 4];

/// The library's report, written down once more and as plainly as possible.
#[derive(Clone, Debug, PartialEq)]
struct Reference {
    /// 0 healthy, 1 mostly healthy, 2 mostly unhealthy, 3 unhealthy.
    mode: u8,
    counters: Four,
}

impl Reference {
    fn step(&mut self, letter: Letter, active: &Four, passive: &Four) {
        let (class, limits) = match letter {
            Letter::Set(healthy) => {
                self.mode = if healthy { 0 } else { 3 };
                self.counters = [0; 4];
                return;
            }
            Letter::Active(class) => (class, active),
            Letter::Passive(class) => (class, passive),
        };
        if class == Class::Neutral || limits[class.index()] == 0 {
            return;
        }
        let success = class == Class::Success;
        if self.mode == 0 && success || self.mode == 3 && !success {
            return;
        }
        self.counters[class.index()] += 1;
        if success {
            self.counters[1..].fill(0);
        } else {
            self.counters[0] = 0;
        }
        if self.counters[class.index()] >= limits[class.index()] {
            self.mode = if success { 0 } else { 3 };
        } else if self.mode == 0 && self.counters[1..].iter().any(|count| *count > 0) {
            self.mode = 1;
        } else if self.mode == 3 && self.counters[0] > 0 {
            self.mode = 2;
        }
    }
}

fn report_limits(four: Four) -> ReportLimits {
    let [successes, http_failures, tcp_failures, timeouts] = four.map(|value| Limit {
        value,
        ..Limit::default()
    });
    ReportLimits {
        successes,
        http_failures,
        tcp_failures,
        timeouts,
    }
}

fn config(active: Four, passive: Four) -> PoolConfig {
    let interval = Period {
        us: 1000,
        ..Period::default()
    };
    PoolConfig {
        counters: Some(CountersConfig {
            active: Some(report_limits(active)),
            passive: Some(report_limits(passive)),
        }),
        probe: Some(ProbeConfig {
            healthy_interval: interval.clone(),
            unhealthy_interval: interval,
            classes: Classes {
                healthy: [200].into(),
                unhealthy: [500].into(),
                ..Classes::default()
            },
            ..ProbeConfig::default()
        }),
        ..PoolConfig::default()
    }
}

fn what(class: Class) -> What {
    match class {
        Class::Success => What::Status(200),
        Class::HttpFailure => What::Status(500),
        Class::TcpFailure => What::Refused,
        Class::Timeout => What::AnswerTimeout,
        Class::Neutral => What::Status(418),
    }
}

fn event(letter: Letter) -> Event {
    match letter {
        Letter::Set(true) => Event::Operator(Command::SetHealthy),
        Letter::Set(false) => Event::Operator(Command::SetUnhealthy),
        Letter::Active(class) => Event::Probe(ProbeReport {
            attempt: 1,
            what: what(class),
            latency_us: 1,
        }),
        Letter::Passive(class) => Event::Outcome(OutcomeReport {
            request: 1,
            what: what(class),
            class,
            latency_us: 1,
            trial: false,
            closed: None,
        }),
    }
}

fn as_reference(machine: &KongCounters) -> Reference {
    Reference {
        mode: match machine.mode {
            Mode::Healthy => 0,
            Mode::MostlyHealthy => 1,
            Mode::MostlyUnhealthy => 2,
            Mode::Unhealthy => 3,
        },
        counters: [
            machine.successes,
            machine.http_failures,
            machine.tcp_failures,
            machine.timeouts,
        ],
    }
}

struct Walk<'a> {
    config: &'a PoolConfig,
    active: Four,
    passive: Four,
    alphabet: &'a [Letter],
    steps: usize,
}

impl Walk<'_> {
    fn from(&mut self, machine: &KongCounters, model: &Reference, left: u32) {
        for letter in self.alphabet {
            let (mut machine, mut model) = (machine.clone(), model.clone());
            let context = Context {
                now: Tick(1),
                config: self.config,
                salt: 0,
            };
            let before = machine.is_available();
            let note = machine.observe(&context, &event(*letter));
            model.step(*letter, &self.active, &self.passive);
            assert_eq!(
                as_reference(&machine),
                model,
                "after {letter:?} of {:?}",
                self.config
            );
            assert_eq!(note.is_some(), before != machine.is_available());
            self.steps += 1;
            if left > 1 {
                self.from(&machine, &model, left - 1);
            }
        }
    }
}

fn walk(active: Four, passive: Four, alphabet: &[Letter]) {
    let config = config(active, passive);
    let context = Context {
        now: Tick(0),
        config: &config,
        salt: 0,
    };
    let machine = KongCounters::born(&context);
    let model = as_reference(&machine);
    let mut walk = Walk {
        config: &config,
        active,
        passive,
        alphabet,
        steps: 0,
    };
    walk.from(&machine, &model, 8);
    let all = (1..=8)
        .map(|length| alphabet.len().pow(length))
        .sum::<usize>();
    assert_eq!(walk.steps, all, "every trace was walked");
}

const SHARED: [Letter; 4] = [
    Letter::Passive(Class::Success),
    Letter::Passive(Class::HttpFailure),
    Letter::Active(Class::Success),
    Letter::Active(Class::HttpFailure),
];
const APART: [Letter; 4] = [
    Letter::Passive(Class::Success),
    Letter::Passive(Class::HttpFailure),
    Letter::Passive(Class::TcpFailure),
    Letter::Passive(Class::Timeout),
];
const COMMANDS: [Letter; 5] = [
    Letter::Active(Class::Success),
    Letter::Passive(Class::HttpFailure),
    Letter::Passive(Class::Neutral),
    Letter::Set(true),
    Letter::Set(false),
];

#[test]
fn shared_counters_walk_like_the_reference() {
    for (active, passive) in [
        ([2, 3, 0, 0], [3, 2, 0, 0]),
        ([1, 1, 0, 0], [0, 3, 0, 0]),
        ([0, 2, 0, 0], [2, 0, 0, 0]),
        ([3, 5, 0, 0], [2, 4, 0, 0]),
    ] {
        walk(active, passive, &SHARED);
    }
}

#[test]
fn classes_apart_walk_like_the_reference() {
    for passive in [[2, 3, 2, 1], [0, 3, 3, 3], [1, 2, 0, 4], [3, 4, 5, 2]] {
        walk([0; 4], passive, &APART);
    }
}

#[test]
fn commands_walk_like_the_reference() {
    for (active, passive) in [([3, 0, 0, 0], [0, 3, 0, 0]), ([1, 0, 0, 0], [2, 1, 0, 0])] {
        walk(active, passive, &COMMANDS);
    }
}

#[test]
fn memory_keeps_the_verdict_and_the_counters() {
    let config = config([3, 0, 0, 0], [0, 3, 0, 0]);
    let context = Context {
        now: Tick(0),
        config: &config,
        salt: 0,
    };
    let mut machine = KongCounters::born(&context);
    let _ = machine.observe(&context, &event(Letter::Passive(Class::HttpFailure)));
    assert_eq!(machine.mode, Mode::MostlyHealthy);
    machine.removed();
    assert_eq!((machine.mode, machine.http_failures), (Mode::Healthy, 1));
}
