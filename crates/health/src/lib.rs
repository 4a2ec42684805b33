//! Decides which endpoint is healthy, and says why.
//!
//! The crate has two halves. On the path of a request stand a [`Gate`] per endpoint (one atomic
//! word: may this request go there?) and a [`Tally`] (sharded counters: what came of it?). Beside
//! the path stands one [`Judge`], owned by one thread: it takes inputs (members, probe results,
//! outcomes, commands), runs a few small machines per endpoint that each give a signal, fuses the
//! signals into one verdict and hands out what follows: probes to send, orders for the gates, and
//! transitions with their [`Cause`].
//!
//! Invariants: no clock (time comes in as [`Tick`]), no socket, no thread, no float, no chance
//! (spread and jitter are hashes of seed, endpoint and attempt), and nothing depends on the order
//! of a hash table. The same inputs give the same outputs, so a recorded [`trace`] replays to the
//! same bits.
#![no_std]

extern crate alloc;

#[macro_use]
mod wire;

pub mod budget;
mod cause;
mod config;
mod fuse;
mod gate;
mod input;
mod judge;
mod machine;
mod outcome;
mod recovery;
mod rules;
mod schedule;
mod signal;
pub mod silence;
mod sync;
mod tally;
mod time;
pub mod trace;

pub use budget::{HedgeBudget, PoolDecision};
pub use cause::{Cause, Change, Code, Recovery};
pub use config::{
    BreakerConfig, Classes, CountersConfig, FlapConfig, HalfOpenConfig, Initial, Limit, Period,
    PoolConfig, PoolLimits, ProbeConfig, ReportLimits, SilenceConfig,
};
pub use fuse::{Fused, fuse};
pub use gate::{Closing, Gate, Order, Permit, Refusal, Settled, State, TRIALS_MAX, View};
pub use input::{Command, Event, Input, Member, OutcomeReport, ProbeReport};
pub use judge::{Brief, Broken, Explanation, Judge, Output, PoolChange, ProbeOrder, Transition};
pub use outcome::{By, Class, Classifier, Seen, StatusSet, What};
pub use rules::{LANES, Manner, RUN_MAX, Rule, Rules};
pub use signal::{Opinion, Signal, Source, Verdict};
pub use tally::{Owing, Tally, Totals};
pub use time::Tick;
pub use wire::Malformed;

/// Names an endpoint for the life of one [`Judge`]: given at its first appearance, never reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EndpointId(pub u32);

wire_struct!(EndpointId { 0 });
