//! What the stories are told with: the program itself, clients and upstreams that speak bytes.
//!
//! Nothing waits for a fixed time: everything has a deadline, and waits for what it wants to see.

pub(crate) mod client;
pub(crate) mod config;
pub(crate) mod dice;
pub(crate) mod dns;
pub(crate) mod gateway;
pub(crate) mod http2;
pub(crate) mod tls;
pub(crate) mod upstream;
pub(crate) mod wire;

use std::time::{Duration, Instant};

pub(crate) use client::{Client, get, post};
pub(crate) use gateway::{Gateway, Start};
pub(crate) use upstream::{Peer, Upstream};
pub(crate) use wire::Message;

/// Longest wait for anything that must come.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// Looks again and again until it holds.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < DEADLINE, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
