//! The world: time, what is due in it, and what follows.
//!
//! Time jumps from one thing that is due to the next. What is due at one moment happens in the order
//! in which it was planned; the judge's own deadlines come first. Whoever tells the judge something
//! tells it behind the step that it happened in, as the engine's inbox does: a try that failed is
//! followed by the next one before the judge hears of it.

mod choose;
mod court;
mod flight;
mod found;
mod hedge;
mod pool;
mod probe;
mod setup;
mod silence;

use std::collections::{BTreeMap, VecDeque};

use haleway_blueprint::Blueprint;
use haleway_document::{Diagnostic, Sources};
use haleway_health::{EndpointId, Event, Tick, What};

use crate::chance::Chance;
use crate::code;
use crate::report::{Counts, Happened, Report, Unmet};
use crate::route::CallFacts;
use crate::scenario::Scenario;
use court::{Bench, Place};
use flight::Flight;
use pool::Pool;

/// Steps that are played: more than any story needs, few enough to end within a minute.
const STEPS_MAX: u64 = 100_000_000;

/// Entries of a timeline.
const TIMELINE_MAX: usize = 20_000;

/// What came of playing.
#[derive(Clone, Debug, PartialEq)]
pub struct Played {
    /// What happened.
    pub report: Report,
    /// The judge's inputs, in the trace format of the crate `health`; `None` where nobody asked.
    pub trace: Option<String>,
}

/// Plays a scenario on a blueprint; `record` asks for the judge's trace.
///
/// # Errors
/// The scenario names what the blueprint has not, or has more steps than are played.
pub fn play(
    blueprint: &Blueprint,
    scenario: &Scenario,
    sources: &Sources,
    record: bool,
) -> Result<Played, Vec<Diagnostic>> {
    let mut world = setup::world(blueprint, scenario, sources, record)?;
    let played = world.run();
    if !played {
        let message = format!("the scenario has more than {STEPS_MAX} steps");
        let finding = Diagnostic::error(code::TOO_LONG, message)
            .help("let it end earlier, or let fewer requests arrive");
        return Err(vec![finding]);
    }
    Ok(world.conclude())
}

/// Something that is due.
#[derive(Clone, Copy, Debug)]
enum Due {
    /// The request of a stream with this number arrives.
    Arrival { stream: usize, number: u64 },
    /// A try of a request ends.
    TryEnds {
        flight: u64,
        attempt: usize,
        what: What,
    },
    /// The time for a request is over.
    Deadline { flight: u64 },
    /// A probe comes back.
    ProbeEnds {
        endpoint: EndpointId,
        attempt: u64,
        what: What,
        latency_us: u64,
    },
    /// Something of the script that is told.
    Script(usize),
    /// An operator commands.
    Command(usize),
    /// Somebody looks who owes answers.
    Look,
    /// A try has waited long enough for an endpoint in doubt.
    Doubt { flight: u64, attempt: usize },
}

/// Requests that arrive, with the calls they make.
struct Calls {
    stream: crate::scenario::Stream,
    /// Where the entry stands.
    line: String,
    facts: Vec<CallFacts>,
    /// The pool of each call, and its breaker among the bench's pools.
    places: Vec<(usize, Option<usize>)>,
}

/// The world.
struct World {
    now_us: u64,
    until_us: u64,
    seed: u64,
    slow_us: u64,
    planned: u64,
    due: BTreeMap<(u64, u64), Due>,
    pools: Vec<Pool>,
    bench: Bench,
    calls: Vec<Calls>,
    flights: BTreeMap<u64, Flight>,
    flights_made: u64,
    /// Behaviours that are told of, by the moment.
    script: Vec<Happened>,
    commands: Vec<Command>,
    /// What the judge is to hear behind this step.
    told: VecDeque<(EndpointId, Event)>,
    /// Endpoints that came into doubt.
    alarmed: Vec<Place>,
    chance: Chance,
    timeline: Vec<Happened>,
    left_out: u64,
    requests: Counts,
    unmet: Vec<Unmet>,
}

/// A command to some endpoints.
struct Command {
    command: haleway_health::Command,
    word: &'static str,
    places: Vec<Place>,
}

impl World {
    /// Plays to the end; false where there was no end within the steps that are played.
    fn run(&mut self) -> bool {
        for _ in 0..STEPS_MAX {
            let next = self.due.first_key_value().map(|(key, _)| *key);
            let deadline = self.bench.next_deadline().map(|at| at.0);
            match (next, deadline) {
                (next, Some(at))
                    if at <= self.until_us && next.is_none_or(|(due, _)| at <= due) =>
                {
                    self.now_us = self.now_us.max(at);
                    self.bench.advance(Tick(self.now_us));
                    self.carry_out();
                    self.settle_step();
                }
                (Some(key), _) if key.0 <= self.until_us => {
                    self.now_us = self.now_us.max(key.0);
                    if let Some(due) = self.due.remove(&key) {
                        self.happen(due);
                        self.settle_step();
                    }
                }
                _ => return true,
            }
        }
        false
    }

    /// Tells the judge what happened, and wakes who waits for endpoints in doubt, until nothing
    /// more follows.
    fn settle_step(&mut self) {
        while !(self.told.is_empty() && self.alarmed.is_empty()) {
            self.tell();
            self.alarm();
        }
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Arrival { stream, number } => self.arrive(stream, number),
            Due::TryEnds {
                flight,
                attempt,
                what,
            } => self.try_ends(flight, attempt, what),
            Due::Deadline { flight } => self.deadline(flight),
            Due::ProbeEnds {
                endpoint,
                attempt,
                what,
                latency_us,
            } => self.probe_ends(endpoint, attempt, what, latency_us),
            Due::Script(index) => {
                if let Some(happened) = self.script.get(index).cloned() {
                    self.note(happened);
                }
            }
            Due::Command(index) => self.command(index),
            Due::Look => self.look(),
            Due::Doubt { flight, attempt } => self.doubt(flight, attempt),
        }
    }

    /// Plans something.
    fn plan(&mut self, at_us: u64, due: Due) {
        self.planned += 1;
        self.due.insert((at_us.max(self.now_us), self.planned), due);
    }

    /// Adds to the timeline.
    fn note(&mut self, happened: Happened) {
        if self.timeline.len() < TIMELINE_MAX {
            self.timeline.push(happened);
        } else {
            self.left_out += 1;
        }
    }

    fn command(&mut self, index: usize) {
        let Some(command) = self.commands.get(index) else {
            return;
        };
        let (order, word) = (command.command, command.word);
        for place in command.places.clone() {
            let Some(member) = self.member(place) else {
                continue;
            };
            let (id, endpoint) = (member.id, member.address.clone());
            let pool = self.pools[place.pool].name.clone();
            self.note(Happened::Command {
                at_us: self.now_us,
                pool,
                endpoint,
                command: word,
            });
            if let Some(id) = id {
                self.told.push_back((id, Event::Operator(order)));
            }
        }
    }

    /// What came of it.
    fn conclude(mut self) -> Played {
        let flights = std::mem::take(&mut self.flights).into_values();
        let waiting: Vec<Flight> = flights.filter(|flight| !flight.is_over).collect();
        let unfinished = waiting.len() as u64;
        for flight in waiting {
            self.compare(&flight, None);
        }
        let pools = self.pools.iter().filter(|pool| pool.is_worth_telling());
        let pools = pools.map(|pool| pool.report(&self.bench)).collect();
        Played {
            report: Report {
                until_us: self.until_us,
                seed: self.seed,
                slow_us: self.slow_us,
                timeline: self.timeline,
                left_out: self.left_out,
                pools,
                requests: self.requests,
                unfinished,
                unmet: self.unmet,
            },
            trace: self.bench.trace(),
        }
    }
}
