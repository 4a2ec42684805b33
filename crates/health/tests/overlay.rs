//! What the originals cannot express: half-open, silence, budget, panic, flaps, jitter; the breaker.

mod world;

use haleway_health::{
    BreakerConfig, Class, Classes, Closing, Code, Command, Event, FlapConfig, HalfOpenConfig,
    OutcomeReport, PoolConfig, Recovery, Rules, SilenceConfig, Source, State, Tick, Verdict, What,
};
use world::{POOL, SECOND, World, kong, limit, members, period};

fn half_open(trials: u32) -> PoolConfig {
    let mut config = kong([0; 4], [3, 3, 0, 0], [0, 0]);
    config.half_open = Some(HalfOpenConfig {
        after: period(SECOND, "recover.half_open.after"),
        up_to_us: 60 * SECOND,
        trials,
        jitter_ppm: 0,
    });
    config
}

fn eject(world: &mut World, index: usize) {
    for _ in 0..3 {
        world
            .request(index, What::Status(500))
            .expect("the gate is open");
    }
    assert_eq!(world.verdict(index), Verdict::Unhealthy);
}

#[test]
fn trials_bring_an_endpoint_back_with_growing_waits() {
    let mut world = World::new(half_open(1), 1);
    eject(&mut world, 0);
    let mut wait_s = 1;
    for _ in 0..4 {
        let at = world.now.after(wait_s * SECOND);
        assert_eq!(world.why(0).cause.recovery, Recovery::Trial { at });
        world.pass(wait_s * SECOND - 1);
        assert!(world.request(0, What::Status(200)).is_none());
        world.pass(1);
        assert_eq!(world.verdict(0), Verdict::Trial);
        assert!(!world.judge.pool(POOL).unwrap().serves);
        assert_eq!(world.judge.pool(POOL).unwrap().trials, 1);
        // Refused connections are ignored by this pool's counters, and fail a trial all the same.
        world.request(0, What::Refused).unwrap();
        assert_eq!(world.verdict(0), Verdict::Unhealthy);
        wait_s *= 2;
    }
    world.pass(wait_s * SECOND);
    world.request(0, What::Status(200)).unwrap();
    assert!(world.available(0));
    assert_eq!(
        world.transitions.last().unwrap().cause.code,
        Code::TrialPassed
    );
    assert_eq!(world.gate(0).view().runs, [0; 4]);

    eject(&mut world, 0);
    let at = world.now.after(2 * wait_s * SECOND);
    assert_eq!(
        world.why(0).cause.recovery,
        Recovery::Trial { at },
        "it did not last"
    );
}

#[test]
fn several_trials_must_pass_in_a_row() {
    let mut world = World::new(half_open(2), 1);
    eject(&mut world, 0);
    world.pass(SECOND);
    let permits = [
        world.gate(0).enter().unwrap(),
        world.gate(0).enter().unwrap(),
    ];
    assert!(world.gate(0).enter().is_err(), "two at once");
    world.finish(0, permits[0], What::Status(200));
    assert_eq!(world.verdict(0), Verdict::Trial);
    world.finish(0, permits[1], What::Status(418));
    assert_eq!(
        world.verdict(0),
        Verdict::Trial,
        "a neutral outcome is no trial passed"
    );
    world.request(0, What::Status(200)).unwrap();
    assert!(world.available(0));
}

#[test]
fn probes_keep_ejecting_what_probes_ejected() {
    let mut config = half_open(1);
    config.counters = kong([3, 1, 0, 0], [3, 3, 0, 0], [5, 5]).counters;
    config.probe = kong([0; 4], [0; 4], [5, 5]).probe;
    let mut world = World::new(config, 1);
    world.probe(0, What::Status(500));
    let recovery = world.why(0).cause.recovery;
    assert!(
        matches!(recovery, Recovery::Probes { needed: 3, .. }),
        "{recovery:?}"
    );
    world.pass(60 * SECOND);
    assert_eq!(
        world.verdict(0),
        Verdict::Unhealthy,
        "no trial for an ejection by probes"
    );
}

#[test]
fn silence_makes_suspect_until_it_answers() {
    let mut config = kong([0; 4], [3, 3, 0, 2], [0, 0]);
    config.silence = Some(SilenceConfig {
        factor: limit(8, "silence.factor"),
        at_least_us: 50_000,
    });
    let mut world = World::new(config, 2);
    world.pass(SECOND);
    let owed = [
        world.gate(0).enter().unwrap(),
        world.gate(0).enter().unwrap(),
    ];
    let since = world.now;
    let owing = |answers| Event::Owing {
        answers,
        since,
        usual_us: 10_000,
    };
    world.pass(79_999);
    world.event(0, owing(2));
    assert!(world.available(0));
    world.pass(1);
    world.event(0, owing(2));
    let why = world.why(0);
    assert_eq!(
        (why.verdict, why.cause.source),
        (Verdict::Suspect, Source::Silence)
    );
    assert_eq!(why.cause.recovery, Recovery::Answer);
    assert_eq!(
        world.judge.pool(POOL).unwrap().available_weight,
        200,
        "suspect is not ejected"
    );

    let trial = world.gate(0).enter().unwrap();
    assert!(world.gate(0).enter().is_err(), "one trial at a time");
    world.finish(0, owed[0], What::AnswerTimeout);
    assert_eq!(world.verdict(0), Verdict::Suspect, "a timeout is no answer");
    world.finish(0, owed[1], What::Status(500));
    assert!(world.available(0), "a bad answer is one");
    world.finish(0, trial, What::AnswerTimeout);
    assert_eq!(
        world.verdict(0),
        Verdict::Unhealthy,
        "the timeouts went on counting"
    );
}

#[test]
fn the_ejection_budget_spares_and_hands_on() {
    let mut config = half_open(1);
    config.limits.eject_at_most_ppm = Some(500_000);
    let mut world = World::new(config, 3);
    eject(&mut world, 0);
    world.pass(10);
    for _ in 0..3 {
        world.request(1, What::Status(500)).unwrap();
    }
    let why = world.why(1);
    assert_eq!(
        (why.verdict, why.cause.code),
        (Verdict::Healthy, Code::Spared)
    );
    assert!(world.gate(1).view().pinned);
    for _ in 0..9 {
        world
            .request(1, What::Status(500))
            .expect("it goes on serving");
    }
    world.command(0, Command::SetHealthy);
    assert!(world.available(0));
    assert_ne!(
        world.verdict(1),
        Verdict::Healthy,
        "the budget is free for the next one"
    );
    world.command(2, Command::HoldUnhealthy);
    assert_eq!(
        world.verdict(2),
        Verdict::Unhealthy,
        "an operator needs no budget"
    );
    assert_eq!(world.verdict(1), Verdict::Healthy, "but uses it up");
}

#[test]
fn panic_serves_all_rather_than_none() {
    let mut config = kong([0; 4], [3, 3, 0, 0], [0, 0]);
    config.limits.panic_ppm = Some(500_000);
    let mut world = World::new(config, 3);
    eject(&mut world, 0);
    assert!(!world.judge.pool(POOL).unwrap().panic);
    eject(&mut world, 1);
    let decision = world.judge.pool(POOL).unwrap();
    assert!(decision.panic && decision.serves);
    // Whoever enters anyway speaks for the endpoint: three successes readmit it.
    for _ in 0..3 {
        let permit = world.gate(0).enter_anyway();
        world.finish(0, permit, What::Status(200));
    }
    assert!(world.available(0));
    assert!(!world.judge.pool(POOL).unwrap().panic);
}

#[test]
fn who_flaps_stays_away_for_a_while() {
    let mut config = half_open(1);
    config.flaps = Some(FlapConfig {
        after: limit(3, "damp_flaps.after"),
        within_us: 60 * SECOND,
        hold_us: 120 * SECOND,
    });
    let mut world = World::new(config, 1);
    for wait_s in [1, 2] {
        eject(&mut world, 0);
        world.pass(wait_s * SECOND);
        world.request(0, What::Status(200)).unwrap();
        assert!(world.available(0));
    }
    eject(&mut world, 0);
    let held_until = world.now.after(120 * SECOND);
    world.pass(4 * SECOND);
    let why = world.why(0);
    assert_eq!(
        (why.verdict, why.cause.source),
        (Verdict::Unhealthy, Source::Flaps)
    );
    assert_eq!(
        world.transitions.last().map(|it| it.cause.code),
        Some(Code::Flapping)
    );
    assert_eq!(why.cause.recovery, Recovery::At { at: held_until });
    assert_eq!(why.cause.overridden, [Source::HalfOpen]);
    world.pass(116 * SECOND);
    assert_eq!(
        world.verdict(0),
        Verdict::Trial,
        "the hold is over, the trial is not"
    );
    world.command(0, Command::SetHealthy);
    assert!(world.available(0));
}

#[test]
fn failed_trials_are_no_flaps() {
    let mut config = half_open(1);
    config.flaps = Some(FlapConfig {
        after: limit(2, "damp_flaps.after"),
        within_us: 600 * SECOND,
        hold_us: 600 * SECOND,
    });
    let mut world = World::new(config, 1);
    eject(&mut world, 0);
    for wait_s in [1, 2, 4] {
        world.pass(wait_s * SECOND);
        world.request(0, What::Status(500)).unwrap();
    }
    world.pass(8 * SECOND);
    world.request(0, What::Status(200)).unwrap();
    assert!(
        world.available(0),
        "it left once, however often its trials failed"
    );
}

#[test]
fn the_way_back_is_the_one_that_may_come_first() {
    for (after_s, by_trial) in [(1, true), (100, false)] {
        let mut config = kong([3, 1, 0, 0], [3, 3, 0, 0], [5, 5]);
        config.half_open = half_open(1).half_open.map(|it| HalfOpenConfig {
            after: period(after_s * SECOND, "recover.half_open.after"),
            ..it
        });
        let mut world = World::new(config, 1);
        eject(&mut world, 0);
        let recovery = world.why(0).cause.recovery;
        assert_eq!(
            matches!(recovery, Recovery::Trial { .. }),
            by_trial,
            "{recovery:?}"
        );
        assert_eq!(
            matches!(recovery, Recovery::Probes { .. }),
            !by_trial,
            "{recovery:?}"
        );
    }
}

#[test]
fn an_operator_holds_against_everything() {
    let mut world = World::new(half_open(1), 1);
    world.command(0, Command::HoldHealthy);
    for _ in 0..9 {
        world.request(0, What::Status(500)).expect("held open");
    }
    let why = world.why(0);
    assert_eq!(
        (why.cause.source, why.cause.overridden),
        (Source::Operator, vec![Source::Counters])
    );
    world.command(0, Command::Release);
    assert!(!world.available(0));
    world.event(0, Event::Discovery(Some(false)));
    world.command(0, Command::SetHealthy);
    assert_eq!(world.why(0).cause.recovery, Recovery::Discovery);
    world.event(0, Event::Discovery(None));
    assert!(world.available(0));
}

fn breaker(max_errors: u32, interval_s: u64) -> PoolConfig {
    PoolConfig {
        breaker: Some(BreakerConfig {
            max_errors: limit(max_errors, "max_errors"),
            interval: period(interval_s * SECOND, "interval"),
            timeout: period(10 * SECOND, "timeout"),
        }),
        outcomes: Classes {
            healthy: vec![200, 201],
            unhealthy: (300..=599).collect(),
            ..Classes::default()
        },
        ..PoolConfig::default()
    }
}

#[test]
fn the_breaker_opens_on_the_failure_after_max_errors() {
    let mut world = World::new(breaker(2, 0), 1);
    for what in [
        What::Status(500),
        What::Refused,
        What::Status(200),
        What::AnswerTimeout,
    ] {
        world.request(0, what).unwrap();
    }
    world.request(0, What::Status(500)).unwrap();
    assert!(world.available(0));
    assert!(world.request(0, What::Refused).unwrap().closed.is_some());
    let cause = world.why(0).cause;
    assert_eq!((cause.code, cause.count), (Code::BreakerOpen, 3));
    assert_eq!(
        cause.recovery,
        Recovery::Trial {
            at: Tick(10 * SECOND)
        }
    );

    world.pass(10 * SECOND);
    let permit = world.gate(0).enter().unwrap();
    assert!(world.gate(0).enter().is_err(), "half-open lets one through");
    world.finish(0, permit, What::Status(500));
    assert_eq!(world.verdict(0), Verdict::Unhealthy);
    world.pass(10 * SECOND);
    world.request(0, What::Status(200)).unwrap();
    assert!(world.available(0));
    world.request(0, What::Status(500)).unwrap();
    world.request(0, What::Status(500)).unwrap();
    assert!(world.available(0), "the count began anew");
}

#[test]
fn the_breaker_forgets_with_its_interval() {
    let mut world = World::new(breaker(1, 60), 1);
    world.request(0, What::Status(500)).unwrap();
    let before = world.gate(0).enter().unwrap();
    world.pass(60 * SECOND);
    assert!(
        world.finish(0, before, What::Status(500)).stale,
        "begun before the interval ended"
    );
    world.pass(40 * SECOND);
    // The next interval begins with this request, at 99.998 s, and ends at 159.998 s.
    world.request(0, What::Status(500)).unwrap();
    world.pass(60 * SECOND);
    world.request(0, What::Status(500)).unwrap();
    assert!(
        world.available(0),
        "the failure before belongs to another interval"
    );
    world.pass(59 * SECOND);
    world.request(0, What::Status(500)).unwrap();
    assert_eq!(world.verdict(0), Verdict::Unhealthy);
}

/// The gate closes itself; before the judge hears of it, its own order opens the gate anew.
#[test]
fn a_closing_that_crosses_an_order_holds() {
    let config = breaker(0, 60);
    let mut world = World::new(config.clone(), 1);
    let permit = world.gate(0).enter().expect("the gate is open");
    let rules = Rules::new(&config);
    let settled = world.gate(0).settle(permit, rules.rule(Class::HttpFailure));
    assert_eq!(settled.closed, Some(Closing::Run(3)));
    world.pass(60 * SECOND);
    assert_eq!(world.gate(0).view().state, State::Open);
    let report = OutcomeReport {
        request: 1,
        what: What::Status(500),
        class: Class::HttpFailure,
        latency_us: 1,
        trial: false,
        closed: settled.closed,
    };
    world.event(0, Event::Outcome(report));
    assert_eq!(world.verdict(0), Verdict::Unhealthy);
    assert_eq!(world.gate(0).view().state, State::Closed);
}

#[test]
fn a_breaker_beyond_the_lane_still_opens() {
    let mut world = World::new(breaker(300, 0), 1);
    for _ in 0..300 {
        world.request(0, What::Status(500)).unwrap();
    }
    assert!(world.available(0));
    let settled = world.request(0, What::Status(500)).unwrap();
    assert_eq!(settled.closed, None, "the judge saw it, not the gate");
    assert_eq!(world.gate(0).view().state, State::Closed);
    world.configure(PoolConfig::default(), members(1));
    assert!(
        world.available(0),
        "the breaker is gone, and its signal with it"
    );
}

#[test]
fn who_is_held_healthy_does_not_close_itself() {
    let mut world = World::new(kong([0; 4], [3, 2, 0, 0], [0, 0]), 1);
    world.command(0, Command::HoldHealthy);
    for _ in 0..5 {
        let settled = world.request(0, What::Status(500)).expect("held open");
        assert_eq!(settled.closed, None);
    }
    assert!(world.available(0));
    assert_eq!(world.why(0).cause.overridden, [Source::Counters]);
    world.command(0, Command::Release);
    assert_eq!(world.verdict(0), Verdict::Unhealthy, "the counters went on");
}

#[test]
fn what_an_operator_put_out_is_not_brought_back_by_trials() {
    let mut world = World::new(half_open(1), 1);
    eject(&mut world, 0);
    world.command(0, Command::SetUnhealthy);
    world.pass(100 * SECOND);
    assert_eq!(world.verdict(0), Verdict::Unhealthy);
    assert!(matches!(
        world.why(0).cause.recovery,
        Recovery::Never { .. }
    ));
    world.command(0, Command::SetHealthy);
    eject(&mut world, 0);
    world.pass(2 * SECOND);
    assert_eq!(
        world.verdict(0),
        Verdict::Trial,
        "traffic's ejections end by trial"
    );
}

#[test]
fn a_suspect_that_only_takes_connections_stays_suspect() {
    let mut config = kong([1, 1, 1, 1], [0; 4], [1, 1]);
    config.silence = Some(SilenceConfig {
        factor: limit(8, "silence.factor"),
        at_least_us: 50_000,
    });
    let mut world = World::new(config, 1);
    world.event(
        0,
        Event::Owing {
            answers: 1,
            since: Tick::ZERO,
            usual_us: 0,
        },
    );
    assert_eq!(world.verdict(0), Verdict::Healthy, "not for long enough");
    world.pass(SECOND);
    world.event(
        0,
        Event::Owing {
            answers: 1,
            since: Tick::ZERO,
            usual_us: 0,
        },
    );
    assert_eq!(world.verdict(0), Verdict::Suspect);
    world.probe(0, What::Connected);
    assert_eq!(world.verdict(0), Verdict::Suspect, "that was its system");
    world.probe(0, What::Status(200));
    assert_eq!(world.verdict(0), Verdict::Healthy);
}
