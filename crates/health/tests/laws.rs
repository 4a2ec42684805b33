//! Laws that hold for every run: nothing panics, every verdict is explained, permits and budgets
//! hold, gates do what the judge says, a replay is the run, and a snapshot is the judge.

mod world;

use haleway_health::trace::{Recorder, Step, replay};
use haleway_health::{
    BreakerConfig, Class, Classifier, Code, Command, EndpointId, Event, FlapConfig, Gate,
    HalfOpenConfig, Initial, Input, Judge, OutcomeReport, Output, PoolConfig, ProbeOrder,
    ProbeReport, Recovery, Rules, SilenceConfig, State, Tick, Verdict, What,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use world::{SECOND, kong, limit, members, period};

const WHATS: [What; 10] = [
    What::Status(200),
    What::Status(200),
    What::Status(200),
    What::Status(500),
    What::Status(418),
    What::Status(504),
    What::Refused,
    What::AnswerTimeout,
    What::Garbage,
    What::Cancelled,
];
const COMMANDS: [Command; 7] = [
    Command::SetHealthy,
    Command::Release,
    Command::Release,
    Command::SetUnhealthy,
    Command::HoldHealthy,
    Command::HoldUnhealthy,
    Command::Release,
];
const POOLS: [&str; 2] = ["a", "b"];

#[derive(Clone, Debug)]
enum Act {
    Pass(u64),
    Request(usize, usize),
    /// A request whose answer is owed for a while.
    Hang(usize),
    Answer(usize, usize),
    Probe(usize, usize),
    Owing(usize, u64),
    Command(usize, usize),
    Discovery(usize, Option<bool>),
    Configure(usize, Box<PoolConfig>, usize),
    Members(usize, usize),
    Gone(usize),
}

fn four() -> impl Strategy<Value = [u32; 4]> {
    prop_oneof![Just([3, 3, 3, 3]), [0..4_u32, 0..4, 0..4, 0..4]]
}

fn config() -> impl Strategy<Value = PoolConfig> {
    let parts = (
        any::<[bool; 4]>(),
        prop::bool::weighted(0.1),
        0..4_u32,
        0..3_u32,
    );
    let intervals = prop_oneof![Just([1, 1]), Just([5, 1]), Just([0, 0]), Just([0, 2])];
    (four(), four(), intervals, parts).prop_map(|(active, passive, intervals, parts)| {
        let ([half_open, silence, flaps, breaker], initial, budget, panic) = parts;
        let mut config = kong(active, passive, intervals);
        config.half_open = half_open.then(|| HalfOpenConfig {
            after: period(SECOND, "after"),
            up_to_us: 8 * SECOND,
            trials: budget + 1,
            jitter_ppm: 200_000,
        });
        config.silence = silence.then(|| SilenceConfig {
            factor: limit(8, "factor"),
            at_least_us: 50_000,
        });
        config.flaps = flaps.then(|| FlapConfig {
            after: limit(2, "flaps"),
            within_us: 30 * SECOND,
            hold_us: 10 * SECOND,
        });
        config.breaker = breaker.then(|| BreakerConfig {
            max_errors: limit(2, "max_errors"),
            interval: period(u64::from(panic) * 4 * SECOND, "interval"),
            timeout: period(3 * SECOND, "timeout"),
        });
        config.initial = if initial {
            Initial::Unhealthy
        } else {
            Initial::Healthy
        };
        config.limits.eject_at_most_ppm = (budget > 0).then_some(budget * 300_000);
        config.limits.panic_ppm = (panic > 0).then_some(panic * 400_000);
        let probe = config
            .probe
            .as_mut()
            .expect("Kong's parameters have probes");
        (probe.concurrency, probe.jitter_ppm) = (budget, panic * 100_000);
        config
    })
}

fn act() -> impl Strategy<Value = Act> {
    let index = || any::<usize>();
    prop_oneof![
        8 => (0..3_000_000_u64).prop_map(Act::Pass),
        1 => (0..400 * SECOND).prop_map(Act::Pass),
        24 => (index(), index()).prop_map(|(at, what)| Act::Request(at, what)),
        6 => index().prop_map(Act::Hang),
        6 => (index(), index()).prop_map(|(at, what)| Act::Answer(at, what)),
        12 => (index(), index()).prop_map(|(at, what)| Act::Probe(at, what)),
        4 => (index(), 0..SECOND).prop_map(|(at, us)| Act::Owing(at, us)),
        3 => (index(), index()).prop_map(|(at, command)| Act::Command(at, command)),
        1 => (index(), any::<Option<bool>>()).prop_map(|(at, it)| Act::Discovery(at, it)),
        1 => (0..2_usize, config(), 1..6_usize)
            .prop_map(|(pool, config, count)| Act::Configure(pool, Box::new(config), count)),
        1 => (0..2_usize, 0..6_usize).prop_map(|(pool, count)| Act::Members(pool, count)),
        1 => (0..2_usize).prop_map(Act::Gone),
    ]
}

/// The engine's part: gates, permits, and what was sent.
struct Run {
    judge: Judge,
    recorder: Recorder,
    outputs: Vec<Output>,
    now: Tick,
    configs: BTreeMap<String, PoolConfig>,
    gates: BTreeMap<EndpointId, (String, Gate)>,
    hanging: Vec<(EndpointId, haleway_health::Permit)>,
    probes: Vec<ProbeOrder>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let judge = Judge::new(seed);
        Self {
            recorder: Recorder::new(&judge, 100_000),
            judge,
            outputs: Vec::new(),
            now: Tick(0),
            configs: BTreeMap::new(),
            gates: BTreeMap::new(),
            hanging: Vec::new(),
            probes: Vec::new(),
        }
    }

    fn step(&mut self, step: Step) {
        let set = matches!(
            &step,
            Step::Apply(Input::Endpoint { event: Event::Operator(command), .. })
                if matches!(command, Command::SetHealthy | Command::SetUnhealthy)
        );
        self.recorder.run(&mut self.judge, self.now, step);
        for output in self.judge.drain() {
            match &output {
                Output::Joined { endpoint, pool, .. } => {
                    self.gates.insert(*endpoint, (pool.clone(), Gate::new()));
                }
                Output::Left { endpoint } => {
                    self.gates.remove(endpoint);
                    self.hanging.retain(|(owner, _)| owner != endpoint);
                }
                Output::Gate { endpoint, order } => self.gates[endpoint].1.apply(*order),
                Output::Probe(order) => self.probes.push(*order),
                Output::Transition(it) => {
                    assert!(it.from != it.to || it.to == Verdict::Unhealthy || set);
                }
                Output::Pool(_) => {}
            }
            self.outputs.push(output);
        }
    }

    fn event(&mut self, endpoint: EndpointId, event: Event) {
        self.step(Step::Apply(Input::Endpoint { endpoint, event }));
    }

    fn pick(&self, index: usize) -> Option<EndpointId> {
        let count = self.gates.len();
        self.gates.keys().nth(index.checked_rem(count)?).copied()
    }

    fn settle(&mut self, id: EndpointId, permit: haleway_health::Permit, what: What) {
        let (pool, gate) = &self.gates[&id];
        let config = &self.configs[pool];
        let class = Classifier::new(&config.outcomes).class(what, false);
        if class == Class::Neutral && what == What::Cancelled {
            gate.abandon(permit);
            return;
        }
        let settled = gate.settle(permit, Rules::new(config).rule(class));
        if settled.tell {
            self.event(
                id,
                Event::Outcome(OutcomeReport {
                    request: 1,
                    what,
                    class,
                    latency_us: 1500,
                    trial: permit.is_trial(),
                    closed: settled.closed,
                }),
            );
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Pass(us) => {
                self.now = self.now.after(us);
                self.step(Step::Advance);
            }
            Act::Answer(at, what) if !self.hanging.is_empty() => {
                let (id, permit) = self.hanging.swap_remove(at % self.hanging.len());
                self.settle(id, permit, WHATS[what % WHATS.len()]);
            }
            Act::Probe(at, what) if !self.probes.is_empty() => {
                let order = self.probes.swap_remove(at % self.probes.len());
                let what = WHATS[what % WHATS.len()];
                let (attempt, latency_us) = (order.attempt, 700);
                let report = ProbeReport {
                    attempt,
                    what,
                    latency_us,
                };
                self.event(order.endpoint, Event::Probe(report));
            }
            Act::Answer(..) | Act::Probe(..) => {}
            Act::Configure(pool, config, count) => {
                let name = POOLS[pool].to_owned();
                self.configs.insert(name.clone(), (*config).clone());
                let members = members(count);
                self.step(Step::Apply(Input::Pool {
                    name,
                    config,
                    members,
                }));
            }
            Act::Members(pool, count) => {
                let pool = POOLS[pool].to_owned();
                let members = members(count);
                self.step(Step::Apply(Input::Members { pool, members }));
            }
            Act::Gone(pool) => {
                let name = POOLS[pool].to_owned();
                self.step(Step::Apply(Input::PoolGone { name }));
            }
            Act::Request(at, _)
            | Act::Hang(at)
            | Act::Owing(at, _)
            | Act::Command(at, _)
            | Act::Discovery(at, _) => {
                if let Some(id) = self.pick(at) {
                    self.act_on(id, act);
                }
            }
        }
    }

    fn act_on(&mut self, id: EndpointId, act: Act) {
        let (pool, gate) = &self.gates[&id];
        match act {
            Act::Request(_, what) => {
                let panic = self.judge.pool(pool).is_some_and(|pool| pool.panic);
                let permit = gate
                    .enter()
                    .ok()
                    .or_else(|| panic.then(|| gate.enter_anyway()));
                if let Some(permit) = permit {
                    self.settle(id, permit, WHATS[what % WHATS.len()]);
                }
            }
            Act::Hang(_) => {
                let permit = gate.enter();
                self.hanging.extend(permit.ok().map(|permit| (id, permit)));
            }
            Act::Owing(_, us) => {
                let since = Tick(self.now.0.saturating_sub(us));
                let (answers, usual_us) = (2, 10_000);
                self.event(
                    id,
                    Event::Owing {
                        answers,
                        since,
                        usual_us,
                    },
                );
            }
            Act::Command(_, command) => {
                self.event(id, Event::Operator(COMMANDS[command % COMMANDS.len()]));
            }
            Act::Discovery(_, word) => self.event(id, Event::Discovery(word)),
            _ => unreachable!("not about one endpoint"),
        }
    }

    fn check(&self) {
        self.judge
            .check_invariants()
            .expect("the judge does not contradict itself");
        for (id, (pool, gate)) in &self.gates {
            let why = self.judge.explain(*id).expect("a member is explained");
            assert_eq!(&why.pool, pool);
            let view = gate.view();
            let expected = match why.verdict {
                Verdict::Healthy => State::Open,
                Verdict::Suspect => State::Suspect,
                Verdict::Trial => State::HalfOpen,
                Verdict::Unhealthy => State::Closed,
            };
            assert_eq!(view.state, expected, "{}", why.cause);
            assert!(view.under_way <= 63);
            assert!(!why.cause.compact.is_empty() && !why.cause.to_string().is_empty());
            if let Recovery::Never { changes } = &why.cause.recovery {
                assert!(!changes.is_empty(), "who never recovers is told the change");
            }
            self.check_trials(*id, view.under_way, view.trials);
        }
    }

    /// No more trials are held than the gate allows. (Trials held from an earlier generation do
    /// not count: their results change nothing.)
    fn check_trials(&self, id: EndpointId, under_way: u8, trials: u8) {
        let held = self
            .hanging
            .iter()
            .filter(|(owner, it)| *owner == id && it.is_trial())
            .count();
        assert!(usize::from(under_way) <= held);
        assert!(under_way <= trials || trials == 0);
    }
}

/// A law that is never put to the test proves nothing: random runs reach every verdict.
#[test]
fn random_runs_reach_every_verdict() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut reached: BTreeMap<(Verdict, Code), usize> = BTreeMap::new();
    for seed in 0..100 {
        let mut run = Run::new(seed);
        let strategy = (config(), prop::collection::vec(act(), 250..251));
        let (first, acts) = strategy.new_tree(&mut runner).expect("a value").current();
        run.act(Act::Configure(0, Box::new(first), 4));
        for act in acts {
            run.act(act);
        }
        for output in &run.outputs {
            if let Output::Transition(transition) = output {
                *reached
                    .entry((transition.to, transition.cause.code))
                    .or_default() += 1;
            }
        }
    }
    for wanted in [
        (Verdict::Healthy, Code::Successes),
        (Verdict::Healthy, Code::SetByOperator),
        (Verdict::Healthy, Code::Spared),
        (Verdict::Healthy, Code::TrialPassed),
        (Verdict::Suspect, Code::Silence),
        (Verdict::Trial, Code::Trial),
        (Verdict::Trial, Code::BreakerTrial),
        (Verdict::Unhealthy, Code::BreakerOpen),
        (Verdict::Unhealthy, Code::Discovery),
        (Verdict::Unhealthy, Code::Flapping),
        (Verdict::Unhealthy, Code::HeldByOperator),
        (Verdict::Unhealthy, Code::HttpFailures),
        (Verdict::Unhealthy, Code::InitialUnhealthy),
        (Verdict::Unhealthy, Code::TcpFailures),
        (Verdict::Unhealthy, Code::Timeouts),
    ] {
        assert!(
            reached.contains_key(&wanted),
            "{wanted:?} was never reached: {reached:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn every_run_keeps_the_laws(
        seed in any::<u64>(),
        first in config(),
        acts in prop::collection::vec(act(), 1..120),
    ) {
        let mut run = Run::new(seed);
        run.act(Act::Configure(0, Box::new(first), 4));
        for act in acts {
            run.act(act);
            run.check();
        }
        let restored = Judge::restore(&run.judge.snapshot()).expect("its own snapshot");
        prop_assert_eq!(&restored, &run.judge);
        let (replayed, outputs) = replay(&run.recorder.text()).expect("its own recording");
        prop_assert_eq!(&replayed, &run.judge);
        prop_assert_eq!(&outputs, &run.outputs);
        prop_assert_eq!(format!("{outputs:?}"), format!("{:?}", run.outputs));
    }

    #[test]
    fn a_recording_may_begin_anywhere(
        seed in any::<u64>(),
        acts in prop::collection::vec(act(), 1..60),
    ) {
        let mut run = Run::new(seed);
        run.recorder = Recorder::new(&run.judge, 5);
        run.act(Act::Configure(0, Box::new(kong([2, 1, 0, 0], [1, 2, 1, 1], [1, 1])), 3));
        for act in acts {
            run.act(act);
        }
        let (replayed, outputs) = replay(&run.recorder.text()).expect("its own recording");
        prop_assert_eq!(&replayed, &run.judge);
        prop_assert!(run.outputs.ends_with(&outputs));
    }

    #[test]
    fn hostile_text_is_refused_without_panic(text in "\\PC{0,200}", cut in any::<usize>()) {
        prop_assert!(replay(&text).is_err());
        let mut run = Run::new(1);
        run.act(Act::Configure(0, Box::new(kong([2, 1, 0, 0], [1, 2, 1, 1], [1, 1])), 3));
        run.act(Act::Pass(3 * SECOND));
        let whole = run.recorder.text();
        let mut cut = cut % whole.len();
        while !whole.is_char_boundary(cut) {
            cut -= 1;
        }
        let _ = replay(&whole[..cut]);
        let mut mangled = whole.clone();
        mangled.replace_range(cut..cut, " 18446744073709551615 ");
        if let Ok((mut judge, _)) = replay(&mangled) {
            judge.advance(Tick(u64::MAX));
            prop_assert!(judge.check_invariants().is_ok());
        }
    }
}
