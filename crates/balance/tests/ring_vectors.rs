//! Where keys land, derived from the original's algorithm by a second program written for this.

use haleway_balance::{Ring, RingMember};

const KEYS: [&str; 8] = [
    "",
    "a",
    "alice",
    "bob",
    "carol",
    "10.1.2.3",
    "/orders/7",
    "6",
];

fn equal(ip: &'static str) -> RingMember<'static> {
    RingMember {
        target: ip,
        target_port: 8000,
        ip,
        port: 8000,
        weight: 100,
    }
}

fn three() -> [RingMember<'static>; 3] {
    ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(equal)
}

/// The last part of the address that each key finds, past those that are away.
fn found(ring: &Ring, members: &[RingMember<'_>], away: &str) -> String {
    let find = |key: &&str| {
        let mut walk = ring.walk(key.as_bytes());
        let index = walk
            .find(|index| members[*index].ip != away)
            .expect("another is there");
        members[index].ip.chars().last().expect("an address")
    };
    KEYS.iter().map(find).collect()
}

#[test]
fn equal_targets() {
    let members = three();
    let ring = Ring::new(10_000, 3, &members);
    assert_eq!(ring.walk(b"").count(), 480);
    assert_eq!(found(&ring, &members, ""), "33112212");
    assert_eq!(found(&ring, &members, "10.0.0.2"), "33111313");
}

#[test]
fn the_order_of_the_list_does_not_matter() {
    let mut members = three();
    members.reverse();
    let ring = Ring::new(10_000, 3, &members);
    assert_eq!(found(&ring, &members, ""), "33112212");
}

#[test]
fn names_with_weights_one_of_them_unresolved() {
    let of = |target, target_port, ip, weight| RingMember {
        target,
        target_port,
        ip,
        port: target_port,
        weight,
    };
    let members = [
        of("b.test", 123, "1.2.3.4", 10),
        of("b.test", 123, "1.2.3.5", 10),
        of("a.test", 321, "5.6.7.8", 5),
    ];
    // Fewer slots than the least count as the least.
    for slots in [10, 1000] {
        let ring = Ring::new(slots, 3, &members);
        let points: Vec<usize> = ring.walk(b"").collect();
        let count = |index: usize| points.iter().filter(|it| **it == index).count();
        assert_eq!([0, 1, 2].map(count), [192, 192, 96]);
        assert_eq!(found(&ring, &members, ""), "58444454");
    }
}

#[test]
fn the_lightest_has_one_point_and_weight_zero_none() {
    let weighted = |(ip, weight)| RingMember {
        weight,
        ..equal(ip)
    };
    let members = [("10.0.0.1", 1), ("10.0.0.2", 1000), ("10.0.0.3", 0)].map(weighted);
    let ring = Ring::new(1000, 3, &members);
    let points: Vec<usize> = ring.walk(b"x").collect();
    assert_eq!(points.len(), 480);
    assert_eq!(points.iter().filter(|index| **index == 0).count(), 1);
    assert!(!points.contains(&2));
}

#[test]
fn a_ring_that_is_too_small_is_built_larger() {
    let ips: Vec<String> = (1..=7).map(|last| format!("10.0.0.{last}")).collect();
    let member = |ip: &String| RingMember {
        target: "many.test",
        target_port: 80,
        ip: Box::leak(ip.clone().into_boxed_str()),
        port: 80,
        weight: 100,
    };
    let members: Vec<_> = ips.iter().map(member).collect();
    // 7 x 160 points have no room in 1000 places.
    let ring = Ring::new(1000, 7, &members);
    assert_eq!(ring.walk(b"").count(), 7 * 160);
}
