//! Steps: small mechanisms between a request and its action, and between an answer and its client.
//!
//! A step sees the head of a request and may change it, leave headers for the answer, note who
//! asks, or answer itself. On the way back, in the same order, it may change the answer. It opens
//! no socket and waits for nothing: what it needs of a body is read before. What outlives a request
//! (counters of rates) stands in a [`Memory`], which outlives a reload, too.
//!
//! One file per mechanism, and [`StepPlan`] lists them.

mod answer;
mod by_consumer;
mod consumers;
mod cors;
mod memory;
mod passage;
mod plan;
mod require_tls;
mod user_agent_filter;

pub use answer::{Answer, Content};
pub use consumers::{Consumers, Known};
pub use memory::Memory;
pub use passage::{Captures, Facts, NoCaptures, Notes, Passage, UpstreamEdits};
pub use plan::{Context, StepPlan};
