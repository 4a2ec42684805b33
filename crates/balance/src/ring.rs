//! Equal keys to equal endpoints: a ring of places as Kong builds it.
//!
//! Source: Kong 3.x, `kong/runloop/balancer/consistent_hashing.lua`. The number of points, their
//! places, the order in which endpoints claim them and the direction of the walk are those of the
//! original, so that a key finds the same endpoint here as there.
//!
//! One thing differs. Where the original finds no free place for a point it gives the whole ring
//! up and answers nothing (at 10000 slots that happens above 62 targets); here such a ring is
//! built with twice the places.

use crate::xxhash::xxhash32;

/// The fewest places of a ring; fewer count as this many.
pub const SLOTS_MIN: u32 = 1000;

/// The most places of a ring.
pub const SLOTS_MAX: u32 = 1 << 20;

/// Points of a target where all have the same weight.
pub const POINTS_PER_TARGET: u32 = 160;

/// Nobody's place.
const FREE: u32 = u32::MAX;

/// An endpoint that claims places.
#[derive(Clone, Copy, Debug)]
pub struct RingMember<'a> {
    /// The target it belongs to, as it is written.
    pub target: &'a str,
    /// That target's port.
    pub target_port: u16,
    /// Its IP address, IPv6 in brackets.
    pub ip: &'a str,
    /// Its port.
    pub port: u16,
    /// Its share of the places; 0 gets none.
    pub weight: u32,
}

/// A ring of places.
#[derive(Clone, Debug, Default)]
pub struct Ring {
    /// For each place the point that serves it: the one there, else the next one counter-clockwise.
    serving: Box<[u32]>,
    /// Endpoints of the points, counter-clockwise.
    points: Box<[u32]>,
}

impl Ring {
    /// The ring of these endpoints, which come from so many targets, those without an endpoint
    /// included. Their order does not matter.
    #[must_use]
    pub fn new(slots: u32, targets: usize, members: &[RingMember<'_>]) -> Self {
        let claims = claims(targets, members);
        let mut slots = slots.clamp(SLOTS_MIN, SLOTS_MAX);
        loop {
            let (places, whole) = claimed(slots, &claims, members);
            if whole || slots == SLOTS_MAX {
                return Self::of(&places);
            }
            slots = slots.saturating_mul(2).min(SLOTS_MAX);
        }
    }

    fn of(places: &[u32]) -> Self {
        let taken = (0..places.len()).filter(|place| places[*place] != FREE);
        let mut points: Vec<u32> = taken.map(|place| places[place]).collect();
        points.reverse();
        let mut serving = Vec::with_capacity(places.len());
        // Below the first point the walk comes round to the last one, which is the first of the
        // points in walking order.
        let mut behind = points.len();
        for place in places {
            if *place != FREE {
                behind -= 1;
            }
            serving.push(if behind == points.len() {
                0
            } else {
                behind as u32
            });
        }
        Self {
            serving: serving.into(),
            points: points.into(),
        }
    }

    /// There is no endpoint on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The endpoints on the way once round the ring, counter-clockwise from the key's place. Most
    /// come more than once.
    pub fn walk(&self, key: &[u8]) -> impl Iterator<Item = usize> + Clone + '_ {
        let places = self.serving.len().max(1);
        let place = xxhash32(key, 0) as usize % places;
        let from = self.serving.get(place).map_or(0, |point| *point as usize);
        let from = from.min(self.points.len());
        let points = self.points[from..].iter().chain(&self.points[..from]);
        points.map(|index| *index as usize)
    }
}

/// How many places each endpoint claims, in the order in which they do.
fn claims(targets: usize, members: &[RingMember<'_>]) -> Vec<(u32, u32)> {
    let total: u64 = members.iter().map(|member| u64::from(member.weight)).sum();
    let mut order: Vec<usize> = (0..members.len()).collect();
    let key = |index: &usize| {
        let it = &members[*index];
        (it.target, it.target_port, format!("{}:{}", it.ip, it.port))
    };
    order.sort_by_cached_key(key);
    let points = |weight: u32| match weight {
        0 => 0,
        _ => points(weight, total, targets),
    };
    let claim = |index: usize| (index as u32, points(members[index].weight));
    order.into_iter().map(claim).collect()
}

/// The points of an endpoint, in floating point as the original counts them. With very many
/// targets each gets fewer, so that there is place for all.
fn points(weight: u32, total: u64, targets: usize) -> u32 {
    let room = (SLOTS_MAX / 2) as usize / targets.max(1);
    let per_target = room.min(POINTS_PER_TARGET as usize) as f64;
    let share = f64::from(weight) / total as f64;
    let points = (share * targets as f64 * per_target).floor();
    // The cast saturates; weights are far too small for it to matter.
    (points as u32).max(1)
}

/// The places as they were claimed, and whether there were enough.
fn claimed(slots: u32, claims: &[(u32, u32)], members: &[RingMember<'_>]) -> (Vec<u32>, bool) {
    let mut places = vec![FREE; slots as usize];
    for (index, claim) in claims {
        let member = &members[*index as usize];
        let mut left = *claim;
        let mut number = 1;
        while left > 0 {
            if number >= slots {
                return (places, false);
            }
            // The second colon is the original's.
            let name = format!("{}::{} {number}", member.ip, member.port);
            let place = &mut places[(xxhash32(name.as_bytes(), 0) % slots) as usize];
            if *place == FREE {
                *place = *index;
                left -= 1;
            }
            number += 1;
        }
    }
    (places, true)
}
