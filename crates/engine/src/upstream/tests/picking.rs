//! Who gets a request.

use std::sync::Arc;

use haleway_blueprint::Balance;
use haleway_health::What;

use super::{ask, hash, listed, one_loss_ejects, pool, sticky};
use crate::upstream::pick::{Ask, Picked, Refused};
use crate::upstream::{Member, PoolState, Registry};

fn state(weights: &[u32], balance: Balance) -> Arc<PoolState> {
    PoolState::new(&pool(listed(weights), balance), &Registry::default(), None).unwrap()
}

fn guarded(weights: &[u32], balance: Balance) -> Arc<PoolState> {
    let mut pool = pool(listed(weights), balance);
    pool.health = Some(one_loss_ejects());
    PoolState::new(&pool, &Registry::default(), None).unwrap()
}

/// The last part of the address that was picked.
fn last(picked: &Picked) -> usize {
    let host = &picked.member.endpoint.host;
    host.rsplit('.').next().unwrap().parse().unwrap()
}

/// Every balance there is.
fn balances() -> [Balance; 6] {
    [
        Balance::RoundRobin,
        Balance::Random,
        Balance::LeastConnections,
        Balance::Latency,
        hash(),
        sticky(),
    ]
}

#[test]
fn no_balance_asks_one_that_failed_while_another_one_is_there() {
    for balance in balances() {
        for gated in [false, true] {
            let make = if gated { guarded } else { state };
            let pool = make(&[100, 100, 100, 100], balance.clone());
            let mut failed: Vec<Arc<Member>> = Vec::new();
            for try_number in 0..4 {
                let ask = Ask {
                    failed: &failed,
                    key: Some(b"alice"),
                    ..ask()
                };
                let picked = pool.pick(&ask).ok().unwrap();
                let again = failed.iter().any(|it| it.is_same(&picked.member));
                assert!(!again, "{balance:?}, try {try_number}");
                failed.push(picked.member.clone());
            }
            // All have failed: one of them serves all the same.
            let ask = Ask {
                failed: &failed,
                ..ask()
            };
            assert!(pool.pick(&ask).is_ok(), "{balance:?}");
        }
    }
}

#[test]
fn no_balance_passes_a_closed_gate() {
    for balance in balances() {
        let pool = guarded(&[100, 100, 100], balance.clone());
        let mut ejected = Vec::new();
        while let Ok(picked) = pool.pick(&ask()) {
            let who = last(&picked);
            assert!(!ejected.contains(&who), "{balance:?}: {who} was ejected");
            picked.entered.unwrap().settle(What::Refused, false);
            ejected.push(who);
        }
        assert_eq!(ejected.len(), 3, "{balance:?}");
        assert_eq!(pool.pick(&ask()).err(), Some(Refused::NoEndpoint));
    }
}

#[test]
fn weight_zero_gets_nothing() {
    for balance in balances() {
        let pool = state(&[0, 1, 0], balance.clone());
        for _ in 0..20 {
            let picked = pool.pick(&ask()).ok().unwrap();
            assert_eq!(last(&picked), 2, "{balance:?}");
        }
        let nobody = state(&[0, 0], balance.clone());
        assert_eq!(nobody.pick(&ask()).err(), Some(Refused::NoEndpoint));
        let empty = state(&[], balance);
        assert_eq!(empty.pick(&ask()).err(), Some(Refused::NoEndpoint));
    }
}

#[test]
fn turns_go_by_weight() {
    let pool = state(&[300, 100], Balance::RoundRobin);
    let mut taken = [0; 2];
    for _ in 0..40 {
        taken[last(&pool.pick(&ask()).ok().unwrap()) - 1] += 1;
    }
    assert_eq!(taken, [30, 10]);
}

#[test]
fn equal_keys_go_to_equal_endpoints_whatever_the_order_of_the_list() {
    let pool = state(&[100, 100, 100], hash());
    let asked = |key: &'static str| Ask {
        key: Some(key.as_bytes()),
        ..ask()
    };
    // The vectors of the ring itself have port 8000: only that equal keys agree is seen here.
    for key in ["", "alice", "bob", "carol"] {
        let first = last(&pool.pick(&asked(key)).ok().unwrap());
        for _ in 0..5 {
            assert_eq!(last(&pool.pick(&asked(key)).ok().unwrap()), first);
        }
    }
    // No key is the empty key.
    let none = last(&pool.pick(&ask()).ok().unwrap());
    assert_eq!(none, last(&pool.pick(&asked("")).ok().unwrap()));
}

#[test]
fn the_one_with_the_fewest_requests_is_next() {
    let pool = state(&[100, 100, 100], Balance::LeastConnections);
    let held: Vec<Picked> = (0..3).map(|_| pool.pick(&ask()).ok().unwrap()).collect();
    let mut who: Vec<usize> = held.iter().map(last).collect();
    who.sort_unstable();
    assert_eq!(who, [1, 2, 3], "three at once go to three");
    for index in 0..3 {
        let mut held: Vec<Option<Picked>> = (0..3).map(|_| pool.pick(&ask()).ok()).collect();
        let freed = held[index].take().map(|picked| last(&picked));
        let next = pool.pick(&ask()).ok();
        assert_eq!(next.as_ref().map(last), freed);
    }
}

#[test]
fn a_heavier_one_carries_more() {
    let pool = state(&[300, 100], Balance::LeastConnections);
    let held: Vec<Picked> = (0..8).map(|_| pool.pick(&ask()).ok().unwrap()).collect();
    let heavy = held.iter().filter(|picked| last(picked) == 1).count();
    assert_eq!(heavy, 6);
}

#[test]
fn the_slow_one_is_left() {
    let pool = state(&[100, 100], Balance::Latency);
    // The first one's answer takes as long as many answers of the other one together.
    let slow = pool.pick(&ask()).ok().unwrap();
    let slow_one = last(&slow);
    for _ in 0..100 {
        let quick = pool.pick(&ask()).ok().unwrap();
        drop(quick.under_way.map(|it| it.answered()));
    }
    drop(slow.under_way.map(|it| it.answered()));
    for _ in 0..20 {
        let picked = pool.pick(&ask()).ok().unwrap();
        assert_ne!(last(&picked), slow_one);
    }
}

#[test]
fn one_that_owes_answers_gets_no_more_while_another_one_answers() {
    let pool = state(&[100, 100], Balance::Latency);
    let hanging = pool.pick(&ask()).ok().unwrap();
    for _ in 0..20 {
        let picked = pool.pick(&ask()).ok().unwrap();
        assert_ne!(last(&picked), last(&hanging));
        drop(picked.under_way.map(|it| it.answered()));
    }
}

#[test]
fn a_cookie_leads_back() {
    let pool = guarded(&[100, 100, 100], sticky());
    let first = pool.pick(&ask()).ok().unwrap();
    let cookie = first.set_sticky.clone().expect("a cookie is set");
    for _ in 0..5 {
        let with_cookie = Ask {
            sticky: Some(&cookie),
            ..ask()
        };
        let again = pool.pick(&with_cookie).ok().unwrap();
        assert_eq!(last(&again), last(&first));
        assert_eq!(again.set_sticky, None, "the client has it");
    }
    // Another process makes the same cookie of the same endpoint.
    let twin = guarded(&[100, 100, 100], sticky());
    let with_cookie = Ask {
        sticky: Some(&cookie),
        ..ask()
    };
    assert_eq!(last(&twin.pick(&with_cookie).ok().unwrap()), last(&first));
}

#[test]
fn a_cookie_that_leads_nowhere_is_replaced() {
    let pool = guarded(&[100, 100], sticky());
    for stale in ["", "ffffffffffffffff", "10.0.0.1:80"] {
        let with_cookie = Ask {
            sticky: Some(stale),
            ..ask()
        };
        assert!(pool.pick(&with_cookie).ok().unwrap().set_sticky.is_some());
    }
    let first = pool.pick(&ask()).ok().unwrap();
    let (who, cookie) = (last(&first), first.set_sticky.clone().unwrap());
    first.entered.unwrap().settle(What::Refused, false);
    let with_cookie = Ask {
        sticky: Some(&cookie),
        ..ask()
    };
    let other = pool.pick(&with_cookie).ok().unwrap();
    assert_ne!(last(&other), who);
    assert!(other.set_sticky.is_some_and(|fresh| fresh != cookie));
}

#[test]
fn what_is_carried_outlives_a_change() {
    let registry = Registry::default();
    let before = pool(listed(&[100, 100]), Balance::LeastConnections);
    let earlier = PoolState::new(&before, &registry, None).unwrap();
    let held = earlier.pick(&ask()).ok().unwrap();
    let after = pool(listed(&[100, 100, 0]), Balance::LeastConnections);
    let later = PoolState::new(&after, &registry, Some(earlier.clone())).unwrap();
    let next = later.pick(&ask()).ok().unwrap();
    assert_ne!(last(&next), last(&held));
    // Nothing changed: it is the same pool.
    let same = PoolState::new(&before, &registry, Some(earlier.clone())).unwrap();
    assert!(Arc::ptr_eq(&same, &earlier));
}
