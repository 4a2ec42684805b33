use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::config::{CountersConfig, Limit, PoolConfig, ReportLimits};
use crate::outcome::Class;
use crate::rules::Rules;

fn limit(value: u32) -> Limit {
    Limit {
        value,
        ..Limit::default()
    }
}

fn rules(successes: u32, http: u32, tcp: u32, timeouts: u32) -> Rules {
    let passive = ReportLimits {
        successes: limit(successes),
        http_failures: limit(http),
        tcp_failures: limit(tcp),
        timeouts: limit(timeouts),
    };
    let counters = CountersConfig {
        active: None,
        passive: Some(passive),
    };
    Rules::new(&PoolConfig {
        counters: Some(counters),
        ..PoolConfig::default()
    })
}

fn set(state: State, trials: u8, renew: bool) -> Order {
    Order::Set {
        state,
        trials,
        watch: false,
        pinned: false,
        renew,
        runs: [0; LANES],
    }
}

fn send(gate: &Gate, rules: &Rules, class: Class) -> Settled {
    let permit = gate.enter().expect("the gate is open");
    gate.settle(permit, rules.rule(class))
}

#[test]
fn the_outcome_that_reaches_the_limit_closes() {
    let (gate, rules) = (Gate::new(), rules(1, 2, 0, 0));
    assert_eq!(send(&gate, &rules, Class::HttpFailure).closed, None);
    assert_eq!(
        send(&gate, &rules, Class::HttpFailure).closed,
        Some(Closing::Run(0))
    );
    assert_eq!(gate.enter(), Err(Refusal::Closed));
}

#[test]
fn a_success_ends_the_runs_only_where_successes_count() {
    for (successes, open) in [(1, true), (0, false)] {
        let (gate, rules) = (Gate::new(), rules(successes, 2, 0, 0));
        let _ = send(&gate, &rules, Class::HttpFailure);
        let told = send(&gate, &rules, Class::Success).tell;
        assert_eq!(told, open, "a success that ends a run is told");
        let _ = send(&gate, &rules, Class::HttpFailure);
        assert_eq!(gate.enter().is_ok(), open);
    }
}

#[test]
fn good_traffic_writes_nothing_and_tells_nobody() {
    let (gate, rules) = (Gate::new(), rules(3, 3, 3, 3));
    let before = gate.view();
    let settled = send(&gate, &rules, Class::Success);
    assert_eq!(
        settled,
        Settled {
            stale: false,
            tell: false,
            closed: None
        }
    );
    assert_eq!(gate.view(), before);
}

#[test]
fn results_of_an_older_generation_change_nothing() {
    let (gate, rules) = (Gate::new(), rules(1, 1, 0, 0));
    let old = gate.enter().unwrap();
    let _ = send(&gate, &rules, Class::HttpFailure);
    gate.apply(set(State::Open, 0, true));
    assert!(gate.settle(old, rules.rule(Class::HttpFailure)).stale);
    assert!(gate.enter().is_ok());
}

#[test]
fn suspicion_keeps_the_generation() {
    let (gate, rules) = (Gate::new(), rules(1, 0, 0, 2));
    let owed = [gate.enter().unwrap(), gate.enter().unwrap()];
    gate.apply(set(State::Suspect, 1, false));
    let trial = gate.enter().unwrap();
    assert!(trial.is_trial());
    assert_eq!(gate.enter(), Err(Refusal::TrialsUnderWay));
    assert!(gate.settle(owed[0], rules.rule(Class::Timeout)).tell);
    let closed = gate.settle(owed[1], rules.rule(Class::Timeout)).closed;
    assert_eq!(closed, Some(Closing::Run(2)), "owed answers still count");
    assert!(gate.settle(trial, rules.rule(Class::Success)).stale);
}

#[test]
fn a_failed_trial_closes_whatever_the_limits() {
    let (gate, rules) = (Gate::new(), rules(0, 3, 0, 0));
    gate.apply(set(State::HalfOpen, 2, false));
    let (first, second) = (gate.enter().unwrap(), gate.enter().unwrap());
    assert_eq!(gate.enter(), Err(Refusal::TrialsUnderWay));
    assert_eq!(
        gate.settle(first, rules.rule(Class::TcpFailure)).closed,
        Some(Closing::Trial)
    );
    assert!(gate.settle(second, rules.rule(Class::Success)).stale);
}

#[test]
fn an_abandoned_trial_frees_its_place() {
    let gate = Gate::new();
    gate.apply(set(State::HalfOpen, 1, false));
    let permit = gate.enter().unwrap();
    gate.abandon(permit);
    assert!(gate.enter().is_ok());
}

#[test]
fn a_pinned_gate_does_not_close_itself() {
    let (gate, rules) = (Gate::new(), rules(1, 1, 0, 0));
    let pinned = Order::Set {
        state: State::Open,
        trials: 0,
        watch: true,
        pinned: true,
        renew: true,
        runs: [0; LANES],
    };
    gate.apply(pinned);
    assert_eq!(send(&gate, &rules, Class::HttpFailure).closed, None);
    assert!(send(&gate, &rules, Class::Success).tell, "watched");
}

#[test]
fn suspicion_does_not_reopen_a_gate_that_closed_itself() {
    let (gate, rules) = (Gate::new(), rules(1, 1, 0, 0));
    let _ = send(&gate, &rules, Class::HttpFailure);
    gate.apply(set(State::Suspect, 1, false));
    assert_eq!(gate.view().state, State::Closed);
    gate.apply(set(State::Open, 0, true));
    assert_eq!(gate.view().state, State::Open);
}

#[test]
fn probes_add_to_the_runs_without_closing() {
    let (gate, rules) = (Gate::new(), rules(1, 2, 0, 0));
    gate.apply(Order::Add([5, 0, 0, 0]));
    assert!(
        gate.enter().is_ok(),
        "each report compares with its own limit"
    );
    assert!(send(&gate, &rules, Class::HttpFailure).closed.is_some());
}

#[test]
fn a_lane_saturates_and_its_limit_of_255_holds() {
    let (gate, rules) = (Gate::new(), rules(1, 255, 0, 0));
    for _ in 0..254 {
        assert_eq!(send(&gate, &rules, Class::HttpFailure).closed, None);
    }
    assert!(send(&gate, &rules, Class::HttpFailure).closed.is_some());
    gate.apply(set(State::Open, 0, true));
    gate.apply(Order::Add([255, 255, 255, 255]));
    gate.apply(Order::Add([255, 1, 0, 0]));
    assert_eq!(
        gate.view().runs,
        [255; LANES],
        "no lane spills into its neighbour"
    );
}

#[derive(Clone, Debug)]
enum Act {
    Enter,
    EnterAnyway,
    Settle(usize, usize),
    Abandon(usize),
    Order(u8, u8, bool, bool),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => Just(Act::Enter),
        1 => Just(Act::EnterAnyway),
        4 => (0..8_usize, 0..Class::COUNT).prop_map(|(at, class)| Act::Settle(at, class)),
        1 => (0..8_usize).prop_map(Act::Abandon),
        2 => (0..4_u8, 1..4_u8, any::<bool>(), any::<bool>())
            .prop_map(|(state, trials, pinned, renew)| Act::Order(state, trials, pinned, renew)),
    ]
}

fn order(state: u8, trials: u8, pinned: bool, renew: bool) -> Order {
    let state = [State::Open, State::Closed, State::HalfOpen, State::Suspect][usize::from(state)];
    Order::Set {
        state,
        trials,
        watch: false,
        pinned,
        renew,
        runs: [0; LANES],
    }
}

proptest! {
    #[test]
    fn trials_stay_within_their_limit(acts in prop::collection::vec(act(), 0..120)) {
        let (gate, rules) = (Gate::new(), rules(2, 3, 2, 1));
        let mut held: Vec<Permit> = Vec::new();
        for act in acts {
            let before = gate.view();
            match act {
                Act::Enter => match gate.enter() {
                    Ok(permit) => {
                        prop_assert!(before.state != State::Closed);
                        prop_assert!(!permit.trial || before.under_way < before.trials);
                        held.push(permit);
                    }
                    Err(_) => prop_assert!(before.state != State::Open),
                },
                Act::EnterAnyway => held.push(gate.enter_anyway()),
                Act::Settle(at, class) if at < held.len() => {
                    let permit = held.swap_remove(at);
                    let settled = gate.settle(permit, rules.rule(Class::ALL[class]));
                    if settled.stale {
                        prop_assert_eq!(gate.view(), before);
                    }
                    if settled.closed.is_some() {
                        prop_assert_eq!(gate.view().state, State::Closed);
                        prop_assert!(!before.pinned || before.state == State::HalfOpen);
                    }
                }
                Act::Abandon(at) if at < held.len() => gate.abandon(held.swap_remove(at)),
                Act::Settle(..) | Act::Abandon(_) => {}
                Act::Order(state, trials, pinned, renew) => {
                    gate.apply(order(state, trials, pinned, renew));
                }
            }
            let view = gate.view();
            let own = held.iter().filter(|it| it.trial && it.generation == view.generation);
            prop_assert_eq!(own.count(), usize::from(view.under_way));
        }
    }
}
