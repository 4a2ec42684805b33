//! Requests: from their arrival over their tries to what the client gets. The order of settling,
//! choosing and telling is the engine's (`engine/src/call/retry.rs`, `engine/src/health/entered.rs`).

use haleway_health::{Class, EndpointId, Event, OutcomeReport, Permit, Tick, What};

use super::choose::{Ask, Found, now_ms};
use super::court::Place;
use super::{Due, World};
use crate::behaviour::within;
use crate::report::{Happened, Unmet};
use crate::route::{CallFacts, Failure};

/// A request under way.
pub(super) struct Flight {
    pub(super) number: u64,
    /// Which calls, and which of them.
    pub(super) calls: usize,
    pub(super) call: usize,
    pub(super) pool: usize,
    pub(super) client: u64,
    began_us: u64,
    retries_left: u32,
    /// Members that failed it.
    pub(super) failed: Vec<usize>,
    pub(super) tries: Vec<Try>,
    breaker: Option<Permit>,
    /// The client has its answer; a slower try goes on by itself.
    pub(super) is_over: bool,
}

/// One try.
pub(super) struct Try {
    pub(super) member: usize,
    pub(super) permit: Option<Permit>,
    pub(super) began_us: u64,
    /// Another endpoint may be tried besides.
    pub(super) may_hedge: bool,
    /// Another one was quicker: it goes on by itself.
    is_left: bool,
    /// How it ended.
    ended: Option<What>,
}

impl Flight {
    /// Some try has not ended.
    fn is_under_way(&self) -> bool {
        self.tries.iter().any(|it| it.ended.is_none())
    }

    /// The tries that have not ended are waited for no more.
    fn leave_others(&mut self) {
        for slower in self.tries.iter_mut().filter(|it| it.ended.is_none()) {
            slower.is_left = true;
            slower.may_hedge = false;
        }
    }
}

/// What became of a request.
#[derive(Clone, Copy)]
enum Outcome {
    /// An endpoint answered.
    Answer(u16),
    Failure(Failure),
}

impl World {
    /// A request of a stream arrives, and the next one is planned.
    pub(super) fn arrive(&mut self, stream: usize, number: u64) {
        let calls = &self.calls[stream];
        let arrives = calls.stream.arrives;
        if number + 1 < arrives.count() {
            let number = number + 1;
            self.plan(arrives.at_us(number), Due::Arrival { stream, number });
        }
        let calls = &self.calls[stream];
        let client = number % calls.stream.clients.max(1);
        for call in 0..calls.facts.len() {
            self.launch(stream, call, client);
        }
    }

    fn launch(&mut self, calls: usize, call: usize, client: u64) {
        self.flights_made += 1;
        let number = self.flights_made;
        let facts = &self.calls[calls].facts[call];
        let (pool, breaker) = self.calls[calls].places[call];
        let mut flight = Flight {
            number,
            calls,
            call,
            pool,
            client,
            began_us: self.now_us,
            retries_left: facts.retries_max,
            failed: Vec::new(),
            tries: Vec::new(),
            breaker: None,
            is_over: false,
        };
        let whole_us = facts.whole_us;
        self.pools[pool].came += 1;
        if let Some(breaker) = breaker {
            let Ok(permit) = self.pools[breaker].members[0].gate.enter() else {
                return self.finish(flight, Outcome::Failure(Failure::BreakerOpen));
            };
            flight.breaker = Some(permit);
        }
        if let Some(whole_us) = whole_us {
            let at_us = self.now_us.saturating_add(whole_us);
            self.plan(at_us, Due::Deadline { flight: number });
        }
        self.next_try(flight, Failure::NoEndpoint);
    }

    /// Tries the next endpoint; `otherwise` is what it comes to where there is none.
    fn next_try(&mut self, flight: Flight, otherwise: Failure) {
        let ask = Ask {
            now: Tick(self.now_us),
            client: flight.client,
            failed: &flight.failed,
        };
        let Some((member, permit)): Option<Found> =
            self.pools[flight.pool].choose(&ask, &mut self.chance)
        else {
            return self.finish(flight, Outcome::Failure(otherwise));
        };
        let may_hedge = self.hedges(&flight);
        self.set_off(flight, (member, permit), may_hedge);
    }

    /// A try sets off.
    pub(super) fn set_off(&mut self, mut flight: Flight, (member, permit): Found, may_hedge: bool) {
        let now_us = self.now_us;
        let calls = &self.calls[flight.calls];
        let pool = flight.pool;
        let facts = &calls.facts[flight.call];
        let chosen = &mut self.pools[pool].members[member];
        chosen.tally.asked(0, Tick(now_us));
        chosen.open += 1;
        let fate = chosen.seen_by_requests.fate(now_us, calls.stream.wish);
        let ends = within(fate, now_us, facts.connect_us, facts.try_us);
        let attempt = flight.tries.len();
        flight.tries.push(Try {
            member,
            permit,
            began_us: now_us,
            may_hedge,
            is_left: false,
            ended: None,
        });
        let number = flight.number;
        self.flights.insert(number, flight);
        if let Some((at_us, what)) = ends {
            let due = Due::TryEnds {
                flight: number,
                attempt,
                what,
            };
            self.plan(at_us, due);
        }
        if may_hedge && self.in_doubt(Place { pool, member }) {
            self.doubt(number, attempt);
        }
    }

    /// A try ends: it is settled, and followed by the next one or by the request's end.
    pub(super) fn try_ends(&mut self, number: u64, attempt: usize, what: What) {
        let Some(mut flight) = self.flights.remove(&number) else {
            return;
        };
        let calls = &self.calls[flight.calls];
        let facts = &calls.facts[flight.call];
        let again = flight.retries_left > 0 && facts.may_repeat(&calls.stream.method, what);
        let Some(member) = flight.tries.get(attempt).map(|it| it.member) else {
            return;
        };
        if flight.tries[attempt].is_left {
            // Nobody waits for it, so no further try follows.
            self.end_try(&mut flight, attempt, what, true);
            if !flight.is_over || flight.is_under_way() {
                self.flights.insert(number, flight);
            }
            return;
        }
        let mut others = flight.tries.iter().enumerate();
        let waits = others.any(|(at, it)| at != attempt && it.ended.is_none() && !it.is_left);
        if waits && !matches!(what, What::Status(_)) {
            // The other one may still be answered.
            self.end_try(&mut flight, attempt, what, false);
            self.flights.insert(number, flight);
            return;
        }
        self.end_try(&mut flight, attempt, what, !again);
        flight.leave_others();
        if again {
            flight.failed.push(member);
            flight.retries_left -= 1;
            return self.next_try(flight, Failure::NoneLeft);
        }
        self.finish(
            flight,
            match what {
                What::Status(status) => Outcome::Answer(status),
                what => Outcome::Failure(Failure::Try(what)),
            },
        );
    }

    /// The time for a request is over: what is under way counts as a timeout.
    pub(super) fn deadline(&mut self, number: u64) {
        let Some(mut flight) = self.flights.remove(&number) else {
            return;
        };
        for attempt in 0..flight.tries.len() {
            if flight.tries[attempt].ended.is_none() {
                let what = What::AnswerTimeout;
                self.close_try(&mut flight, attempt, what, Some(Class::Timeout));
            }
        }
        if flight.is_over {
            return;
        }
        self.finish(flight, Outcome::Failure(Failure::Deadline));
    }

    fn end_try(&mut self, flight: &mut Flight, attempt: usize, what: What, last_try: bool) {
        let gates = self.pools[flight.pool].gates.as_ref();
        let class = gates.map(|gates| gates.classifier.class(what, last_try));
        self.close_try(flight, attempt, what, class);
    }

    /// Settles a try, and counts it.
    fn close_try(&mut self, flight: &mut Flight, attempt: usize, what: What, class: Option<Class>) {
        let now_us = self.now_us;
        let pool = flight.pool;
        let ending = &mut flight.tries[attempt];
        ending.ended = Some(what);
        ending.may_hedge = false;
        let latency_us = now_us - ending.began_us;
        let place = Place {
            pool,
            member: ending.member,
        };
        if let (Some(permit), Some(class)) = (ending.permit.take(), class) {
            self.settle(place, permit, (what, class), flight.number, latency_us);
        }
        let is_slow = latency_us > self.slow_us;
        let Some(member) = self.member_mut(place) else {
            return;
        };
        let is_heard = what.is_answer();
        let counted = class.unwrap_or(Class::Neutral);
        member
            .tally
            .ended(0, Tick(now_us), counted, is_heard, latency_us);
        member.open = member.open.saturating_sub(1);
        if is_heard {
            let now_ms = now_ms(Tick(now_us));
            member.average = member.average.after(now_ms, latency_us as f32);
        }
        member.tries.add(now_us, is_bad(what), is_slow);
    }

    /// Books an outcome at a gate, and tells the judge of it where the gate says so.
    fn settle(
        &mut self,
        place: Place,
        permit: Permit,
        (what, class): (What, Class),
        request: u64,
        latency_us: u64,
    ) {
        let Some(pool) = self.pools.get(place.pool) else {
            return;
        };
        let (Some(gates), Some(member)) = (&pool.gates, pool.members.get(place.member)) else {
            return;
        };
        let settled = member.gate.settle(permit, gates.rules.rule(class));
        let id: Option<EndpointId> = member.id.filter(|_| settled.tell);
        let event = Event::Outcome(OutcomeReport {
            request,
            what,
            class,
            latency_us,
            trial: permit.is_trial(),
            closed: settled.closed,
        });
        self.told.extend(id.map(|id| (id, event)));
    }

    /// The client gets its answer.
    fn finish(&mut self, mut flight: Flight, outcome: Outcome) {
        let facts = &self.calls[flight.calls].facts[flight.call];
        let (status, call_failed) = match outcome {
            Outcome::Answer(status) => facts.answered(status),
            Outcome::Failure(failure) => (facts.failed(failure), true),
        };
        let (pool, breaker) = (flight.pool, self.calls[flight.calls].places[flight.call].1);
        if let (Some(breaker), Some(permit)) = (breaker, flight.breaker.take()) {
            let seen = guarded(outcome, call_failed);
            let place = Place {
                pool: breaker,
                member: 0,
            };
            let latency_us = self.now_us - flight.began_us;
            self.settle(place, permit, seen, flight.number, latency_us);
        }
        let took_us = self.now_us - flight.began_us;
        let (failed, slow) = (call_failed || status >= 500, took_us > self.slow_us);
        self.requests.add(self.now_us, failed, slow);
        self.pools[pool].requests.add(self.now_us, failed, slow);
        if self.calls[flight.calls].stream.arrives.is_told() {
            let happened = self.told_of(&flight, outcome, status);
            self.note(happened);
        }
        self.compare(&flight, Some(status));
        if flight.is_under_way() {
            flight.is_over = true;
            self.flights.insert(flight.number, flight);
        }
    }

    /// Compares what came with what the scenario expects.
    pub(super) fn compare(&mut self, flight: &Flight, got: Option<u16>) {
        let calls = &self.calls[flight.calls];
        let expected = calls
            .stream
            .expect
            .filter(|expected| got != Some(*expected));
        if let Some(expected) = expected {
            self.unmet.push(Unmet {
                request: flight.number,
                line: calls.line.clone(),
                expected,
                got,
            });
        }
    }

    fn told_of(&self, flight: &Flight, outcome: Outcome, status: u16) -> Happened {
        let calls = &self.calls[flight.calls];
        let pool = &self.pools[flight.pool];
        let tries = flight.tries.iter().map(|it| {
            let how = it
                .ended
                .map_or_else(|| "no answer yet".to_owned(), |what| what.to_string());
            (pool.members[it.member].address.clone(), how)
        });
        Happened::Request {
            at_us: self.now_us,
            number: flight.number,
            began_us: flight.began_us,
            pool: pool.name.clone(),
            method: calls.stream.method.clone(),
            status,
            tries: tries.collect(),
            failure: match outcome {
                Outcome::Answer(_) | Outcome::Failure(Failure::Try(_)) => String::new(),
                Outcome::Failure(Failure::NoEndpoint) => "nobody may be asked".to_owned(),
                Outcome::Failure(Failure::NoneLeft) => "nobody is left to be asked".to_owned(),
                Outcome::Failure(Failure::BreakerOpen) => "the breaker is open".to_owned(),
                Outcome::Failure(Failure::Deadline) => "the time for it is over".to_owned(),
            },
        }
    }
}

/// What a breaker makes of a call: every failure of it is one, and nothing else is.
fn guarded(outcome: Outcome, call_failed: bool) -> (What, Class) {
    match outcome {
        Outcome::Answer(_) if !call_failed => (What::Connected, Class::Success),
        // A status that is none to the call is a fault without a status of its own.
        Outcome::Answer(_) => (What::Status(500), Class::HttpFailure),
        Outcome::Failure(failure) => {
            let what = match failure {
                Failure::Try(what) => what,
                Failure::Deadline => What::AnswerTimeout,
                Failure::NoEndpoint | Failure::NoneLeft | Failure::BreakerOpen => What::Unreachable,
            };
            let class = match what {
                What::ConnectTimeout | What::TlsTimeout | What::AnswerTimeout => Class::Timeout,
                What::Status(_) | What::Garbage | What::NotServing => Class::HttpFailure,
                What::Cancelled => Class::Neutral,
                _ => Class::TcpFailure,
            };
            (what, class)
        }
    }
}

/// No answer, or one from 500 on.
fn is_bad(what: What) -> bool {
    match what {
        What::Status(status) => status >= 500,
        _ => true,
    }
}

/// What a call of a stream is, for whoever plans it.
pub(super) fn breakers(facts: &[CallFacts]) -> impl Iterator<Item = &haleway_blueprint::Breaker> {
    facts.iter().filter_map(|facts| facts.breaker.as_ref())
}
