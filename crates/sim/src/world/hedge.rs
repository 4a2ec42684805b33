//! Second tries: a request that waits for an endpoint in doubt is sent to another one, too, within
//! the pool's budget, and the first answer is the request's. The slower try goes on by itself until
//! it is settled or its time is over (`engine/src/call/hedge.rs`).

use haleway_health::{Permit, Tick};

use super::choose::Ask;
use super::court::Place;
use super::flight::Flight;
use super::{Due, World};

impl World {
    /// Whether a try of a request may be followed by a second one besides.
    pub(super) fn hedges(&self, flight: &Flight) -> bool {
        let calls = &self.calls[flight.calls];
        let gates = self.pools[flight.pool].gates.as_ref();
        let hedges = gates.is_some_and(|it| it.silence.is_some() && it.hedge_ppm.is_some());
        hedges && calls.facts[flight.call].is_idempotent(&calls.stream.method)
    }

    /// The tries that wait for an endpoint and may be followed by a second one.
    pub(super) fn waiting_for(&self, place: Place) -> Vec<(u64, usize)> {
        let flights = self.flights.values().filter(|it| it.pool == place.pool);
        let waiting = flights.flat_map(|flight| {
            let tries = flight.tries.iter().enumerate();
            let waits = tries.filter(|(_, it)| it.member == place.member && it.may_hedge);
            waits.map(|(attempt, _)| (flight.number, attempt))
        });
        waiting.collect()
    }

    /// A try waits for an endpoint in doubt. One that is itself a trial first waits for as long as
    /// the endpoint may be silent: finding out is what it is for.
    pub(super) fn doubt(&mut self, number: u64, attempt: usize) {
        let Some(flight) = self.flights.get(&number) else {
            return;
        };
        let Some(waits) = flight.tries.get(attempt).filter(|it| it.may_hedge) else {
            return;
        };
        let place = Place {
            pool: flight.pool,
            member: waits.member,
        };
        let patience_us = self.member(place).map_or(0, |it| it.looked.patience_us());
        let patient_until_us = waits.began_us.saturating_add(patience_us);
        if waits.permit.is_some_and(Permit::is_trial) && self.now_us < patient_until_us {
            let due = Due::Doubt {
                flight: number,
                attempt,
            };
            return self.plan(patient_until_us, due);
        }
        if self.in_doubt(place) {
            self.second_try(number, attempt, place);
        }
    }

    fn second_try(&mut self, number: u64, attempt: usize, suspect: Place) {
        let Some(mut flight) = self.flights.remove(&number) else {
            return;
        };
        flight.tries[attempt].may_hedge = false;
        let mut avoided = flight.failed.clone();
        avoided.push(suspect.member);
        let ask = Ask {
            now: Tick(self.now_us),
            client: flight.client,
            failed: &avoided,
        };
        let pool = &mut self.pools[suspect.pool];
        match pool.choose(&ask, &mut self.chance) {
            Some((member, permit)) if member != suspect.member && pool.may_hedge() => {
                pool.hedged += 1;
                self.set_off(flight, (member, permit), false);
            }
            found => {
                if let Some((member, Some(permit))) = found {
                    pool.members[member].gate.abandon(permit);
                }
                self.flights.insert(number, flight);
            }
        }
    }
}
