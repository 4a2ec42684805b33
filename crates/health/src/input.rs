//! What the judge is told: one type for everything, so that a run can be recorded and replayed.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::EndpointId;
use crate::config::PoolConfig;
use crate::gate::Closing;
use crate::outcome::{Class, What};
use crate::time::Tick;

/// One input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A pool is configured, anew or changed. Endpoints that stay keep verdict, counters and
    /// rhythm; those that leave are remembered for `memory_us`.
    Pool {
        /// Its name.
        name: String,
        /// Its parameters.
        config: Box<PoolConfig>,
        /// Its endpoints.
        members: Vec<Member>,
    },
    /// A pool is configured no more. Its endpoints are remembered for its `memory_us`.
    PoolGone {
        /// Its name.
        name: String,
    },
    /// Discovery gives a pool other endpoints. Those that leave are forgotten at once.
    Members {
        /// The pool's name.
        pool: String,
        /// Its endpoints.
        members: Vec<Member>,
    },
    /// Something happened to one endpoint.
    Endpoint {
        /// Which one.
        endpoint: EndpointId,
        /// What.
        event: Event,
    },
}

wire_enum!(Input {
    Pool { name, config, members } = "pool",
    PoolGone { name } = "pool-gone",
    Members { pool, members } = "members",
    Endpoint { endpoint, event } = "endpoint",
});

/// One endpoint of a pool. Its identity is (pool, address, name).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Member {
    /// Address and port.
    pub address: String,
    /// The name it was found under; empty if it was given by address.
    pub name: String,
    /// Share of the requests; one of weight 0 is not probed and counts for nothing.
    pub weight: u32,
}

wire_struct!(Member {
    address,
    name,
    weight
});

/// What happened to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A probe came back.
    Probe(ProbeReport),
    /// A request ended, and its gate said that the judge must hear of it.
    Outcome(OutcomeReport),
    /// Sampled: the endpoint owes answers and is silent.
    Owing {
        /// How many answers; 0 = none any more.
        answers: u64,
        /// Since when nothing was heard.
        since: Tick,
        /// Its usual latency in microseconds.
        usual_us: u64,
    },
    /// The endpoint said something, whatever it was, after it had been suspected.
    Heard,
    /// Somebody commands.
    Operator(Command),
    /// Discovery's own word on its health; `None` takes it back.
    Discovery(Option<bool>),
}

wire_enum!(Event {
    Probe(report) = "probe",
    Outcome(report) = "outcome",
    Owing { answers, since, usual_us } = "owing",
    Heard = "heard",
    Operator(command) = "operator",
    Discovery(healthy) = "discovery",
});

/// What a probe saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeReport {
    /// The attempt, as the order to probe named it.
    pub attempt: u64,
    /// The fact.
    pub what: What,
    /// How long it took, in microseconds.
    pub latency_us: u64,
}

wire_struct!(ProbeReport {
    attempt,
    what,
    latency_us
});

/// What a request saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutcomeReport {
    /// The request, so that evidence can name it.
    pub request: u64,
    /// The fact.
    pub what: What,
    /// Its class, as the gate was settled with.
    pub class: Class,
    /// How long it took, in microseconds.
    pub latency_us: u64,
    /// It was a trial.
    pub trial: bool,
    /// It closed the gate.
    pub closed: Option<Closing>,
}

wire_struct!(OutcomeReport {
    request,
    what,
    class,
    latency_us,
    trial,
    closed
});

/// A command of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Command {
    /// Set it healthy; what is seen from now on counts as ever.
    SetHealthy,
    /// Set it unhealthy; what is seen from now on counts as ever.
    SetUnhealthy,
    /// Healthy until released, whatever is seen.
    HoldHealthy,
    /// Unhealthy until released, whatever is seen.
    HoldUnhealthy,
    /// End a hold.
    Release,
}

wire_enum!(Command {
    SetHealthy = "set-healthy",
    SetUnhealthy = "set-unhealthy",
    HoldHealthy = "hold-healthy",
    HoldUnhealthy = "hold-unhealthy",
    Release = "release",
});
