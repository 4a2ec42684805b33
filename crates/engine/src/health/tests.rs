//! The court with its gates, without a socket.

mod targets;

use std::sync::Arc;
use std::time::Duration;

use haleway_blueprint::runtime::{OperateError, OperatorCommand};
use haleway_blueprint::{Hedge, Origin, PoolHealth};
use haleway_health::{
    Classes, CountersConfig, Limit, Member, PoolConfig, ReportLimits, SilenceConfig, State, What,
};
use tokio::time::{Instant, timeout};

use super::court::{Configured, Court, Seat};
use super::entered::Entered;
use super::gates::{GateBook, PoolGates, Watched};
use super::thread::HealthThread;

const POOL: &str = "shop";
const LONG: Duration = Duration::from_secs(20);

/// A pool before a court that nobody else drives.
struct Bench {
    court: Arc<Court>,
    gates: Arc<PoolGates>,
    watched: Vec<Arc<Watched>>,
}

fn limit(value: u32) -> Limit {
    Limit {
        value,
        ..Limit::default()
    }
}

fn checked() -> PoolConfig {
    let passive = ReportLimits {
        successes: limit(1),
        http_failures: limit(3),
        timeouts: limit(3),
        ..ReportLimits::default()
    };
    PoolConfig {
        counters: Some(CountersConfig {
            active: None,
            passive: Some(passive),
        }),
        outcomes: Classes {
            healthy: vec![200],
            unhealthy: vec![500],
            ..Classes::default()
        },
        ..PoolConfig::default()
    }
}

fn silent(at_least: Duration) -> PoolConfig {
    PoolConfig {
        silence: Some(SilenceConfig {
            factor: limit(8),
            at_least_us: at_least.as_micros() as u64,
        }),
        ..checked()
    }
}

impl Bench {
    fn new(config: PoolConfig, hedge_ppm: Option<u32>) -> Self {
        let book = GateBook::default();
        let court = Arc::new(Court::new(&book, 2));
        let health = PoolHealth {
            config: config.clone(),
            probe: None,
            hedge: hedge_ppm.map(|budget_ppm| Hedge { budget_ppm }),
            origin: Origin::default_value(),
        };
        let members: Vec<Member> = (1..=2)
            .map(|number| Member {
                address: format!("10.0.0.{number}:80"),
                name: "orders".into(),
                weight: 1,
            })
            .collect();
        let watched: Vec<_> = members.iter().map(|it| book.watched(POOL, it)).collect();
        let seats = watched.iter().map(|watched| Seat {
            watched: watched.clone(),
            target: None,
        });
        let configured = Configured {
            name: POOL.to_owned(),
            config,
            members: members.into_iter().zip(seats).collect(),
            is_breaker: false,
        };
        court.configure(configured, &book);
        Self {
            gates: PoolGates::new(POOL, &health, &book),
            court,
            watched,
        }
    }

    fn enter(&self, index: usize) -> Option<Entered> {
        Entered::at(&self.watched[index], &self.gates, Instant::now() + LONG)
    }

    fn ask(&self, index: usize, status: u16) {
        let entered = self.enter(index).expect("the gate lets it through");
        entered.settle(What::Status(status), false);
    }

    fn state(&self, index: usize) -> State {
        self.watched[index].gate.view().state
    }

    fn operate(&self, endpoint: &str, command: OperatorCommand) -> Result<(), OperateError> {
        self.court.operate(POOL, endpoint, command)
    }

    fn transitions(&self) -> usize {
        let events = self.court.events(0);
        let told = events
            .iter()
            .filter(|it| it.json.contains("\"kind\":\"transition\""));
        told.count()
    }

    /// Lets the court sit whenever it wants to, until it holds.
    fn until(&self, holds: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !holds(self) {
            assert!(began.elapsed() < LONG, "it never came");
            let turn = self.court.turn(&mut Vec::new());
            let until = turn.until.into_iter().chain(turn.look).min();
            let now = std::time::Instant::now();
            let wait = until.map_or(Duration::from_millis(5), |at| at - now);
            std::thread::sleep(wait.min(Duration::from_millis(5)));
        }
    }
}

#[test]
fn what_was_seen_before_a_command_counts_before_it() {
    let bench = Bench::new(checked(), None);
    // Nobody but the command itself has the court hear of these.
    bench.ask(0, 500);
    bench.ask(0, 500);
    assert_eq!(
        bench.operate("10.0.0.1:80", OperatorCommand::Healthy),
        Ok(())
    );
    bench.ask(0, 500);
    bench.ask(0, 500);
    assert_eq!(bench.court.statuses(POOL)[0].2.verdict, "healthy");
    assert_eq!(bench.state(0), State::Open);
    bench.ask(0, 500);
    assert_eq!(bench.state(0), State::Closed, "the third one since");
}

#[test]
fn a_command_holds_when_it_returns() {
    let bench = Bench::new(checked(), None);
    assert_eq!(
        bench.operate("10.0.0.2:80", OperatorCommand::Unhealthy),
        Ok(())
    );
    assert!(bench.enter(1).is_none() && bench.enter(0).is_some());
    assert_eq!(
        bench.operate("10.0.0.2:80", OperatorCommand::Unhealthy),
        Ok(())
    );
    assert_eq!(bench.transitions(), 2, "told although nothing changed");
    assert_eq!(
        bench.operate("10.0.0.2:80", OperatorCommand::Healthy),
        Ok(())
    );
    assert!(bench.enter(1).is_some());
    let why = bench.court.why(POOL, "orders/10.0.0.2:80").expect("known");
    assert_eq!(why.json["cause"]["code"], "set_by_operator");
}

#[test]
fn a_hold_lasts_until_it_is_released() {
    let bench = Bench::new(checked(), None);
    assert_eq!(
        bench.operate("10.0.0.1:80", OperatorCommand::HoldHealthy),
        Ok(())
    );
    for _ in 0..9 {
        bench.ask(0, 500);
    }
    assert_eq!(
        bench.operate("10.0.0.1:80", OperatorCommand::Release),
        Ok(())
    );
    assert_eq!(bench.state(0), State::Closed);
}

#[test]
fn a_name_means_all_its_addresses() {
    let bench = Bench::new(checked(), None);
    assert_eq!(
        bench.operate("orders:80", OperatorCommand::Unhealthy),
        Ok(())
    );
    assert_eq!([bench.state(0), bench.state(1)], [State::Closed; 2]);
    assert_eq!(
        bench.operate("orders/10.0.0.2:80", OperatorCommand::Healthy),
        Ok(())
    );
    assert_eq!(
        [bench.state(0), bench.state(1)],
        [State::Closed, State::Open]
    );
}

#[test]
fn a_command_that_cannot_be_carried_out_says_why() {
    let bench = Bench::new(checked(), None);
    let elsewhere = bench.court.operate("other", "x", OperatorCommand::Healthy);
    assert_eq!(elsewhere, Err(OperateError::UnknownPool));
    let nobody = bench.operate("10.0.0.3:80", OperatorCommand::Healthy);
    assert_eq!(nobody, Err(OperateError::UnknownEndpoint));
    let unchecked = Bench::new(PoolConfig::default(), None);
    let refused = unchecked.operate("10.0.0.1:80", OperatorCommand::Unhealthy);
    assert!(matches!(refused, Err(OperateError::NotChecked(_))));
    assert_eq!(unchecked.state(0), State::Open);
    assert_eq!(
        unchecked.operate("10.0.0.1:80", OperatorCommand::HoldUnhealthy),
        Ok(())
    );
    assert_eq!(unchecked.state(0), State::Closed, "a hold needs no check");
}

#[test]
fn events_say_who_decided_and_the_way_back() {
    let bench = Bench::new(checked(), None);
    let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
    let ears = heard.clone();
    bench.court.follow(Box::new(move |event| {
        ears.lock().unwrap().push(event.json.clone());
    }));
    for _ in 0..3 {
        bench.ask(0, 500);
    }
    bench.court.turn(&mut Vec::new());
    let heard = heard.lock().unwrap();
    let event = heard
        .iter()
        .find(|json| json.contains("\"kind\":\"transition\""));
    let event: serde_json::Value = serde_json::from_str(event.unwrap()).unwrap();
    assert_eq!(event["verdict"], "unhealthy");
    assert_eq!(event["decided_by"], "counters");
    assert_eq!(event["since"], event["at"]);
    assert_eq!(event["recovers_by_itself"], false);
    let way_back = event["way_back"].as_str().unwrap();
    assert!(
        way_back.starts_with("never recovers by itself: set "),
        "{way_back}"
    );
    assert_eq!(event["cause"]["seen"].as_array().unwrap().len(), 3);
}

#[test]
fn nobody_keeps_a_ledger_without_silence() {
    let bench = Bench::new(checked(), None);
    let entered = bench.enter(0);
    assert!(bench.watched[0].ledger().is_none());
    drop(entered);
    let turn = bench.court.turn(&mut Vec::new());
    assert_eq!((turn.until, turn.look), (None, None), "nobody looks");
}

#[test]
fn who_owes_answers_is_suspect_until_it_answers() {
    let patience = Duration::from_millis(30);
    let bench = Bench::new(silent(patience), None);
    let began = Instant::now();
    let (waiting, another) = (bench.enter(0).unwrap(), bench.enter(0).unwrap());
    bench.until(|it| it.state(0) == State::Suspect);
    assert!(began.elapsed() >= patience);
    assert_eq!(bench.state(1), State::Open);
    let trial = bench.enter(0).expect("one trial");
    assert!(bench.enter(0).is_none(), "at a time");
    let gates = &bench.gates;
    let doubted = Entered::of_suspect(&bench.watched[0], gates, Instant::now() + LONG);
    assert!(doubted.is_some(), "where nobody else is there");
    drop((doubted, another, trial));
    bench.court.turn(&mut Vec::new());
    assert_eq!(bench.state(0), State::Suspect, "giving up says nothing");
    waiting.settle(What::Status(500), true);
    bench.court.turn(&mut Vec::new());
    assert_eq!(bench.state(0), State::Open, "a failure is an answer");
    let owing = bench.watched[0].ledger().unwrap().tally.owing();
    assert_eq!(owing.answers, 0);
}

#[test]
fn timeouts_of_a_suspect_go_on_counting() {
    let bench = Bench::new(silent(Duration::from_millis(5)), None);
    let waiting: Vec<_> = (0..3).map(|_| bench.enter(0).unwrap()).collect();
    bench.until(|it| it.state(0) == State::Suspect);
    for entered in waiting {
        entered.settle(What::AnswerTimeout, true);
    }
    assert_eq!(bench.state(0), State::Closed);
    bench.court.turn(&mut Vec::new());
    let why = bench.court.why(POOL, "10.0.0.1:80").unwrap();
    assert_eq!(why.json["cause"]["source"], "counters");
    assert_eq!(why.json["cause"]["overridden"][0], "silence");
}

#[test]
fn who_waits_hears_of_the_suspicion() {
    let bench = Bench::new(silent(Duration::from_millis(30)), None);
    let thread = HealthThread::start(&bench.court).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let entered = bench.enter(0).unwrap();
        let waited = timeout(LONG, entered.suspected()).await;
        assert!(waited.is_ok() && bench.watched[0].is_suspect());
        let late = bench.enter(1).unwrap();
        let nothing = timeout(Duration::from_millis(1), late.suspected()).await;
        assert!(nothing.is_err(), "the other endpoint is not in doubt");
        let trial = bench.enter(0).unwrap();
        let began = Instant::now();
        assert!(timeout(LONG, trial.suspected()).await.is_ok());
        assert!(
            began.elapsed() >= Duration::from_millis(25),
            "a trial waits"
        );
    });
    drop(thread);
}

#[test]
fn second_tries_need_a_budget() {
    let without = Bench::new(silent(Duration::from_secs(1)), None);
    let with = Bench::new(silent(Duration::from_secs(1)), Some(100_000));
    for _ in 0..10 {
        without.ask(0, 200);
        with.ask(0, 200);
    }
    assert!(!without.gates.may_hedge());
    assert!(with.gates.may_hedge(), "one in ten");
    assert!(!with.gates.may_hedge());
}
