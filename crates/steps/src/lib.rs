//! Steps: small mechanisms between a request and its action, and between an answer and its client.
//!
//! A step sees the head of a request and may change it, leave headers for the answer, note who
//! asks, or answer itself. On the way back, in the same order, it may change the answer. It opens
//! no socket and waits for nothing: what it needs of a body is read before. What outlives a request
//! (counters of rates) stands in a [`Memory`], which outlives a reload, too.
//!
//! One file per mechanism, and [`StepPlan`] lists them.

mod address_filter;
mod answer;
mod answer_edit;
mod arguments;
mod base64;
mod basic_auth;
mod body_size_limit;
mod by_consumer;
mod consumers;
mod correlation_id;
mod cors;
mod groups;
mod head_limit;
mod json_object;
mod jwt_auth;
mod key_auth;
mod listed;
mod memory;
mod method_filter;
mod multipart;
mod origin_policy;
mod passage;
mod plan;
mod rate_limit;
mod recognition;
mod redirect;
mod refusal;
#[cfg(test)]
mod rehearsal;
mod request_edit;
mod request_log;
mod require_grpc;
mod require_tls;
mod scheme;
mod terminate;
#[cfg(test)]
mod trial;
mod user_agent_filter;

pub use answer::{Answer, Content};
pub use consumers::{Consumers, Known};
pub use memory::Memory;
pub use passage::{Captures, Facts, NoCaptures, Notes, Passage, UpstreamEdits};
pub use plan::{Context, StepPlan};
pub use request_log::{Ended, Found, Latencies, LogSink, LogTarget, TlsSeen, Tried, write_entry};
