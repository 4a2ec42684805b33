//! One upstream call: the request that is written, the endpoint that gets it, the answer.

mod attempt;
mod chain;
mod exchange;
mod follow;
mod hedge;
mod key;
mod plan;
mod repeat;
mod request;
mod request_body;
mod retry;
mod target;

pub(crate) use exchange::fault_of;
pub(crate) use follow::{Answer, send};
pub(crate) use plan::{CallPlan, HeaderPlan, flatmap};
pub(crate) use request::{EarlierPart, Results};
pub(crate) use request_body::{HELD_BYTES_MAX, RequestBody};
