//! Stories of the built program, seen from outside only.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on has failed")]
#![allow(
    clippy::print_stderr,
    reason = "a failed story tells what the program said"
)]

mod boot;
mod clients;
mod composing;
mod details;
mod documents;
mod encrypted;
mod harness;
mod health;
mod http1;
mod kong;
mod overlaying;
mod passing;
mod pool_health;
mod probing;
mod reloading;
mod simulating;
mod stopping;
mod tunnels;
mod upstreams;
