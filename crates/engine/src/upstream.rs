//! Connections to endpoints: who they are, how one is opened, kept, driven and given back.
//!
//! The task that serves a request owns its upstream connection and polls it itself. There is no
//! second task, no channel between threads and no wake-up of another core on this path. Idle
//! connections belong to one core and never change it.

mod connect;
mod discovery;
mod endpoint;
mod freshness;
mod gunzip;
mod http1;
mod http2;
mod idle;
mod load;
mod lookup;
mod member;
mod members;
mod names;
mod pick;
mod pool;
mod resolve;
mod status;
mod stream;
#[cfg(test)]
mod tests;
mod tls;
mod upstream_body;

pub(crate) use connect::{Opened, connect, io_text, open};
pub(crate) use discovery::Discoverer;
pub(crate) use endpoint::{EndpointState, Registry, TransportPlan};
pub(crate) use gunzip::GunzipBody;
pub(crate) use http1::{Broken, Http1, Written};
pub(crate) use idle::IdlePools;
pub(crate) use load::UnderWay;
pub(crate) use member::Member;
pub(crate) use pick::{Ask, Picked, Refused};
pub(crate) use pool::PoolState;
pub(crate) use resolve::resolve;
pub(crate) use stream::Stream;
pub(crate) use tls::{client as client_tls, system_authorities};
pub(crate) use upstream_body::{Incoming, Lease, UpstreamBody};
