//! Probes against endpoints on the loopback interface.

mod clear;
mod secured;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use haleway_blueprint::{Blueprint, Endpoint, Pool, ProbeKind, ProbeRequest, Scheme};
use haleway_health::{EndpointId, Event, ProbeOrder, ProbeReport, What};
use http::HeaderValue;
use tokio::task::LocalSet;
use tokio::time::timeout;

use super::{ProbeTarget, Prober, host};
use crate::upstream::{EndpointState, Registry};

/// Longest wait for anything that must come.
const LONG: Duration = Duration::from_secs(20);

/// A time limit that no step is to reach.
const PATIENT: Duration = Duration::from_secs(15);

/// What an endpoint does with its connections, by their number from 0 on.
type Script = dyn Fn(usize, &mut Peer) + Send + Sync;

/// An endpoint that follows a script.
struct Served {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    /// Heads of requests, in the order of their coming.
    asked: Arc<Mutex<Vec<String>>>,
    /// How connections ended, seen from here.
    ends: Mutex<Receiver<End>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Orderly,
    Reset,
}

/// A connection, seen from the endpoint.
struct Peer {
    stream: TcpStream,
    heads: Arc<Mutex<Vec<String>>>,
    ends: Sender<End>,
}

impl Served {
    fn by(script: impl Fn(usize, &mut Peer) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let (ends_in, ends) = channel();
        let script: Arc<Script> = Arc::new(script);
        let (count, heads) = (connections.clone(), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let number = count.fetch_add(1, Ordering::SeqCst);
                let mut peer = Peer {
                    stream,
                    heads: heads.clone(),
                    ends: ends_in.clone(),
                };
                let script = script.clone();
                std::thread::spawn(move || script(number, &mut peer));
            }
        });
        Self {
            address,
            connections,
            asked,
            ends: Mutex::new(ends),
        }
    }

    /// One that gives this answer to every request.
    fn answering(answer: &'static str) -> Self {
        Self::by(move |_, peer| {
            while peer.asked() {
                peer.send(answer);
            }
        })
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// How the next connection ended that its client ended.
    fn end(&self) -> End {
        self.ends.lock().unwrap().recv_timeout(LONG).unwrap()
    }
}

impl Peer {
    /// Waits for a request; false where the client has ended the connection.
    fn asked(&mut self) -> bool {
        let (mut head, mut piece) = (Vec::new(), [0; 16 * 1024]);
        while !head.ends_with(b"\r\n\r\n") {
            match self.stream.read(&mut piece) {
                Ok(0) => return self.ended(End::Orderly),
                Ok(count) => head.extend_from_slice(&piece[..count]),
                Err(_) => return self.ended(End::Reset),
            }
        }
        let head = String::from_utf8(head).unwrap();
        self.heads.lock().unwrap().push(head);
        true
    }

    fn ended(&self, end: End) -> bool {
        // Nobody may listen any more.
        let _ = self.ends.send(end);
        false
    }

    fn send(&mut self, text: &str) {
        // The client may be gone: the test says what is to come of it.
        let _ = self.stream.write_all(text.as_bytes());
    }

    fn close(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

const FINE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A pool that probes, as a dialect gives it.
fn described() -> Pool {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../krakend/tests/corpus");
    let text = std::fs::read_to_string(corpus.join("health/blueprint.json")).unwrap();
    let blueprint: Blueprint = serde_json::from_str(&text).unwrap();
    blueprint.pools.into_iter().next().unwrap()
}

/// What a probe asks unless a test says otherwise.
pub(in crate::health) fn request(kind: ProbeKind, keep_connection: bool) -> ProbeRequest {
    ProbeRequest {
        kind,
        path: "/up".to_owned(),
        host: None,
        host_without_port: false,
        headers: Vec::new(),
        server_name: None,
        verify: false,
        port: None,
        keep_connection,
    }
}

/// An endpoint of a pool that probes.
pub(in crate::health) struct Described {
    registry: Registry,
    pool: Pool,
    endpoint: Arc<EndpointState>,
}

impl Described {
    pub(in crate::health) fn new(host: &str, port: u16, probe: ProbeRequest) -> Self {
        let registry = Registry::default();
        let mut pool = described();
        let scheme = match probe.kind {
            ProbeKind::Https => Scheme::Https,
            _ => Scheme::Http,
        };
        pool.health.as_mut().unwrap().probe = Some(probe);
        let description = Endpoint {
            scheme,
            host: host.to_owned(),
            port,
            authority: format!("{host}:{port}"),
            base_path: String::new(),
            weight: 1,
        };
        let transport = registry.transport(&pool.transport);
        let endpoint = registry.endpoint(&description, &transport).unwrap();
        Self {
            registry,
            pool,
            endpoint,
        }
    }

    /// How often it is probed.
    pub(in crate::health) fn set_interval(&mut self, interval: Duration) {
        let health = self.pool.health.as_mut().unwrap();
        let probe = health.config.probe.as_mut().unwrap();
        let us = interval.as_micros() as u64;
        (probe.healthy_interval.us, probe.unhealthy_interval.us) = (us, us);
    }

    pub(in crate::health) fn address(&self) -> String {
        self.endpoint.authority.to_str().unwrap().to_owned()
    }

    /// What a probe of it asks, made anew.
    pub(in crate::health) fn target(&self) -> Arc<ProbeTarget> {
        ProbeTarget::new(&self.pool, &self.endpoint, &self.registry).unwrap()
    }
}

fn target(host: &str, port: u16, probe: ProbeRequest) -> Arc<ProbeTarget> {
    Described::new(host, port, probe).target()
}

fn keeping(served: &Served) -> Arc<ProbeTarget> {
    let probe = request(ProbeKind::Http, true);
    target("127.0.0.1", served.address.port(), probe)
}

/// Runs with a prober.
fn run<F: Future<Output = ()>>(test: impl FnOnce(Probing) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let prober = {
        let _inside = runtime.enter();
        Prober::new().unwrap()
    };
    let probing = Probing { prober, attempt: 0 };
    LocalSet::new().block_on(&runtime, test(probing));
}

/// A prober that is asked one by one.
struct Probing {
    prober: Prober,
    attempt: u64,
}

impl Probing {
    async fn ask(&mut self, target: &Arc<ProbeTarget>) -> What {
        self.ask_within(target, PATIENT).await.what
    }

    async fn ask_within(&mut self, target: &Arc<ProbeTarget>, step: Duration) -> ProbeReport {
        let mut all = self.ask_all(&[target], step).await;
        all.remove(0)
    }

    /// Asks all at once, and waits for all.
    async fn ask_all(&mut self, all: &[&Arc<ProbeTarget>], step: Duration) -> Vec<ProbeReport> {
        let orders = all.iter().map(|target| {
            self.attempt += 1;
            let order = ProbeOrder {
                endpoint: EndpointId(0),
                attempt: self.attempt,
                timeout_us: step.as_micros() as u64,
            };
            (order, (*target).clone())
        });
        let mut orders = orders.collect();
        self.prober.send(&mut orders);
        let mut reports = Vec::new();
        while reports.len() < all.len() {
            timeout(LONG, self.hear()).await.expect("it never came");
            for told in self.prober.came_back().drain(..) {
                let Event::Probe(report) = told.event else {
                    panic!("{:?} is no probe", told.event);
                };
                reports.push(report);
            }
        }
        reports
    }

    /// As the health thread does it.
    async fn hear(&mut self) {
        while self.prober.came_back().is_empty() {
            let limit = self.prober.earliest().map(tokio::time::Instant::from_std);
            let limit = limit.unwrap_or_else(|| tokio::time::Instant::now() + LONG);
            tokio::select! {
                () = self.prober.hear() => {}
                () = tokio::time::sleep_until(limit) => {
                    self.prober.give_up(std::time::Instant::now());
                }
            }
        }
    }
}

#[test]
fn a_host_is_given_or_the_endpoint_s_own_with_or_without_its_port() {
    let mut probe = request(ProbeKind::Http, false);
    let own = HeaderValue::from_static("shop.local:8080");
    assert_eq!(host(&probe, &own), "shop.local:8080");
    probe.host_without_port = true;
    for (own, bare) in [
        ("shop.local:8080", "shop.local"),
        ("10.0.0.1:80", "10.0.0.1"),
        ("[::1]:80", "[::1]"),
        ("shop.local", "shop.local"),
    ] {
        assert_eq!(host(&probe, &HeaderValue::from_static(own)), bare);
    }
    probe.host = Some("inner:1".to_owned());
    assert_eq!(host(&probe, &own), "inner:1");
}
