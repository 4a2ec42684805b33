//! What follows from the judge's inputs.

use alloc::string::String;

use crate::EndpointId;
use crate::budget::PoolDecision;
use crate::cause::Cause;
use crate::gate::Order;
use crate::signal::Verdict;
use crate::time::Tick;

/// One consequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// An endpoint joined its pool. Its gate is open until an order says otherwise.
    Joined {
        /// Its name from now on.
        endpoint: EndpointId,
        /// The pool.
        pool: String,
        /// Its address.
        address: String,
        /// The name it was found under.
        name: String,
    },
    /// An endpoint left its pool.
    Left {
        /// Which one.
        endpoint: EndpointId,
    },
    /// An order for an endpoint's gate.
    Gate {
        /// Whose gate.
        endpoint: EndpointId,
        /// The order.
        order: Order,
    },
    /// A probe to send now.
    Probe(ProbeOrder),
    /// A verdict changed, or another signal keeps an endpoint out.
    Transition(Transition),
    /// What holds for a pool as a whole changed.
    Pool(PoolChange),
}

/// A probe to send now. Its report names the attempt; one that comes too late is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeOrder {
    /// Where to.
    pub endpoint: EndpointId,
    /// The attempt.
    pub attempt: u64,
    /// How long one step may take, in microseconds.
    pub timeout_us: u64,
}

/// A change of verdict, with its evidence. `from` equals `to` where an endpoint stays unhealthy and
/// another signal has taken over, and where an operator set it to what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Transition {
    /// When.
    pub at: Tick,
    /// Whose.
    pub endpoint: EndpointId,
    /// Its pool.
    pub pool: String,
    /// Its address.
    pub address: String,
    /// The name it was found under.
    pub name: String,
    /// What it was.
    pub from: Verdict,
    /// What it is.
    pub to: Verdict,
    /// Why.
    pub cause: Cause,
}

/// A change of a pool as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PoolChange {
    /// When.
    pub at: Tick,
    /// Which one.
    pub pool: String,
    /// What holds now.
    pub decision: PoolDecision,
}
