//! The world at its beginning: pools with their gates, the judge with its pools, and everything that
//! the scenario plans. What the scenario names must exist.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::collections::VecDeque;

use haleway_balance::{Average, Ring, RingMember, Wheel};
use haleway_blueprint::{Balance, Blueprint, Breaker};
use haleway_document::strict::Strict;
use haleway_document::{Diagnostic, Sources, nearest};
use haleway_health::{Command as Order, Gate, Input, Member as Seat, PoolConfig, Tally, Tick};

use super::court::{Bench, Place};
use super::found::{Found, members};
use super::pool::{Chooser, Gates, Member, Pool};
use super::probe::in_words;
use super::silence::Looked;
use super::{Calls, Command, Due, World, flight};
use crate::behaviour::{Does, Phase, Phases};
use crate::chance::Chance;
use crate::code;
use crate::report::{Counts, Happened};
use crate::route::CallFacts;
use crate::scenario::{Behaviour, Pattern, Scenario, SeenBy, Stream};

/// How long the state of a breaker outlives its configuration.
const BREAKER_MEMORY_US: u64 = 300_000_000;

/// Builds the world of a scenario.
pub(super) fn world(
    blueprint: &Blueprint,
    scenario: &Scenario,
    sources: &Sources,
    record: bool,
) -> Result<World, Vec<Diagnostic>> {
    let strict = Strict::new(sources, code::STRICT);
    let found: Vec<(Vec<Found>, usize)> = blueprint
        .pools
        .iter()
        .map(|pool| members(&pool.discovery, &scenario.names))
        .collect();
    let known = Known {
        pools: blueprint
            .pools
            .iter()
            .map(|pool| pool.id.0.as_str())
            .collect(),
        found: found.iter().map(|(found, _)| found.as_slice()).collect(),
    };
    for behaviour in &scenario.endpoints {
        known.places(&behaviour.endpoint, behaviour.pool.as_ref(), &strict);
    }
    let commands = scenario.commands.iter().map(|ordered| Command {
        command: ordered.command,
        word: word(ordered.command),
        places: known.places(&ordered.endpoint, ordered.pool.as_ref(), &strict),
    });
    let commands: Vec<Command> = commands.collect();
    let calls = scenario.requests.iter();
    let calls: Vec<Calls> = calls
        .map(|stream| calls_of(stream, blueprint, &known, &strict))
        .collect();
    let findings = strict.finish();
    if !findings.is_empty() {
        return Err(findings);
    }
    let mut world = World {
        now_us: 0,
        until_us: scenario.until_us,
        seed: scenario.seed,
        slow_us: scenario.slow_us,
        planned: 0,
        due: BTreeMap::new(),
        pools: Vec::new(),
        bench: Bench::new(scenario.seed, record),
        calls,
        flights: BTreeMap::new(),
        flights_made: 0,
        script: Vec::new(),
        commands,
        told: VecDeque::new(),
        alarmed: Vec::new(),
        chance: Chance::new(scenario.seed),
        timeline: Vec::new(),
        left_out: 0,
        requests: Counts::default(),
        unmet: Vec::new(),
    };
    for (pool, (found, targets)) in blueprint.pools.iter().zip(found) {
        world.add_pool(pool, &found, targets, scenario);
    }
    world.add_breakers();
    world.plan_scenario(scenario);
    Ok(world)
}

/// What can be named.
struct Known<'a> {
    pools: Vec<&'a str>,
    found: Vec<&'a [Found]>,
}

impl Known<'_> {
    /// The members that a pattern names; nobody is an error.
    fn places(
        &self,
        endpoint: &Pattern,
        pool: Option<&Pattern>,
        strict: &Strict<'_>,
    ) -> Vec<Place> {
        let fits_pool = |name: &str| pool.is_none_or(|pattern| pattern.fits(name));
        let pools = self.pools.iter().zip(&self.found).enumerate();
        let pools: Vec<_> = pools.filter(|(_, (name, _))| fits_pool(name)).collect();
        if let (Some(pool), true) = (pool, pools.is_empty()) {
            strict.report(self.no_pool(pool));
            return Vec::new();
        }
        let places: Vec<Place> = pools
            .iter()
            .flat_map(|(pool, (_, found))| {
                let members = found.iter().enumerate();
                let members = members.filter(|(_, it)| fits(endpoint, it));
                members.map(|(member, _)| Place {
                    pool: *pool,
                    member,
                })
            })
            .collect();
        if places.is_empty() {
            let all = self.found.iter().flat_map(|found| found.iter());
            let all = all.map(|found| found.address.as_str());
            let text = &endpoint.text;
            let message = format!("no endpoint has an address or name that fits `{text}`");
            let help = match nearest(text, all) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`haleway render` lists the pools with their endpoints".to_owned(),
            };
            let finding = Diagnostic::error(code::NO_ENDPOINT, message);
            strict.report(finding.at(endpoint.span, "").help(help));
        }
        places
    }

    fn no_pool(&self, pattern: &Pattern) -> Diagnostic {
        let message = format!("no pool has a name that fits `{}`", pattern.text);
        let help = match nearest(&pattern.text, self.pools.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`haleway render` lists the pools with their names".to_owned(),
        };
        Diagnostic::error(code::NO_POOL, message)
            .at(pattern.span, "")
            .help(help)
    }
}

fn fits(pattern: &Pattern, found: &Found) -> bool {
    let names = found.aliases.iter().chain([&found.address, &found.name]);
    names.into_iter().any(|name| pattern.fits(name))
}

/// The calls of a stream; none is an error.
fn calls_of(
    stream: &Stream,
    blueprint: &Blueprint,
    known: &Known<'_>,
    strict: &Strict<'_>,
) -> Calls {
    let facts = CallFacts::of_stream(blueprint, stream);
    if stream.pool.is_none() && stream.route.is_none() && known.pools.len() > 1 {
        let message = format!(
            "`pool` is missing, and there are {} pools",
            known.pools.len()
        );
        let help = format!("name one, such as `pool: \"{}\"`", known.pools[0]);
        let finding = Diagnostic::error(code::MISSING_KEY, message);
        strict.report(finding.at(stream.span, "").help(help));
    } else if facts.is_empty() {
        strict.report(match (&stream.route, &stream.pool) {
            (Some(route), _) => {
                let message = format!(
                    "no route with a name that fits `{}` leads to such a pool",
                    route.text
                );
                Diagnostic::error(code::NO_ROUTE, message)
                    .at(route.span, "")
                    .help("`haleway render` lists the routes with their names")
            }
            (None, Some(pool)) => known.no_pool(pool),
            (None, None) => {
                let message = "the configuration has no pool that requests could go to";
                Diagnostic::error(code::NO_POOL, message).at(stream.span, "")
            }
        });
    }
    let places = facts.iter().map(|facts| {
        let place = known.pools.iter().position(|name| *name == facts.pool.0);
        (place.unwrap_or(0), None)
    });
    Calls {
        line: strict.place(stream.span),
        stream: stream.clone(),
        places: places.collect(),
        facts,
    }
}

fn word(command: Order) -> &'static str {
    match command {
        Order::SetHealthy => "sets healthy",
        Order::SetUnhealthy => "sets unhealthy",
        Order::HoldHealthy => "holds healthy",
        Order::HoldUnhealthy => "holds unhealthy",
        Order::Release => "releases",
    }
}

impl World {
    fn add_pool(
        &mut self,
        pool: &haleway_blueprint::Pool,
        found: &[Found],
        targets: usize,
        scenario: &Scenario,
    ) {
        let name = pool.id.0.clone();
        let health = pool.health.as_ref();
        let probe = health.and_then(|health| health.probe.as_ref());
        let members = found.iter().map(|found| {
            let phases = |by| phases(&scenario.endpoints, (&name, found), by);
            Member {
                address: found.address.clone(),
                name: found.name.clone(),
                weight: found.weight,
                gate: Gate::new(),
                id: None,
                back_since: None,
                tally: Tally::new(1),
                seen_by_requests: phases(SeenBy::Requests),
                seen_by_probes: phases(SeenBy::Probes),
                probe: probe.map(|probe| probe.kind),
                open: 0,
                average: Average::default(),
                looked: Looked::default(),
                tries: Counts::default(),
                probes: 0,
            }
        });
        let gates = health.map(|health| Gates::new(&health.config, health.hedge));
        let made = Pool {
            name: name.clone(),
            members: members.collect(),
            chooser: chooser(&pool.balance, found, targets),
            gates,
            turn: Cell::new(0),
            stickies: BTreeMap::new(),
            requests: Counts::default(),
            came: 0,
            hedged: 0,
            is_breaker: false,
        };
        self.take_in(made, health.map(|health| health.config.clone()));
    }

    /// The breakers of the calls that are made: to the judge each is a pool with one member.
    fn add_breakers(&mut self) {
        let calls = self.calls.iter();
        let breakers = calls.flat_map(|calls| flight::breakers(&calls.facts));
        let breakers: Vec<Breaker> = breakers.cloned().collect();
        for breaker in breakers {
            if self.pools.iter().any(|pool| pool.name == breaker.id.0) {
                continue;
            }
            let config = PoolConfig {
                breaker: Some(breaker.config.clone()),
                memory_us: BREAKER_MEMORY_US,
                ..PoolConfig::default()
            };
            let made = Pool {
                name: breaker.id.0.clone(),
                members: vec![Member {
                    address: breaker.guards.clone(),
                    name: String::new(),
                    weight: 1,
                    gate: Gate::new(),
                    id: None,
                    back_since: None,
                    tally: Tally::new(1),
                    seen_by_requests: Phases::new(&[]),
                    seen_by_probes: Phases::new(&[]),
                    probe: None,
                    open: 0,
                    average: Average::default(),
                    looked: Looked::default(),
                    tries: Counts::default(),
                    probes: 0,
                }],
                chooser: Chooser::Turns(Wheel::new(&[1])),
                gates: Some(Gates::new(&config, None)),
                turn: Cell::new(0),
                stickies: BTreeMap::new(),
                requests: Counts::default(),
                came: 0,
                hedged: 0,
                is_breaker: true,
            };
            self.take_in(made, Some(config));
        }
        let named = |id: &str| self.pools.iter().position(|pool| pool.name == id);
        let places: Vec<Vec<Option<usize>>> = self
            .calls
            .iter()
            .map(|calls| {
                let breakers = calls.facts.iter().map(|facts| facts.breaker.as_ref());
                breakers
                    .map(|breaker| breaker.and_then(|it| named(&it.id.0)))
                    .collect()
            })
            .collect();
        for (calls, breakers) in self.calls.iter_mut().zip(places) {
            for (place, breaker) in calls.places.iter_mut().zip(breakers) {
                place.1 = breaker;
            }
        }
    }

    /// Takes a pool in, and tells the judge of it where it has health.
    fn take_in(&mut self, pool: Pool, config: Option<PoolConfig>) {
        let index = self.pools.len();
        let name = pool.name.clone();
        let seats = pool.members.iter().map(|member| Seat {
            address: member.address.clone(),
            name: member.name.clone(),
            weight: member.weight,
        });
        let seats: Vec<Seat> = seats.collect();
        self.pools.push(pool);
        let Some(config) = config else {
            return;
        };
        for (member, seat) in seats.iter().enumerate() {
            let key = (name.clone(), seat.address.clone(), seat.name.clone());
            let place = Place {
                pool: index,
                member,
            };
            self.bench.seat(key, place);
        }
        let input = Input::Pool {
            name,
            config: Box::new(config),
            members: seats,
        };
        self.bench.apply(Tick(0), input);
        self.carry_out();
    }

    /// Everything that the scenario plans.
    fn plan_scenario(&mut self, scenario: &Scenario) {
        self.script = script(&self.pools, self.until_us);
        for index in 0..self.script.len() {
            if let Happened::Behaviour { at_us, .. } = &self.script[index] {
                let at_us = *at_us;
                self.plan(at_us, Due::Script(index));
            }
        }
        for (index, ordered) in scenario.commands.iter().enumerate() {
            self.plan(ordered.at_us, Due::Command(index));
        }
        for stream in 0..self.calls.len() {
            let arrives = self.calls[stream].stream.arrives;
            if arrives.count() > 0 {
                let number = 0;
                self.plan(arrives.at_us(number), Due::Arrival { stream, number });
            }
        }
        if self.has_silence() {
            self.plan(0, Due::Look);
        }
    }
}

/// What an endpoint does, as one side sees it.
fn phases(behaviours: &[Behaviour], (pool, found): (&str, &Found), by: SeenBy) -> Phases {
    let concerns = |it: &&Behaviour| {
        let fits_pool = it.pool.as_ref().is_none_or(|pattern| pattern.fits(pool));
        fits_pool && fits(&it.endpoint, found) && (it.seen_by == SeenBy::All || it.seen_by == by)
    };
    let stretches = behaviours.iter().filter(concerns).map(|it| Phase {
        from_us: it.from_us,
        to_us: it.to_us,
        does: it.does,
    });
    Phases::new(&stretches.collect::<Vec<_>>())
}

/// What endpoints begin to do, once for all pools that have them.
fn script(pools: &[Pool], until_us: u64) -> Vec<Happened> {
    let mut told: Vec<(u64, String, String, String)> = Vec::new();
    for pool in pools {
        for member in &pool.members {
            let same = member.seen_by_requests == member.seen_by_probes;
            let sides: &[(&Phases, &str)] = if same {
                &[(&member.seen_by_requests, "")]
            } else {
                &[
                    (&member.seen_by_requests, " to requests"),
                    (&member.seen_by_probes, " to probes"),
                ]
            };
            for (phases, side) in sides {
                let fresh = phases.iter().filter(|phase| is_news(phase, until_us));
                told.extend(fresh.map(|phase| {
                    let does = in_words(phase.does, side);
                    (
                        phase.from_us,
                        member.address.clone(),
                        does,
                        pool.name.clone(),
                    )
                }));
            }
        }
    }
    told.sort();
    told.dedup_by(|later, earlier| {
        (later.0, &later.1, &later.2) == (earlier.0, &earlier.1, &earlier.2)
    });
    let told = told
        .into_iter()
        .map(|(at_us, endpoint, does, pool)| Happened::Behaviour {
            at_us,
            pool,
            endpoint,
            does,
        });
    told.collect()
}

/// That an endpoint is well at the beginning is no news.
fn is_news(phase: &Phase, until_us: u64) -> bool {
    let is_well = matches!(phase.does, Does::Answers { status, .. } if status < 500);
    phase.from_us <= until_us && (phase.from_us > 0 || !is_well)
}

fn chooser(balance: &Balance, found: &[Found], targets: usize) -> Chooser {
    let weights: Vec<u32> = found.iter().map(|found| found.weight).collect();
    match balance {
        Balance::RoundRobin => Chooser::Turns(Wheel::new(&weights)),
        Balance::Random => Chooser::Chance(Wheel::new(&weights)),
        Balance::LeastConnections => Chooser::Least,
        Balance::Latency => Chooser::Fastest,
        Balance::Sticky(_) => Chooser::Sticky(Wheel::new(&weights)),
        Balance::Hash(hash) => {
            let members = found.iter().map(|found| {
                let (target, target_port, ip, port) = &found.place;
                RingMember {
                    target,
                    target_port: *target_port,
                    ip,
                    port: *port,
                    weight: found.weight,
                }
            });
            let members: Vec<RingMember<'_>> = members.collect();
            Chooser::Ring(Ring::new(hash.slots, targets, &members))
        }
    }
}
