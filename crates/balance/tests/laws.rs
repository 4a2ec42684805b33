//! What holds for every set of endpoints.

use haleway_balance::{
    Average, Load, NoStickyId, Pace, Ring, RingMember, StickyId, Wheel, fastest, least, xxhash32,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn weights() -> impl Strategy<Value = Vec<u32>> {
    vec(0..12u32, 0..12)
}

/// Members of equal weight, an address each.
fn equals(ips: &[String]) -> Vec<RingMember<'_>> {
    let mut members = Vec::new();
    for ip in ips {
        members.push(RingMember {
            target: ip,
            target_port: 80,
            ip,
            port: 80,
            weight: 100,
        });
    }
    members
}

fn ips(count: usize) -> Vec<String> {
    (0..count)
        .map(|last| format!("10.0.{}.{}", last / 250, last % 250))
        .collect()
}

proptest! {
    #[test]
    fn a_round_gives_each_endpoint_exactly_its_share(weights in weights(), turn in any::<u32>()) {
        let wheel = Wheel::new(&weights);
        let mut taken = vec![0usize; weights.len()];
        for turn in (u64::from(turn)..).take(wheel.len()) {
            taken[wheel.walk(turn).next().unwrap()] += 1;
        }
        let total: u32 = weights.iter().sum();
        for (taken, weight) in taken.iter().zip(&weights) {
            prop_assert_eq!(*taken as u64 * u64::from(total), u64::from(*weight) * wheel.len() as u64);
        }
    }

    #[test]
    fn every_walk_of_a_wheel_comes_to_everybody(weights in weights(), turn in any::<u64>()) {
        let wheel = Wheel::new(&weights);
        let walk: Vec<usize> = wheel.walk(turn).collect();
        prop_assert!(walk.len() <= wheel.len() + 1);
        for (index, weight) in weights.iter().enumerate() {
            prop_assert_eq!(walk.contains(&index), *weight > 0);
        }
    }

    #[test]
    fn turns_of_one_that_is_away_are_shared_equally(count in 2..9usize, away in 0..9usize) {
        let away = away % count;
        let wheel = Wheel::new(&vec![1; count]);
        let mut taken = vec![0usize; count];
        for turn in 0..(count * (count - 1)) as u64 {
            taken[wheel.walk(turn).find(|index| *index != away).unwrap()] += 1;
        }
        for (index, taken) in taken.iter().enumerate() {
            prop_assert_eq!(*taken, if index == away { 0 } else { count });
        }
    }

    #[test]
    fn a_key_whose_endpoint_is_there_stays_when_another_one_goes(
        count in 2..20usize, away in 0..20usize, key in any::<[u8; 6]>(),
    ) {
        let (ips, away) = (ips(count), away % count);
        let ring = Ring::new(10_000, count, &equals(&ips));
        let before = ring.walk(&key).next().unwrap();
        let after = ring.walk(&key).find(|index| *index != away).unwrap();
        prop_assert!(before == away || before == after);
    }

    #[test]
    fn a_walk_round_a_ring_ends_and_comes_to_everybody(
        count in 0..20usize, slots in 0..12_000u32, key in vec(any::<u8>(), 0..20),
    ) {
        let ips = ips(count);
        let ring = Ring::new(slots, count, &equals(&ips));
        let walk: Vec<usize> = ring.walk(&key).collect();
        prop_assert_eq!(ring.is_empty(), count == 0);
        prop_assert!(walk.len() <= count * 160);
        for index in 0..count {
            prop_assert!(walk.contains(&index));
        }
    }

    #[test]
    fn the_least_loaded_is_not_beaten(loads in vec((0..50u32, 0..5u32), 0..10)) {
        let loads = loads.into_iter().map(|(open, weight)| Load { open, weight });
        let loads: Vec<Load> = loads.collect();
        let share = |load: &Load| f64::from(load.open + 1) / f64::from(load.weight);
        match least(loads.iter().copied().enumerate()) {
            None => prop_assert!(loads.iter().all(|load| load.weight == 0)),
            Some(best) => {
                prop_assert!(loads[best].weight > 0);
                for other in loads.iter().filter(|load| load.weight > 0) {
                    prop_assert!(share(&loads[best]) <= share(other) + 1e-9);
                }
            }
        }
    }

    #[test]
    fn more_waiting_or_more_latency_is_never_better(
        latency_us in 1.0..1e9f32, more_us in 0.0..1e9f32, open in 0..1000u32, weight in 1..100u32,
    ) {
        let owed_us = 0.0;
        let pace = Pace { latency_us, owed_us, open, weight };
        let owing = Pace { owed_us: more_us, ..pace };
        let busy = Pace { open: open + 1, ..pace };
        let slower = Pace { latency_us: latency_us + more_us, ..pace };
        prop_assert!(pace.score() < busy.score());
        prop_assert!(pace.score() <= owing.score());
        prop_assert!(pace.score() <= slower.score());
        prop_assert_eq!(fastest([(7, busy), (9, pace)]), Some(9));
    }

    #[test]
    fn an_average_stays_between_zero_and_the_worst(
        latencies in vec((0..60_000u32, 0.0..1e8f32), 1..30), start in any::<u32>(),
    ) {
        let mut now = start;
        let mut average = Average::new(now, 0.0);
        for (pause, latency) in &latencies {
            let stored = average.now(now);
            now = now.wrapping_add(*pause);
            let before = average.now(now);
            average = average.after(now, *latency);
            // A peak counts at once; anything else moves it towards what was seen.
            prop_assert!(average.now(now) >= before.min(*latency));
            prop_assert!(average.now(now) <= stored.max(*latency) * 1.001 + 1.0);
            prop_assert_eq!(Average::from_bits(average.to_bits()), average);
        }
        prop_assert!(average.now(now.wrapping_add(200_000)) <= average.now(now) * 1e-6 + 1e-3);
    }

    #[test]
    fn a_sticky_id_is_read_as_it_was_written(address in ".{0,20}", name in ".{0,20}") {
        let id = StickyId::of(&address, &name);
        prop_assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn no_other_text_is_a_sticky_id(text in "[0-9a-fx+ ]{0,20}") {
        let is_id = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        prop_assert_eq!(text.parse::<StickyId>().is_ok(), is_id);
    }

    #[test]
    fn hashing_takes_every_text(bytes in vec(any::<u8>(), 0..100), seed in any::<u32>()) {
        prop_assert_eq!(xxhash32(&bytes, seed), xxhash32(&bytes, seed));
    }
}

proptest! {
    // Large wheels take their time.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_wheel_is_bounded_and_forgets_nobody(weights in vec(0..=u32::MAX, 0..40)) {
        let wheel = Wheel::new(&weights);
        prop_assert!(wheel.len() <= (1 << 16) + weights.len());
        let seen: std::collections::BTreeSet<usize> = wheel.walk(0).collect();
        for (index, weight) in weights.iter().enumerate() {
            prop_assert_eq!(seen.contains(&index), *weight > 0);
        }
    }
}

#[test]
fn nobody_is_nobody() {
    assert_eq!(Wheel::new(&[]).walk(5).next(), None);
    assert!(Ring::new(1000, 0, &[]).is_empty());
    assert_eq!(Ring::default().walk(b"x").next(), None);
    assert_eq!(least([]), None);
    assert_eq!(fastest([]), None);
    assert_eq!("".parse::<StickyId>(), Err(NoStickyId));
}

/// A target that is taken out of the list takes its keys along; others move only where its points
/// had pushed theirs aside.
#[test]
fn few_keys_move_when_a_target_goes() {
    let ips = ips(8);
    let all = Ring::new(10_000, 8, &equals(&ips));
    let fewer = Ring::new(10_000, 7, &equals(&ips[..7]));
    let keys: Vec<String> = (0..10_000).map(|key| key.to_string()).collect();
    let at = |ring: &Ring, key: &String| ring.walk(key.as_bytes()).next().unwrap();
    let stayed = keys.iter().filter(|key| at(&all, key) != 7);
    let (moved, all_of_them) = stayed.fold((0, 0), |(moved, count), key| {
        (
            moved + usize::from(at(&all, key) != at(&fewer, key)),
            count + 1,
        )
    });
    assert!(moved * 50 < all_of_them, "{moved} of {all_of_them}");
}

#[test]
fn keys_spread_by_weight() {
    let ips = ips(3);
    let mut members = equals(&ips);
    members[0].weight = 200;
    let ring = Ring::new(10_000, 3, &members);
    let mut taken = [0; 3];
    for key in 0..30_000 {
        taken[ring.walk(key.to_string().as_bytes()).next().unwrap()] += 1;
    }
    for (taken, share) in taken.iter().zip([15_000.0, 7_500.0, 7_500.0]) {
        assert!(
            (f64::from(*taken) / share - 1.0).abs() < 0.25,
            "{taken} of {share}"
        );
    }
}

/// The older a latency the less it says, and a slow endpoint gets its next chance.
#[test]
fn an_average_fades_within_ten_seconds() {
    let average = Average::new(0, 1000.0);
    for (now_ms, left) in [(0, 1000.0), (10_000, 367.9), (20_000, 135.3)] {
        assert!((average.now(now_ms) - left).abs() < 0.1);
    }
    let settled = average.after(10_000, 100.0).now(10_000);
    assert!((settled - (367.9 + 63.2)).abs() < 0.1, "{settled}");
    assert!((average.after(5, 5000.0).now(5) - 5000.0).abs() < 0.1);
}

/// One request finds out how a new endpoint does; more of them wait for that.
#[test]
fn an_unknown_endpoint_gets_one_request() {
    let known = Pace {
        latency_us: 50_000.0,
        owed_us: 0.0,
        open: 3,
        weight: 1,
    };
    let unknown = Pace {
        latency_us: 0.0,
        open: 0,
        ..known
    };
    let asked = Pace { open: 1, ..unknown };
    assert_eq!(fastest([(0, known), (1, unknown)]), Some(1));
    assert_eq!(fastest([(0, known), (1, asked)]), Some(0));
}
