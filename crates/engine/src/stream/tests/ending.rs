//! When a connection ends that nobody ends: silence, a stop, another plan.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{
    Carrier, doubling, exchange, finish, is_closed, limits, plain, rest, termination, until,
};

#[test]
fn silence_ends_a_connection_and_talk_keeps_it() {
    const SILENCE_MS: u64 = 300;
    let mut blueprint = plain(&[doubling("")]);
    blueprint.streams[0].routes[0].limits = limits(SILENCE_MS);
    let carrier = Carrier::start(blueprint);
    let mut talking = carrier.connect();
    let mut silent = carrier.connect();
    assert_eq!(exchange(&mut silent, "a", 2), "aa");
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(3 * SILENCE_MS) {
        assert_eq!(exchange(&mut talking, "a", 2), "aa");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(is_closed(&mut silent));
    let since = Instant::now();
    assert!(is_closed(&mut talking));
    assert!(since.elapsed() >= Duration::from_millis(SILENCE_MS / 2));
}

#[test]
fn the_longer_limit_counts() {
    let mut blueprint = plain(&[doubling("")]);
    blueprint.streams[0].routes[0].limits.send_us = 1000;
    let carrier = Carrier::start(blueprint);
    let mut client = carrier.connect();
    assert_eq!(exchange(&mut client, "a", 2), "aa");
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(exchange(&mut client, "b", 2), "bb");
}

#[test]
fn a_stop_waits_for_connections_until_its_limit() {
    let carrier = Carrier::start(plain(&[doubling("")]));
    let mut ending = carrier.connect();
    let mut staying = carrier.connect();
    for client in [&mut ending, &mut staying] {
        assert_eq!(exchange(client, "a", 2), "aa");
    }
    carrier.engine.drain();
    until("nobody is taken in any more", || {
        std::net::TcpStream::connect(carrier.address).is_err()
    });
    for client in [&mut ending, &mut staying] {
        assert_eq!(exchange(client, "b", 2), "bb");
    }
    finish(&ending);
    assert!(is_closed(&mut ending));
    assert!(!carrier.engine.wait_drained(Some(Duration::from_millis(50))));
    assert_eq!(exchange(&mut staying, "c", 2), "cc");
    drop(carrier);
    assert!(is_closed(&mut staying));
}

#[test]
fn a_stop_is_over_when_the_last_connection_is() {
    let carrier = Carrier::start(plain(&[doubling("")]));
    let mut client = carrier.connect();
    assert_eq!(exchange(&mut client, "a", 2), "aa");
    carrier.engine.drain();
    drop(client);
    assert!(carrier.engine.wait_drained(Some(super::DEADLINE)));
}

#[test]
fn a_stop_does_not_wait_for_a_handshake() {
    let mut blueprint = plain(&[doubling("")]);
    blueprint.listeners[0].tls = Some(termination(&["localhost"]));
    let carrier = Carrier::start(blueprint);
    let mut silent = carrier.connect();
    let mut begun = carrier.connect();
    begun.write_all(&[22, 3, 1]).unwrap();
    let taken_in = || carrier.engine.running().traffic().connections_accepted;
    until("both are taken in", || taken_in() == 2);
    let asked = Instant::now();
    carrier.engine.drain();
    assert!(carrier.engine.wait_drained(Some(super::DEADLINE)));
    assert!(asked.elapsed() < Duration::from_secs(5));
    assert!(is_closed(&mut silent));
    assert!(is_closed(&mut begun));
}

#[test]
fn connections_outlive_the_plan_that_they_began_with() {
    let first = plain(&[doubling("")]);
    let carrier = Carrier::start(first.clone());
    let mut client = carrier.connect();
    assert_eq!(exchange(&mut client, "a", 2), "aa");
    let mut second = first.clone();
    second.streams[0].routes.clear();
    carrier.engine.apply(Arc::new(second)).unwrap();
    assert!(is_closed(&mut carrier.connect()));
    let mut third = first;
    third.listeners.clear();
    carrier.engine.apply(Arc::new(third)).unwrap();
    assert_eq!(exchange(&mut client, "b", 2), "bb");
    finish(&client);
    assert!(rest(&mut client).is_empty());
}
