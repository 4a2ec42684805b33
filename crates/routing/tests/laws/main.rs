//! Laws and tables of routing: what is found is what a plain scan finds.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

mod expressions;
mod found;
mod model;
mod order;
mod paths;
mod ranks;
mod requests;
