//! When a connection ends that nobody ends: silence, a stop, another plan.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep};

use super::super::paced::Paced;
use super::{Carrier, doubling, exchange, finish, is_closed, plain, rest, termination, until};

/// Plays with a clock that moves by itself to the next moment that somebody waits for.
fn in_virtual_time(play: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build();
    runtime.unwrap().block_on(play);
}

#[test]
fn talk_either_way_puts_off_the_end_of_a_connection() {
    const LIMIT: Duration = Duration::from_secs(10);
    const PAUSE: Duration = Duration::from_secs(9);
    in_virtual_time(async {
        let (near, mut far) = tokio::io::duplex(64);
        let mut near = Paced::new(near);
        let silence = near.silence(LIMIT);
        let talk = async {
            for _ in 0..3 {
                sleep(PAUSE).await;
                near.write_all(b"a").await.unwrap();
                sleep(PAUSE).await;
                far.write_all(b"b").await.unwrap();
                near.read_exact(&mut [0]).await.unwrap();
            }
            Instant::now()
        };
        let ((), spoken) = tokio::join!(silence, talk);
        assert_eq!(spoken.elapsed(), LIMIT);
    });
}

#[test]
fn silence_ends_a_connection_by_the_longer_limit() {
    let mut blueprint = plain(&[doubling("")]);
    let limits = &mut blueprint.streams[0].routes[0].limits;
    (limits.send_us, limits.read_us) = (1000, 60_000_000);
    let patient = Carrier::start(blueprint.clone());
    blueprint.streams[0].routes[0].limits.read_us = 50_000;
    let quick = Carrier::start(blueprint);
    let mut patient = patient.connect();
    assert_eq!(exchange(&mut patient, "a", 2), "aa");
    assert!(is_closed(&mut quick.connect()));
    // The patient one has been silent for longer than the other one may be.
    assert_eq!(exchange(&mut patient, "b", 2), "bb");
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
