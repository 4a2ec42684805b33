//! The gate and the tally under every order of steps that threads can take.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p haleway-health --test loom_gate --release`
#![cfg(loom)]

use haleway_health::{
    Class, CountersConfig, Gate, HedgeBudget, Limit, Order, PoolConfig, ReportLimits, Rules, State,
    Tally, Tick,
};
use loom::sync::Arc;
use loom::thread;

fn rules(http_failures: u32) -> Rules {
    let limit = |value| Limit {
        value,
        ..Limit::default()
    };
    let passive = ReportLimits {
        successes: limit(1),
        http_failures: limit(http_failures),
        ..ReportLimits::default()
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
        runs: [0; 4],
    }
}

/// Two failures on two cores with a limit of two: exactly one of them closes the gate.
#[test]
fn one_outcome_closes() {
    loom::model(|| {
        let gate = Arc::new(Gate::new());
        let fail = |gate: &Gate| {
            let permit = gate.enter().expect("open until the second failure");
            gate.settle(permit, rules(2).rule(Class::HttpFailure))
                .closed
                .is_some()
        };
        let other = {
            let gate = Arc::clone(&gate);
            thread::spawn(move || fail(&gate))
        };
        let closed = [fail(&gate), other.join().unwrap()];
        assert_eq!(closed.iter().filter(|closed| **closed).count(), 1);
        assert_eq!(gate.view().state, State::Closed);
        assert!(gate.enter().is_err(), "no request enters after it");
    });
}

/// Two cores ask a half-open gate for its only trial: one gets it.
#[test]
fn one_trial_at_once() {
    loom::model(|| {
        let gate = Arc::new(Gate::new());
        gate.apply(set(State::HalfOpen, 1, false));
        let other = {
            let gate = Arc::clone(&gate);
            thread::spawn(move || gate.enter().is_ok())
        };
        let entered = [gate.enter().is_ok(), other.join().unwrap()];
        assert_eq!(entered.iter().filter(|entered| **entered).count(), 1);
        assert_eq!(gate.view().under_way, 1);
    });
}

/// A late failure and an order to open anew: the new generation never counts it twice, and the
/// gate ends open.
#[test]
fn a_late_result_does_not_close_the_next_generation() {
    loom::model(|| {
        let gate = Arc::new(Gate::new());
        let late = gate.enter().expect("open");
        gate.apply(set(State::Closed, 0, false));
        let other = {
            let gate = Arc::clone(&gate);
            thread::spawn(move || gate.settle(late, rules(1).rule(Class::HttpFailure)))
        };
        gate.apply(set(State::Open, 0, true));
        assert!(other.join().unwrap().stale);
        assert_eq!((gate.view().state, gate.view().runs), (State::Open, [0; 4]));
    });
}

/// A gate that closes itself while the judge orders suspicion stays closed.
#[test]
fn suspicion_never_reopens() {
    loom::model(|| {
        let gate = Arc::new(Gate::new());
        let permit = gate.enter().expect("open");
        let other = {
            let gate = Arc::clone(&gate);
            thread::spawn(move || gate.settle(permit, rules(1).rule(Class::HttpFailure)))
        };
        gate.apply(set(State::Suspect, 1, false));
        assert!(other.join().unwrap().closed.is_some());
        assert_eq!(gate.view().state, State::Closed);
    });
}

/// Counts of two cores on one shard are never lost, and what is owed is never negative.
#[test]
fn the_tally_loses_nothing() {
    loom::model(|| {
        let tally = Arc::new(Tally::new(1));
        let work = |tally: &Tally, core| {
            tally.asked(core, Tick(1));
            tally.ended(core, Tick(2), Class::Success, true, 3);
        };
        let other = {
            let tally = Arc::clone(&tally);
            thread::spawn(move || work(&tally, 1))
        };
        assert!(tally.owing().answers <= 1);
        other.join().unwrap();
        work(&tally, 0);
        assert_eq!(tally.totals().outcomes[Class::Success.index()], 2);
        assert_eq!(tally.owing().answers, 0);
    });
}

/// Two cores ask for the last second try of the budget: one gets it.
#[test]
fn the_budget_is_spent_once() {
    loom::model(|| {
        let budget = Arc::new(HedgeBudget::new());
        let other = {
            let budget = Arc::clone(&budget);
            thread::spawn(move || budget.take(20, 50_000))
        };
        let taken = [budget.take(20, 50_000), other.join().unwrap()];
        assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
    });
}

/// An operator sets a gate open while the failure comes in that closes it: whichever came first, a
/// gate that was set after the closing is open.
#[test]
fn a_set_opens_a_gate_that_closed_itself() {
    loom::model(|| {
        let gate = Arc::new(Gate::new());
        let permit = gate.enter().expect("open");
        let other = {
            let gate = Arc::clone(&gate);
            thread::spawn(move || gate.settle(permit, rules(1).rule(Class::HttpFailure)))
        };
        gate.apply(set(State::Open, 0, true));
        let settled = other.join().unwrap();
        assert_eq!(gate.view().state, State::Open);
        assert!(settled.stale != settled.closed.is_some());
    });
}
