//! Endpoints that die, hang or fail while requests come.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::{ask, ask_with_body, balanced, gunicorn, serve, start};
use crate::harness::{Client, Upstream, free_port, until};

const PASSIVE: &str = "
healthchecks:
  active:
    healthy: {interval: 0.2, successes: 1}
    unhealthy: {interval: 0.2, tcp_failures: 2, timeouts: 2, http_failures: 2}
  passive:
    healthy: {successes: 1}
    unhealthy: {http_failures: 3, tcp_failures: 3, timeouts: 3}
";

/// An endpoint that can be killed: then every connection is reset.
struct Mortal {
    upstream: Upstream,
    dead: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Mortal {
    fn new() -> Self {
        let dead = Arc::new(AtomicBool::new(false));
        let asked = Arc::new(AtomicUsize::new(0));
        let (is_dead, count) = (dead.clone(), asked.clone());
        let upstream = Upstream::with(move |peer| {
            if is_dead.load(Ordering::SeqCst) {
                return peer.reset();
            }
            while let Some(request) = peer.request() {
                if is_dead.load(Ordering::SeqCst) {
                    return peer.reset();
                }
                if request.asked().contains("/test") || request.asked() == "GET /x" {
                    count.fetch_add(1, Ordering::SeqCst);
                }
                peer.send(gunicorn(200));
            }
        });
        Self {
            upstream,
            dead,
            asked,
        }
    }
}

#[test]
fn an_endpoint_dies_under_load_and_no_client_sees_it() {
    let endpoints: Vec<Mortal> = (0..3).map(|_| Mortal::new()).collect();
    let targets: Vec<SocketAddr> = endpoints.iter().map(|it| it.upstream.address()).collect();
    let gateway = serve(&balanced(&targets, PASSIVE, "retries: 2"));
    let to = gateway.address();
    let clients: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn(move || {
                let mut client = Client::connect(to);
                let began = Instant::now();
                let mut statuses = Vec::new();
                while began.elapsed() < Duration::from_secs(2) {
                    statuses.push(client.ask("GET", "/test/x").status());
                }
                statuses
            })
        })
        .collect();
    until("requests come", || {
        endpoints[0].asked.load(Ordering::SeqCst) > 20
    });
    endpoints[0].dead.store(true, Ordering::SeqCst);
    for client in clients {
        let statuses = client.join().unwrap();
        assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    }
    assert!(endpoints[1].asked.load(Ordering::SeqCst) > 0);
}

#[test]
fn after_its_ejection_an_endpoint_gets_nothing() {
    let good = Mortal::new();
    let dead = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let passive = "
healthchecks:
  passive:
    unhealthy: {tcp_failures: 2}
";
    let targets = [good.upstream.address(), dead];
    let gateway = serve(&balanced(&targets, passive, "retries: 1"));
    for _ in 0..6 {
        assert_eq!(ask(gateway.address(), "GET", "/test/x", &[]).status(), 200);
    }
    // It listens from now on, but nobody has told the gateway.
    let listener = TcpListener::bind(dead).unwrap();
    listener.set_nonblocking(true).unwrap();
    for _ in 0..20 {
        assert_eq!(ask(gateway.address(), "GET", "/test/x", &[]).status(), 200);
    }
    assert!(listener.accept().is_err(), "a connection was made");
}

#[test]
fn statuses_are_tried_again_only_where_that_is_asked() {
    let config = |bad: &Upstream, good: &Mortal| {
        balanced(&[bad.address(), good.upstream.address()], "", "retries: 1")
    };
    let bad = Upstream::by(|_| gunicorn(500));
    let good = Mortal::new();
    let gateway = serve(&config(&bad, &good));
    let statuses = |to: SocketAddr| -> Vec<u16> {
        (0..4)
            .map(|_| ask(to, "GET", "/test/x", &[]).status())
            .collect()
    };
    let mut seen = statuses(gateway.address());
    seen.sort_unstable();
    assert_eq!(seen, [200, 200, 500, 500]);
    let gateway = start(&config(&bad, &good))
        .variable(
            "KONG_NGINX_PROXY_PROXY_NEXT_UPSTREAM",
            "error timeout http_500",
        )
        .go();
    assert_eq!(statuses(gateway.address()), [200; 4]);
    let before = bad.requests().len();
    let posted: Vec<u16> = (0..2)
        .map(|_| ask_with_body(gateway.address(), "POST", "/test/x", &[], "a").status())
        .collect();
    assert!(posted.contains(&500), "{posted:?}");
    assert_eq!(
        bad.requests().len(),
        before + 1,
        "what was sent is not sent twice"
    );
}

#[test]
fn a_request_that_was_not_sent_is_tried_elsewhere_whatever_its_method() {
    let good = Mortal::new();
    let dead = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let gateway = serve(&balanced(
        &[dead, good.upstream.address()],
        "",
        "retries: 1",
    ));
    for _ in 0..4 {
        let answer = ask_with_body(gateway.address(), "POST", "/test/x", &[], "body");
        assert_eq!(answer.status(), 200);
    }
}

#[test]
fn a_hash_walks_on_from_an_endpoint_that_failed() {
    let good = Mortal::new();
    let dead = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let hashing = "algorithm: consistent-hashing\nhash_on: header\nhash_on_header: x-key";
    let targets = [dead, good.upstream.address()];
    let gateway = serve(&balanced(&targets, hashing, "retries: 1"));
    for key in 0..20 {
        let header = format!("X-Key: {key}");
        let answer = ask(gateway.address(), "GET", "/test/x", &[&header]);
        assert_eq!(answer.status(), 200, "{key}");
    }
}
