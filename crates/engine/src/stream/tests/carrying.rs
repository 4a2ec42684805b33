//! Plain connections: both directions, other endpoints, routes by address.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use haleway_blueprint::{
    AddressRange, FieldMatch, MatchRule, Origin, PeerMatch, PoolHealth, Retries, RetryOn, Scheme,
    StreamProtocol,
};
use haleway_health::{CountersConfig, Limit, PoolConfig, ReportLimits};

use super::{
    Carrier, blueprint, doubling, exchange, finish, is_closed, nobody, plain, pool, rest, route,
    upstream,
};

fn retries(max: u32) -> Retries {
    Retries {
        retries_max: max,
        on: RetryOn {
            error: true,
            timeout: true,
            ..RetryOn::default()
        },
    }
}

#[test]
fn bytes_go_both_ways_whoever_speaks_first() {
    let carrier = Carrier::start(plain(&[doubling("hello ")]));
    let mut client = carrier.connect();
    assert_eq!(exchange(&mut client, "", 6), "hello ");
    for text in ["a", "\0\u{ff}\r\n", "GET / HTTP/1.1\r\n\r\n"] {
        assert_eq!(exchange(&mut client, text, text.len() * 2), text.repeat(2));
    }
    let large = "0123456789abcdef".repeat(64 * 1024);
    let mut sender = client.try_clone().unwrap();
    let sent = large.clone();
    let sending = std::thread::spawn(move || sender.write_all(sent.as_bytes()).unwrap());
    let mut got = vec![0; large.len() * 2];
    client.read_exact(&mut got).unwrap();
    sending.join().unwrap();
    let count = |text: &[u8]| text.iter().filter(|byte| **byte == b'f').count();
    assert_eq!(count(&got), 2 * count(large.as_bytes()));
}

#[test]
fn one_side_may_end_before_the_other() {
    let carrier = Carrier::start(plain(&[upstream(|mut stream| {
        let asked = rest(&mut stream);
        stream.write_all(b"got ").unwrap();
        stream.write_all(&asked).unwrap();
    })]));
    let mut client = carrier.connect();
    client.write_all(b"all of it").unwrap();
    finish(&client);
    assert_eq!(rest(&mut client), b"got all of it");

    let (told, heard) = std::sync::mpsc::channel();
    let told = std::sync::Mutex::new(told);
    let carrier = Carrier::start(plain(&[upstream(move |mut stream| {
        stream.write_all(b"bye").unwrap();
        finish(&stream);
        told.lock().unwrap().send(rest(&mut stream)).unwrap();
    })]));
    let mut client = carrier.connect();
    assert_eq!(rest(&mut client), b"bye");
    client.write_all(b"wait").unwrap();
    drop(client);
    assert_eq!(heard.recv_timeout(super::DEADLINE).unwrap(), b"wait");
}

#[test]
fn a_lost_upstream_ends_the_connection() {
    let carrier = Carrier::start(plain(&[upstream(|stream| {
        let socket = socket2::SockRef::from(&stream);
        socket.set_linger(Some(std::time::Duration::ZERO)).unwrap();
    })]));
    assert!(is_closed(&mut carrier.connect()));
}

#[test]
fn another_endpoint_is_tried_where_one_cannot_be_reached() {
    let mut blueprint = plain(&[nobody(), doubling("")]);
    blueprint.streams[0].routes[0].retries = retries(1);
    let carrier = Carrier::start(blueprint);
    for _ in 0..6 {
        assert_eq!(exchange(&mut carrier.connect(), "ab", 4), "abab");
    }
    let counts = carrier.counts();
    assert_eq!(counts[1], (6, 0));
    let (requests, failures) = counts[0];
    assert!(requests >= 3, "turns were taken: {counts:?}");
    assert_eq!(requests, failures, "{counts:?}");
}

#[test]
fn retries_are_counted() {
    let mut blueprint = plain(&[nobody()]);
    blueprint.streams[0].routes[0].retries = retries(3);
    let carrier = Carrier::start(blueprint);
    assert!(is_closed(&mut carrier.connect()));
    assert_eq!(carrier.counts(), [(4, 4)]);

    let carrier = Carrier::start(plain(&[nobody(), doubling("")]));
    let mut served = 0;
    for _ in 0..4 {
        let mut client = carrier.connect();
        // The connection may be closed by now.
        let _ = client.write_all(b"ab");
        finish(&client);
        served += usize::from(rest(&mut client) == b"abab");
    }
    assert_eq!(served, 2, "without retries each turn of the dead one fails");
}

#[test]
fn an_endpoint_that_cannot_be_reached_is_ejected() {
    let once = Limit {
        value: 1,
        ..Limit::default()
    };
    let mut blueprint = plain(&[nobody(), doubling("")]);
    blueprint.streams[0].routes[0].retries = retries(1);
    blueprint.pools[0].health = Some(PoolHealth {
        config: PoolConfig {
            counters: Some(CountersConfig {
                active: None,
                passive: Some(ReportLimits {
                    tcp_failures: once,
                    ..ReportLimits::default()
                }),
            }),
            ..PoolConfig::default()
        },
        probe: None,
        hedge: None,
        origin: Origin::default_value(),
    });
    let carrier = Carrier::start(blueprint);
    for _ in 0..8 {
        assert_eq!(exchange(&mut carrier.connect(), "ab", 4), "abab");
    }
    assert_eq!(carrier.counts(), [(1, 1), (8, 0)]);
}

#[test]
fn the_least_loaded_endpoint_is_the_one_with_the_fewest_connections() {
    let mut blueprint = plain(&[doubling("a"), doubling("b")]);
    blueprint.pools[0].balance = haleway_blueprint::Balance::LeastConnections;
    let carrier = Carrier::start(blueprint);
    let mut held: Vec<_> = (0..6).map(|_| carrier.connect()).collect();
    let mut names: Vec<String> = held.iter_mut().map(|it| exchange(it, "", 1)).collect();
    names.sort();
    assert_eq!(names.concat(), "aaabbb");
}

#[test]
fn routes_are_found_by_addresses_and_ports() {
    let own = AddressRange::parse("127.0.0.0/8");
    let foreign = AddressRange::parse("10.0.0.0/8");
    let at = |addresses, port| PeerMatch { addresses, port };
    let asking = |name: &str, position, sources: Vec<PeerMatch>, destinations: Vec<PeerMatch>| {
        let mut route = route(name, StreamProtocol::Tcp, position, &[]);
        route.matches[0].rule = MatchRule::Fields(FieldMatch {
            sources,
            destinations,
            ..FieldMatch::default()
        });
        route
    };
    let routes = vec![
        asking("a", 0, vec![at(foreign, None)], Vec::new()),
        asking("b", 1, Vec::new(), vec![at(None, Some(1))]),
        asking("c", 2, vec![at(own, None)], vec![at(own, None)]),
    ];
    let pools = ["a", "b", "c"].map(|name| pool(name, Scheme::Http, &[doubling(name)]));
    let carrier = Carrier::start(blueprint(routes.clone(), pools.to_vec(), None));
    assert_eq!(exchange(&mut carrier.connect(), "", 1), "c");
    let routes = routes[..2].to_vec();
    let carrier = Carrier::start(blueprint(routes, pools[..2].to_vec(), None));
    assert!(is_closed(&mut carrier.connect()));
}

#[test]
fn hostile_bytes_harm_nobody() {
    let taken = Arc::new(AtomicUsize::new(0));
    let count = taken.clone();
    let carrier = Carrier::start(plain(&[upstream(move |mut stream| {
        count.fetch_add(rest(&mut stream).len(), Ordering::SeqCst);
    })]));
    let mut sent = 0;
    for length in [0_usize, 1, 2, 3, 1000, 70_000] {
        let noise: Vec<u8> = (0..length).map(|at| (at * 167 + 13) as u8).collect();
        let mut client = carrier.connect();
        client.write_all(&noise).unwrap();
        finish(&client);
        assert!(rest(&mut client).is_empty());
        sent += length;
    }
    super::until("all bytes are there", || {
        taken.load(Ordering::SeqCst) == sent
    });
}
