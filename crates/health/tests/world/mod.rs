//! A judge with its gates under virtual time, as an engine would drive them.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;

use haleway_health::{
    Classes, Classifier, Command, CountersConfig, EndpointId, Event, Explanation, Gate, Input,
    Judge, Limit, Member, OutcomeReport, Output, Period, Permit, PoolChange, PoolConfig,
    ProbeConfig, ProbeOrder, ProbeReport, ReportLimits, Rules, Settled, Tick, Transition, Verdict,
    What,
};

pub(crate) const SECOND: u64 = 1_000_000;
pub(crate) const POOL: &str = "demo";

pub(crate) struct World {
    pub(crate) judge: Judge,
    pub(crate) now: Tick,
    pub(crate) gates: BTreeMap<EndpointId, Gate>,
    pub(crate) transitions: Vec<Transition>,
    pub(crate) probes: Vec<(Tick, ProbeOrder)>,
    pub(crate) pools: Vec<PoolChange>,
    config: PoolConfig,
    requests: u64,
}

impl World {
    pub(crate) fn new(config: PoolConfig, endpoints: usize) -> Self {
        let mut world = Self {
            judge: Judge::new(7),
            now: Tick(0),
            gates: BTreeMap::new(),
            transitions: Vec::new(),
            probes: Vec::new(),
            pools: Vec::new(),
            config: PoolConfig::default(),
            requests: 0,
        };
        world.configure(config, members(endpoints));
        world
    }

    pub(crate) fn configure(&mut self, config: PoolConfig, members: Vec<Member>) {
        self.config = config.clone();
        self.apply(Input::Pool {
            name: POOL.into(),
            config: Box::new(config),
            members,
        });
    }

    pub(crate) fn apply(&mut self, input: Input) {
        self.judge.apply(self.now, input);
        self.settle();
    }

    pub(crate) fn event(&mut self, index: usize, event: Event) {
        let endpoint = self.id(index);
        self.apply(Input::Endpoint { endpoint, event });
    }

    pub(crate) fn command(&mut self, index: usize, command: Command) {
        self.event(index, Event::Operator(command));
    }

    /// Lets time pass, deadline by deadline.
    pub(crate) fn pass(&mut self, us: u64) {
        let end = self.now.after(us);
        while let Some(due) = self.judge.next_deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.judge.advance(self.now);
            self.settle();
        }
        self.now = end;
    }

    /// The process ends and another one takes over.
    pub(crate) fn restart(&mut self) {
        self.judge = Judge::restore(&self.judge.snapshot()).expect("its own snapshot");
        self.gates.clear();
        self.judge.announce();
        self.settle();
    }

    fn settle(&mut self) {
        for output in self.judge.drain() {
            match output {
                Output::Joined { endpoint, .. } => {
                    self.gates.insert(endpoint, Gate::new());
                }
                Output::Left { endpoint } => {
                    self.gates.remove(&endpoint);
                }
                Output::Gate { endpoint, order } => self.gates[&endpoint].apply(order),
                Output::Probe(order) => self.probes.push((self.now, order)),
                Output::Transition(transition) => self.transitions.push(transition),
                Output::Pool(change) => self.pools.push(change),
            }
        }
        self.judge
            .check_invariants()
            .expect("the judge does not contradict itself");
    }

    pub(crate) fn id(&self, index: usize) -> EndpointId {
        self.judge.members(POOL)[index]
    }

    pub(crate) fn gate(&self, index: usize) -> &Gate {
        &self.gates[&self.id(index)]
    }

    /// One request; `None` if the gate refused it.
    pub(crate) fn request(&mut self, index: usize, what: What) -> Option<Settled> {
        let permit = self.gate(index).enter().ok()?;
        Some(self.finish(index, permit, what))
    }

    pub(crate) fn finish(&mut self, index: usize, permit: Permit, what: What) -> Settled {
        let class = Classifier::new(&self.config.outcomes).class(what, false);
        let settled = self
            .gate(index)
            .settle(permit, Rules::new(&self.config).rule(class));
        self.requests += 1;
        if settled.tell {
            let report = OutcomeReport {
                request: self.requests,
                what,
                class,
                latency_us: 2000,
                trial: permit.is_trial(),
                closed: settled.closed,
            };
            self.event(index, Event::Outcome(report));
        }
        settled
    }

    /// Waits for the next probe of an endpoint and answers it.
    pub(crate) fn probe(&mut self, index: usize, what: What) {
        let endpoint = self.id(index);
        for _ in 0..1000 {
            let found = self
                .probes
                .iter()
                .position(|(_, order)| order.endpoint == endpoint);
            if let Some(at) = found {
                let (_, order) = self.probes.remove(at);
                let report = ProbeReport {
                    attempt: order.attempt,
                    what,
                    latency_us: 900,
                };
                self.event(index, Event::Probe(report));
                return;
            }
            let due = self
                .judge
                .next_deadline()
                .expect("a probe is due some time");
            self.pass(due.since(self.now));
        }
        panic!("no probe of endpoint {index}");
    }

    pub(crate) fn why(&self, index: usize) -> Explanation {
        self.judge
            .explain(self.id(index))
            .expect("a member has an explanation")
    }

    pub(crate) fn verdict(&self, index: usize) -> Verdict {
        self.why(index).verdict
    }

    pub(crate) fn available(&self, index: usize) -> bool {
        self.verdict(index) == Verdict::Healthy
    }
}

pub(crate) fn members(count: usize) -> Vec<Member> {
    let member = |index| Member {
        address: format!("10.0.0.{}:80", index + 1),
        name: String::new(),
        weight: 100,
    };
    (0..count).map(member).collect()
}

pub(crate) fn limit(value: u32, name: &str) -> Limit {
    Limit {
        value,
        name: name.into(),
        line: "kong.yml:9:5".into(),
    }
}

pub(crate) fn period(us: u64, name: &str) -> Period {
    Period {
        us,
        name: name.into(),
        line: "kong.yml:7:5".into(),
    }
}

pub(crate) fn reports(kind: &str, four: [u32; 4]) -> ReportLimits {
    let [successes, http, tcp, timeouts] = four;
    ReportLimits {
        successes: limit(successes, &format!("{kind}.healthy.successes")),
        http_failures: limit(http, &format!("{kind}.unhealthy.http_failures")),
        tcp_failures: limit(tcp, &format!("{kind}.unhealthy.tcp_failures")),
        timeouts: limit(timeouts, &format!("{kind}.unhealthy.timeouts")),
    }
}

/// Kong's parameters: limits as successes, HTTP failures, TCP failures, timeouts; the intervals of
/// the active checks in seconds.
pub(crate) fn kong(active: [u32; 4], passive: [u32; 4], intervals_s: [u64; 2]) -> PoolConfig {
    let classes = Classes {
        healthy: vec![200, 302],
        unhealthy: vec![429, 404, 500, 501, 502, 503, 504, 505],
        ..Classes::default()
    };
    PoolConfig {
        counters: Some(CountersConfig {
            active: Some(reports("active", active)),
            passive: Some(reports("passive", passive)),
        }),
        probe: Some(ProbeConfig {
            healthy_interval: period(intervals_s[0] * SECOND, "active.healthy.interval"),
            unhealthy_interval: period(intervals_s[1] * SECOND, "active.unhealthy.interval"),
            timeout_us: SECOND,
            concurrency: 10,
            jitter_ppm: 0,
            classes,
        }),
        outcomes: Classes {
            healthy: (200..=208).chain(300..=308).chain([226]).collect(),
            unhealthy: vec![429, 500, 503],
            timeout: vec![504],
            last_try_status: Some(502),
        },
        memory_us: 300 * SECOND,
        ..PoolConfig::default()
    }
}

pub(crate) fn what_of(letter: char) -> What {
    match letter {
        'S' => What::Status(200),
        'H' => What::Status(500),
        'T' => What::Refused,
        'O' => What::AnswerTimeout,
        _ => What::Status(418),
    }
}
