//! One upstream call: the request that is written, the endpoint that gets it, the answer.

mod attempt;
mod broken;
mod chain;
mod exchange;
mod follow;
mod hedge;
mod key;
mod message;
mod plan;
mod repeat;
mod request;
mod request_body;
mod retry;
mod target;

pub(crate) use broken::fault_of;
pub(crate) use follow::Answer;
pub(crate) use plan::{CallPlan, HeaderPlan, flatmap};
pub(crate) use request::{EarlierPart, Results};
pub(crate) use request_body::{HELD_BYTES_MAX, RequestBody};
pub(crate) use retry::send;
