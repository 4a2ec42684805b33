use std::sync::Arc;

use haleway_blueprint::WindowLimit;
use proptest::prelude::*;

use super::*;
use crate::rehearsal::Rehearsal;
use crate::{Consumers, Content};

fn limit(limits: &[(Window, u64)]) -> RateLimit {
    RateLimit {
        scope: "route:service".to_owned(),
        limits: limits
            .iter()
            .map(|(window, requests)| WindowLimit {
                window: *window,
                requests: *requests,
            })
            .collect(),
        by: RateKey::Client,
        told: true,
        status: 429,
        message: "API rate limit exceeded".to_owned(),
    }
}

fn plan(step: &RateLimit, memory: &Arc<Memory>) -> RateLimitPlan {
    let consumers = Arc::new(Consumers::default());
    let context = Context {
        consumers: &consumers,
        memory,
    };
    RateLimitPlan::compile(step, &context).unwrap()
}

/// Status (0: it passed) and headers, sorted.
fn ask(plan: &RateLimitPlan, rehearsal: &mut Rehearsal) -> (u16, Vec<String>) {
    let answer = rehearsal.pass(|passage| plan.on_request(passage));
    let told = std::mem::take(&mut rehearsal.notes.replace);
    let lines = told.iter().map(|(name, value)| {
        let value = value.to_str().unwrap();
        format!("{name}: {value}")
    });
    let mut lines: Vec<_> = lines.collect();
    lines.sort();
    let status = answer.map_or(0, |answer| {
        assert!(
            matches!(&answer.content, Content::Message(text) if text == "API rate limit exceeded")
        );
        answer.status.as_u16()
    });
    (status, lines)
}

/// 2023-11-14T22:13:20Z, a moment 20 seconds into its minute.
const NOW_US: u64 = 1_700_000_000_000_000;

#[test]
fn clients_are_told_what_is_left() {
    let plan = plan(&limit(&[(Window::Minute, 2)]), &Arc::default());
    let told = |left: u64, more: &str| {
        let lines = format!(
            "ratelimit-limit: 2|ratelimit-remaining: {left}|ratelimit-reset: 40{more}|\
            x-ratelimit-limit-minute: 2|x-ratelimit-remaining-minute: {left}"
        );
        lines.split('|').map(str::to_owned).collect::<Vec<_>>()
    };
    let mut rehearsal = Rehearsal::get("/");
    assert_eq!(ask(&plan, &mut rehearsal), (0, told(1, "")));
    assert_eq!(ask(&plan, &mut rehearsal), (0, told(0, "")));
    assert_eq!(
        ask(&plan, &mut rehearsal),
        (429, told(0, "|retry-after: 40"))
    );
    rehearsal.now_unix_us = NOW_US + 40_000_000;
    assert_eq!(ask(&plan, &mut rehearsal).0, 0);
}

#[test]
fn the_tightest_window_is_told_and_the_longest_of_equals() {
    let table = [
        (&[(Window::Second, 5), (Window::Hour, 20)][..], "4", "1"),
        // Both have one left.
        (&[(Window::Second, 2), (Window::Hour, 2)], "1", "2800"),
        (&[(Window::Minute, 9), (Window::Day, 10)], "8", "40"),
    ];
    for (limits, left, reset_s) in table {
        let plan = plan(&limit(limits), &Arc::default());
        let mut rehearsal = Rehearsal::get("/");
        rehearsal.pass(|passage| plan.on_request(passage));
        assert_eq!(rehearsal.notes.replace["ratelimit-remaining"], left);
        assert_eq!(rehearsal.notes.replace["ratelimit-reset"], reset_s);
    }
}

#[test]
fn a_refused_request_counts_in_no_window() {
    let step = limit(&[(Window::Minute, 10), (Window::Hour, 2), (Window::Day, 10)]);
    let plan = plan(&step, &Arc::default());
    let mut rehearsal = Rehearsal::get("/");
    for _ in 0..5 {
        ask(&plan, &mut rehearsal);
    }
    let (status, lines) = ask(&plan, &mut rehearsal);
    assert_eq!(status, 429);
    for line in [
        "x-ratelimit-remaining-minute: 8",
        "x-ratelimit-remaining-hour: 0",
        "x-ratelimit-remaining-day: 8",
        "ratelimit-limit: 2",
    ] {
        assert!(lines.iter().any(|it| it == line), "{line} in {lines:?}");
    }
}

#[test]
fn untold_clients_learn_nothing() {
    let step = RateLimit {
        told: false,
        ..limit(&[(Window::Hour, 1)])
    };
    let plan = plan(&step, &Arc::default());
    let mut rehearsal = Rehearsal::get("/");
    assert_eq!(ask(&plan, &mut rehearsal), (0, vec![]));
    assert_eq!(ask(&plan, &mut rehearsal), (429, vec![]));
}

#[test]
fn whoever_is_alike_counts_together() {
    let of = |by: RateKey, first: &dyn Fn() -> Rehearsal, second: &dyn Fn() -> Rehearsal| {
        let step = RateLimit {
            by,
            ..limit(&[(Window::Hour, 1)])
        };
        let plan = plan(&step, &Arc::default());
        ask(&plan, &mut first());
        ask(&plan, &mut second()).0 == 429
    };
    let from = |last: u8, uri: &'static str| {
        move || Rehearsal {
            client: [10, 0, 0, last].into(),
            ..Rehearsal::get(uri)
        }
    };
    let with = |last: u8, value: &'static str| move || from(last, "/")().header("x-key", value);
    let service = |last: u8, service: Option<&'static str>| {
        move || Rehearsal {
            service,
            ..from(last, "/")()
        }
    };
    let credential = |last: u8, id: &'static str| {
        move || {
            let mut rehearsal = from(last, "/")();
            rehearsal.notes.credential = Some(id.into());
            rehearsal
        }
    };
    let header = || RateKey::Header("X-Key".to_owned());
    let path = || RateKey::Path("/a".to_owned());
    assert!(of(RateKey::Client, &from(1, "/"), &from(1, "/x")));
    assert!(!of(RateKey::Client, &from(1, "/"), &from(2, "/")));
    assert!(of(header(), &with(1, "k"), &with(2, "k")));
    assert!(!of(header(), &with(1, "k"), &with(1, "l")));
    assert!(of(header(), &from(1, "/"), &from(1, "/")));
    assert!(!of(header(), &from(1, "/"), &from(2, "/")));
    assert!(of(path(), &from(1, "/a?x"), &from(2, "/a")));
    assert!(!of(path(), &from(1, "/b"), &from(2, "/b")));
    assert!(of(
        RateKey::Service,
        &service(1, Some("s")),
        &service(2, Some("s"))
    ));
    assert!(!of(
        RateKey::Service,
        &service(1, Some("s")),
        &service(2, Some("t"))
    ));
    assert!(!of(RateKey::Service, &service(1, None), &service(2, None)));
    assert!(of(
        RateKey::Credential,
        &credential(1, "c"),
        &credential(2, "c")
    ));
    assert!(of(
        RateKey::Consumer,
        &credential(1, "c"),
        &credential(2, "c")
    ));
}

#[test]
fn counters_survive_a_new_plan_and_scopes_do_not_mix() {
    let memory = Arc::default();
    let step = limit(&[(Window::Hour, 2)]);
    let mut rehearsal = Rehearsal::get("/");
    assert_eq!(ask(&plan(&step, &memory), &mut rehearsal).0, 0);
    assert_eq!(ask(&plan(&step, &memory), &mut rehearsal).0, 0);
    assert_eq!(ask(&plan(&step, &memory), &mut rehearsal).0, 429);
    let looser = limit(&[(Window::Hour, 3)]);
    assert_eq!(ask(&plan(&looser, &memory), &mut rehearsal).0, 0);
    let other = RateLimit {
        scope: "other".to_owned(),
        ..step
    };
    assert_eq!(ask(&plan(&other, &memory), &mut rehearsal).0, 0);
}

#[test]
fn several_windows_hold_over_threads() {
    let memory = Arc::default();
    let step = limit(&[(Window::Minute, 700), (Window::Day, 500)]);
    let plan = Arc::new(plan(&step, &memory));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let plan = plan.clone();
            std::thread::spawn(move || {
                let mut rehearsal = Rehearsal::get("/");
                let passed = (0..300).filter(|_| ask(&plan, &mut rehearsal).0 == 0);
                passed.count()
            })
        })
        .collect();
    let passed: usize = threads.into_iter().map(|it| it.join().unwrap()).sum();
    // A request that is given back may cost another its place, but never the other way round.
    assert!((490..=500).contains(&passed), "{passed}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn no_bytes_panic(
        key in prop::collection::vec(any::<u8>(), 0..40),
        now_us in any::<u64>(),
        requests in 1_u64..5,
    ) {
        let step = RateLimit {
            by: RateKey::Header("x-key".to_owned()),
            ..limit(&Window::ALL.map(|window| (window, requests)))
        };
        let plan = plan(&step, &Arc::default());
        let mut rehearsal = Rehearsal::get("/");
        rehearsal.now_unix_us = now_us;
        if let Ok(value) = HeaderValue::from_bytes(&key) {
            rehearsal.head.headers.insert("x-key", value);
        }
        for asked in 1..=6 {
            prop_assert_eq!(ask(&plan, &mut rehearsal).0 == 0, asked <= requests);
        }
    }
}
