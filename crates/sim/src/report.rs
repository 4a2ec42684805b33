//! What came of a scenario: a timeline, and counts.

mod json;
mod text;

use haleway_health::{Cause, PoolDecision, Verdict};

/// What came of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Where time ended, in microseconds.
    pub until_us: u64,
    /// The scenario's seed.
    pub seed: u64,
    /// A request that took longer is slow, in microseconds.
    pub slow_us: u64,
    /// What happened, in its order.
    pub timeline: Vec<Happened>,
    /// What happened besides and found no place in the timeline.
    pub left_out: u64,
    /// Pools to which requests went, or of which there is something to tell, in the order of the
    /// blueprint.
    pub pools: Vec<PoolReport>,
    /// All requests.
    pub requests: Counts,
    /// Those that were still under way when time ended.
    pub unfinished: u64,
    /// What was expected and did not come.
    pub unmet: Vec<Unmet>,
}

/// Requests, or tries at an endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many ended.
    pub all: u64,
    /// How many got no answer, or one from 500 on.
    pub failed: u64,
    /// How many took longer than is slow.
    pub slow: u64,
    /// When failed ones ended.
    pub failed_at: Times,
    /// When slow ones ended.
    pub slow_at: Times,
}

/// The first and the last moment of something, in microseconds; both 0 where there was none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// The first.
    pub first_us: u64,
    /// The last.
    pub last_us: u64,
}

impl Counts {
    /// Counts one that ended.
    pub(crate) fn add(&mut self, at_us: u64, failed: bool, slow: bool) {
        fn mark(times: &mut Times, count: &mut u64, at_us: u64) {
            if *count == 0 {
                times.first_us = at_us;
            }
            times.last_us = at_us;
            *count += 1;
        }
        self.all += 1;
        if failed {
            mark(&mut self.failed_at, &mut self.failed, at_us);
        }
        if slow {
            mark(&mut self.slow_at, &mut self.slow, at_us);
        }
    }
}

/// What came of a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolReport {
    /// Its name.
    pub name: String,
    /// Requests to it.
    pub requests: Counts,
    /// Requests that were hedged.
    pub hedged: u64,
    /// Its endpoints.
    pub endpoints: Vec<EndpointReport>,
}

/// What came of an endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointReport {
    /// Its address.
    pub address: String,
    /// The name it was found under.
    pub name: String,
    /// What it is at the end; `None` where nothing watches over it.
    pub verdict: Option<Verdict>,
    /// Tries that went there.
    pub tries: Counts,
    /// Probes that were sent.
    pub probes: u64,
}

/// An expectation that was not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// The request.
    pub request: u64,
    /// Where the scenario expects it, such as `story.yaml:7:5`.
    pub line: String,
    /// What was expected.
    pub expected: u16,
    /// What came; `None` where it was still under way.
    pub got: Option<u16>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    /// An endpoint begins to do something else.
    Behaviour {
        /// When.
        at_us: u64,
        /// Its pool.
        pool: String,
        /// Its address.
        endpoint: String,
        /// What it does.
        does: String,
    },
    /// An operator commands.
    Command {
        /// When.
        at_us: u64,
        /// The pool.
        pool: String,
        /// The endpoint's address.
        endpoint: String,
        /// What.
        command: &'static str,
    },
    /// A single request ended.
    Request {
        /// When.
        at_us: u64,
        /// Its number.
        number: u64,
        /// When it came.
        began_us: u64,
        /// Where to.
        pool: String,
        /// Its method.
        method: String,
        /// What the client got.
        status: u16,
        /// Tries: the address of each, and how it ended.
        tries: Vec<(String, String)>,
        /// Why no endpoint's answer came; empty where one did.
        failure: String,
    },
    /// A verdict changed.
    Transition {
        /// When.
        at_us: u64,
        /// The pool, or the breaker.
        pool: String,
        /// The endpoint's address, or what the breaker guards.
        endpoint: String,
        /// From what.
        from: Verdict,
        /// To what.
        to: Verdict,
        /// Why.
        cause: Box<Cause>,
    },
    /// A pool as a whole changed.
    Pool {
        /// When.
        at_us: u64,
        /// Which one.
        pool: String,
        /// What holds now.
        decision: PoolDecision,
    },
}
