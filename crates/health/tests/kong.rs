//! Kong's behaviour as documented and read: vectors, the tutorial's story, memory, traps.

mod world;

use haleway_health::{
    Cause, Class, Code, Command, Initial, Input, PoolConfig, Recovery, Rules, Source, State,
    Verdict, What,
};
use world::{POOL, SECOND, World, kong, limit, members, reports, what_of};

/// What a vector's letter is.
enum Row {
    /// Every letter is a request.
    Passive,
    /// Every letter is a probe.
    Active,
}

#[test]
fn vectors_by_requests_and_by_probes() {
    let rows: [(&str, [u32; 4], bool, &str, bool); 8] = [
        ("V1", [3, 3, 0, 0], true, "HHSHH", true),
        ("V2", [3, 3, 0, 0], true, "HHSHHH", false),
        ("V3", [0, 3, 0, 0], true, "HSHSH", false),
        ("V4", [3, 3, 3, 3], true, "HHTTOO", true),
        ("V5", [3, 3, 0, 0], false, "SSHSS", false),
        ("V6", [3, 3, 0, 0], false, "SSS", true),
        ("V7", [3, 3, 0, 0], true, "TTTT", true),
        ("V8", [3, 3, 0, 0], true, "HXHXH", false),
    ];
    for (name, limits, healthy, letters, expected) in rows {
        for row in [Row::Passive, Row::Active] {
            if !healthy && matches!(row, Row::Passive) {
                continue;
            }
            let mut world = World::new(kong(limits, limits, [1, 1]), 1);
            if !healthy {
                world.command(0, Command::SetUnhealthy);
            }
            for letter in letters.chars() {
                match row {
                    Row::Passive => {
                        world
                            .request(0, what_of(letter))
                            .expect("the gate lets it through");
                    }
                    Row::Active => world.probe(0, what_of(letter)),
                }
            }
            assert_eq!(world.available(0), expected, "{name}");
            let state = world.gate(0).view().state;
            assert_eq!(state == State::Open, expected, "{name}: the gate agrees");
        }
    }
}

#[test]
fn v9_a_success_undoes_a_manual_unhealthy() {
    let mut world = World::new(kong([1; 4], [1; 4], [1, 1]), 1);
    world.command(0, Command::SetUnhealthy);
    assert!(!world.available(0));
    assert_eq!(world.why(0).cause.code, Code::SetByOperator);
    world.probe(0, What::Status(200));
    assert!(world.available(0));
}

#[test]
fn v10_counters_are_shared_and_limits_are_not() {
    let mut world = World::new(kong([0, 1, 0, 0], [0, 3, 0, 0], [1, 1]), 1);
    world.request(0, What::Status(500)).unwrap();
    assert!(world.available(0));
    world.probe(0, What::Status(500));
    assert!(!world.available(0));
    let cause = world.why(0).cause;
    assert_eq!(
        (cause.count, cause.seen.len()),
        (2, 2),
        "the request and the probe"
    );
    assert_eq!(cause.limit.unwrap().name, "active.unhealthy.http_failures");
}

#[test]
fn v11_a_manual_healthy_zeroes_the_counters() {
    let mut world = World::new(kong([0; 4], [3, 3, 0, 0], [0, 0]), 1);
    for command in [None, Some(Command::SetHealthy)] {
        if let Some(command) = command {
            world.command(0, command);
        }
        world.request(0, What::Status(500)).unwrap();
        world.request(0, What::Status(500)).unwrap();
    }
    assert!(world.available(0));
    assert_eq!(world.gate(0).view().runs[0], 2);
}

#[test]
fn v12_the_threshold_is_strict() {
    let mut config = kong([0; 4], [0, 1, 0, 0], [0, 0]);
    config.limits.threshold = limit(750_000, "threshold");
    let mut world = World::new(config, 4);
    assert!(world.judge.pool(POOL).unwrap().serves);
    world.request(2, What::Status(500)).unwrap();
    let decision = world.judge.pool(POOL).unwrap();
    assert_eq!(
        (decision.available_weight, decision.total_weight),
        (300, 400)
    );
    assert!(!decision.serves);
    assert_eq!(world.pools.last().unwrap().decision, decision);
}

#[test]
fn the_tutorial_first_part_never_recovers_and_says_so() {
    let mut world = World::new(kong([0; 4], [3, 3, 0, 0], [0, 0]), 1);
    for status in [500, 500, 200, 500, 500] {
        world.request(0, What::Status(status)).unwrap();
    }
    assert!(world.available(0));
    let settled = world.request(0, What::Status(500)).unwrap();
    assert!(
        settled.closed.is_some(),
        "the third in a row closes the gate itself"
    );
    assert!(world.request(0, What::Status(200)).is_none());
    assert!(!world.judge.pool(POOL).unwrap().serves);
    world.pass(3600 * SECOND);
    assert!(!world.available(0));

    let cause = &world.transitions.last().unwrap().cause;
    assert_eq!(
        (cause.code, cause.source),
        (Code::HttpFailures, Source::Counters)
    );
    assert_eq!(cause.compact, "L7STS/500");
    assert_eq!((cause.count, cause.seen.len()), (3, 3));
    let text = cause.to_string();
    let expected = "L7STS/500: too many HTTP failures (3 seen, passive.unhealthy.http_failures 3 \
                    at kong.yml:9:5); last request 6: status 500 after 2.000 ms; never recovers by \
                    itself: set active.unhealthy.interval to more than 0 seconds (at kong.yml:7:5) \
                    and active.healthy.successes to 1 or more (at kong.yml:9:5)";
    assert_eq!(text, expected);

    world.command(0, Command::SetHealthy);
    assert!(world.available(0) && world.request(0, What::Status(200)).is_some());
}

#[test]
fn the_tutorial_second_part_recovers_within_15_seconds() {
    let mut world = World::new(kong([3, 1, 0, 0], [3, 3, 0, 0], [5, 5]), 1);
    world.probe(0, What::Status(200));
    world.probe(0, What::Status(200));
    world.pass(SECOND);
    for _ in 0..3 {
        world.request(0, What::Status(500)).unwrap();
    }
    let flip = world.now;
    let Recovery::Probes {
        needed,
        interval_us,
        earliest,
    } = world.why(0).cause.recovery
    else {
        panic!("it recovers by probes");
    };
    assert_eq!((needed, interval_us), (3, 5 * SECOND));
    while !world.available(0) {
        world.probe(0, What::Status(200));
    }
    let after = world.now.since(flip);
    assert!((10 * SECOND..=15 * SECOND).contains(&after), "{after}");
    assert_eq!(world.now, earliest);
    assert_eq!(world.why(0).cause.recovery, Recovery::NotNeeded);
    assert_eq!(world.why(0).cause.code, Code::Successes);
}

#[test]
fn reloads_keep_verdict_counters_and_rhythm() {
    let config = kong([2, 1, 0, 0], [3, 3, 0, 0], [5, 5]);
    let mut world = World::new(config.clone(), 3);
    world.pass(3 * SECOND);
    world.request(1, What::Status(500)).unwrap();
    world.request(1, What::Status(500)).unwrap();
    world.command(2, Command::SetUnhealthy);
    let ids: Vec<_> = (0..3).map(|index| world.id(index)).collect();
    let next: Vec<_> = (0..3).map(|index| world.why(index).next_probe).collect();
    let said = world.transitions.len();

    let mut changed = config;
    changed.outcomes.unhealthy.push(502);
    changed.counters.as_mut().unwrap().passive = Some(reports("passive", [3, 4, 0, 0]));
    world.configure(changed.clone(), members(4));
    for index in 0..3 {
        assert_eq!(world.id(index), ids[index]);
        assert_eq!(world.why(index).next_probe, next[index]);
    }
    assert_eq!(world.transitions.len(), said, "no verdict was touched");
    assert_eq!(world.verdict(2), Verdict::Unhealthy);
    world.request(1, What::Status(500)).unwrap();
    assert!(world.available(1), "the third of four");
    world.request(1, What::Status(500)).unwrap();
    assert!(!world.available(1), "the counters went on");

    changed.probe.as_mut().unwrap().healthy_interval.us = 7 * SECOND;
    let before = world.why(2).next_probe;
    world.configure(changed, members(4));
    assert_ne!(
        world.why(0).next_probe,
        next[0],
        "a new interval moves the next probe"
    );
    assert_eq!(world.why(2).next_probe, before, "of whom it concerns");
}

#[test]
fn a_reload_each_second_does_not_delay_a_probe() {
    let config = kong([1, 1, 0, 0], [0; 4], [5, 5]);
    let mut world = World::new(config.clone(), 2);
    for _ in 0..60 {
        world.pass(SECOND);
        world.configure(config.clone(), members(2));
        for (_, order) in core::mem::take(&mut world.probes) {
            let index = (0..2)
                .find(|index| world.id(*index) == order.endpoint)
                .unwrap();
            let report = haleway_health::ProbeReport {
                attempt: order.attempt,
                what: What::Status(200),
                latency_us: 1,
            };
            world.event(index, haleway_health::Event::Probe(report));
        }
    }
    for index in 0..2 {
        assert_eq!(
            world.judge.last_probe(world.id(index)).map(|seen| seen.by),
            { Some(haleway_health::By::Probe(12)) }
        );
    }
}

#[test]
fn who_left_is_remembered_for_300_seconds() {
    for (away_s, expected) in [(299, Verdict::Unhealthy), (301, Verdict::Healthy)] {
        let config = kong([0; 4], [3, 3, 0, 0], [0, 0]);
        let mut world = World::new(config.clone(), 2);
        world.command(1, Command::SetUnhealthy);
        world.configure(config.clone(), members(1));
        world.pass(away_s * SECOND);
        world.configure(config, members(2));
        assert_eq!(world.verdict(1), expected, "after {away_s} s");
        let open = world.gate(1).view().state == State::Open;
        assert_eq!(open, expected == Verdict::Healthy);
    }
}

#[test]
fn a_pool_that_comes_back_finds_its_endpoints() {
    let config = kong([0; 4], [3, 3, 0, 0], [0, 0]);
    let mut world = World::new(config.clone(), 1);
    world.request(0, What::Status(500)).unwrap();
    world.request(0, What::Status(500)).unwrap();
    world.apply(Input::PoolGone { name: POOL.into() });
    world.configure(config, members(1));
    assert_eq!(
        world.gate(0).view().runs[0],
        2,
        "a new gate learns the counters"
    );
    world.request(0, What::Status(500)).unwrap();
    assert!(!world.available(0));
}

#[test]
fn a_restored_judge_tells_new_gates_everything() {
    let mut world = World::new(kong([0; 4], [3, 3, 0, 0], [0, 0]), 2);
    world.command(1, Command::SetUnhealthy);
    world.request(0, What::Status(500)).unwrap();
    world.request(0, What::Status(500)).unwrap();
    world.restart();
    assert_eq!(world.gate(1).view().state, State::Closed);
    assert!(
        world
            .request(0, What::Status(500))
            .unwrap()
            .closed
            .is_some()
    );
    assert!(!world.available(0));
}

#[test]
fn discovery_forgets_at_once() {
    let config = kong([0; 4], [3, 3, 0, 0], [0, 0]);
    let mut world = World::new(config, 2);
    world.command(1, Command::SetUnhealthy);
    world.apply(Input::Members {
        pool: POOL.into(),
        members: members(1),
    });
    world.apply(Input::Members {
        pool: POOL.into(),
        members: members(2),
    });
    assert!(world.available(1));
}

#[test]
fn a_check_that_is_taken_away_takes_its_signal_along() {
    let with = kong([3, 1, 0, 0], [0, 3, 0, 0], [5, 5]);
    let without = kong([3, 1, 0, 0], [0, 3, 0, 0], [0, 0]);
    let mut world = World::new(with.clone(), 1);
    world.probe(0, What::Status(500));
    assert!(!world.available(0));
    world.configure(without.clone(), members(1));
    assert!(
        world.available(0),
        "ejected by a probe, and there are no probes any more"
    );
    assert_eq!(
        world.transitions.last().unwrap().cause.code,
        Code::CheckGone
    );
    assert_eq!(world.why(0).next_probe, None);

    for _ in 0..3 {
        world.request(0, What::Status(500)).unwrap();
    }
    assert!(!world.available(0));
    world.configure(with, members(1));
    assert!(!world.available(0), "the passive check is still there");
    world.configure(kong([0; 4], [3, 0, 0, 0], [0, 0]), members(1));
    assert!(
        world.available(0) && !world.why(0).is_checked,
        "checks are off"
    );
}

#[test]
fn traps_are_kept_where_the_original_has_them() {
    // T3: limits of 0 never notice a dead endpoint. T5: 502 is in no default list.
    let mut world = World::new(kong([3, 1, 0, 0], [3, 3, 0, 0], [5, 5]), 1);
    for _ in 0..20 {
        world.request(0, What::Refused).unwrap();
        world.request(0, What::Status(502)).unwrap();
        world.probe(0, What::Refused);
    }
    assert!(world.available(0));
    // T1: a probe status in neither list freezes the state.
    world.command(0, Command::SetUnhealthy);
    for _ in 0..5 {
        world.probe(0, What::Status(426));
    }
    assert!(!world.available(0));
    // T12: successes of 0 never recover, and the cause names them alone.
    world.configure(kong([0, 1, 0, 0], [0; 4], [5, 5]), members(1));
    world.probe(0, What::Status(200));
    let cause: Cause = world.why(0).cause;
    let Recovery::Never { changes } = cause.recovery else {
        panic!("it never recovers");
    };
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].name, "active.healthy.successes");
    // T4: a connection lost on the last try counts as 502.
    let classifier = haleway_health::Classifier::new(&kong([0; 4], [0; 4], [0, 0]).outcomes);
    assert_eq!(classifier.class(What::Refused, true), Class::Neutral);
    assert_eq!(classifier.class(What::Refused, false), Class::TcpFailure);
    assert_eq!(classifier.class(What::Status(504), true), Class::Timeout);
}

#[test]
fn at_most_so_many_probes_at_once() {
    let mut config = kong([1, 1, 0, 0], [0; 4], [5, 5]);
    config.probe.as_mut().unwrap().concurrency = 2;
    let mut world = World::new(config, 6);
    world.pass(5 * SECOND);
    assert_eq!(
        world.probes.len(),
        2,
        "nobody answers, so the lanes stay taken"
    );
    let first = world.probes[0].1.endpoint;
    let index = (0..6).find(|index| world.id(*index) == first).unwrap();
    world.probe(index, What::Status(200));
    assert_eq!(world.probes.len(), 2, "a free lane is used at once");
    world.pass(60 * SECOND);
    assert!(
        world.probes.len() > 6,
        "a probe that nobody reports is given up"
    );
}

#[test]
fn a_new_endpoint_may_have_to_pass_first() {
    let mut config = kong([2, 1, 0, 0], [0; 4], [5, 5]);
    config.initial = Initial::Unhealthy;
    let mut world = World::new(config, 1);
    assert_eq!(world.why(0).cause.code, Code::InitialUnhealthy);
    assert!(world.request(0, What::Status(200)).is_none());
    world.probe(0, What::Status(200));
    world.probe(0, What::Status(200));
    assert!(world.available(0));
}

#[test]
fn weight_0_is_neither_probed_nor_counted() {
    let config = kong([1, 1, 0, 0], [0; 4], [1, 1]);
    let mut world = World::new(config.clone(), 2);
    let mut members = members(2);
    members[0].weight = 0;
    world.configure(config, members);
    world.probes.clear();
    world.pass(10 * SECOND);
    let idle = world.id(0);
    assert!(world.probes.iter().all(|(_, order)| order.endpoint != idle));
    assert!(!world.why(0).is_checked);
    assert_eq!(world.judge.pool(POOL).unwrap().total_weight, 100);
}

#[test]
fn a_set_is_told_even_if_it_changes_nothing() {
    let mut world = World::new(kong([0; 4], [3, 3, 0, 0], [0, 0]), 1);
    for (command, verdict, told) in [
        (Command::SetHealthy, Verdict::Healthy, 1),
        (Command::SetUnhealthy, Verdict::Unhealthy, 2),
        (Command::SetUnhealthy, Verdict::Unhealthy, 3),
        (Command::SetHealthy, Verdict::Healthy, 4),
    ] {
        world.command(0, command);
        assert_eq!(world.transitions.len(), told, "{command:?}");
        let last = &world.transitions[told - 1];
        assert_eq!((last.to, last.cause.code), (verdict, Code::SetByOperator));
        assert_eq!(world.verdict(0), verdict);
    }
    let unchecked = PoolConfig::default();
    let mut world = World::new(unchecked, 1);
    world.command(0, Command::SetUnhealthy);
    assert!(world.transitions.is_empty(), "nothing counts there");
    assert!(!world.judge.verdict(world.id(0)).unwrap().can_be_set);
}

#[test]
fn a_set_begins_a_new_generation_at_the_gate() {
    let mut world = World::new(kong([0; 4], [3, 3, 0, 0], [0, 0]), 1);
    let late = world.gate(0).enter().unwrap();
    // Two failures of which the judge has not heard yet.
    for _ in 0..2 {
        let permit = world.gate(0).enter().unwrap();
        let rules = Rules::new(&kong([0; 4], [3, 3, 0, 0], [0, 0]));
        let _ = world.gate(0).settle(permit, rules.rule(Class::HttpFailure));
    }
    world.command(0, Command::SetHealthy);
    assert_eq!(world.gate(0).view().runs, [0; 4]);
    assert!(world.finish(0, late, What::Status(500)).stale);
    assert!(world.available(0));
}

#[test]
fn a_brief_is_the_explanation_in_short() {
    let mut world = World::new(kong([0; 4], [3, 1, 0, 0], [0, 0]), 2);
    world.request(0, What::Status(500)).unwrap();
    for index in 0..2 {
        let (brief, why) = (
            world.judge.verdict(world.id(index)).unwrap(),
            world.why(index),
        );
        assert_eq!((brief.verdict, brief.since), (why.verdict, why.since));
        assert_eq!(
            (brief.code, brief.compact()),
            (why.cause.code, why.cause.compact)
        );
        assert_eq!((brief.address, brief.name), (&*why.address, &*why.name));
        assert_eq!(
            world.judge.way_back(world.id(index)),
            Some(why.cause.recovery)
        );
    }
}

#[test]
fn a_handshake_that_takes_too_long_is_a_tcp_failure_to_a_probe() {
    let mut world = World::new(kong([1, 0, 1, 0], [1, 0, 0, 1], [1, 1]), 2);
    world.probe(0, What::TlsTimeout);
    assert_eq!(world.why(0).cause.code, Code::TcpFailures);
    world.request(1, What::TlsTimeout).unwrap();
    assert_eq!(world.why(1).cause.code, Code::Timeouts);
}
