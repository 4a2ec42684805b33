//! Clients' connections: accepted, watched, served.

mod accept;
mod bind;
mod book;
mod client_body;
mod connection;
mod http1;
mod preface;
mod tls;
mod tunnel;
mod watched;

pub(crate) use accept::accept;
pub(crate) use bind::{Bound, bind};
pub(crate) use book::{Connections, Entry};
pub(crate) use client_body::ClientBody;
pub(crate) use tls::acceptor;
pub(crate) use tunnel::Tunnel;
