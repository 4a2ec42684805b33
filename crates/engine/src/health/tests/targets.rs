//! What probes ask, through changes of a pool: connections are kept with it.

use std::sync::Arc;
use std::time::Duration;

use haleway_blueprint::ProbeKind;
use haleway_health::{Member, Period, PoolConfig, ProbeConfig};

use super::super::court::{Configured, Court, Seat};
use super::super::gates::GateBook;
use super::super::probe::ProbeTarget;
use super::super::probe::tests::{Described, request};
use super::{LONG, POOL, checked};

/// A pool of endpoints that are probed every millisecond.
struct Probed {
    court: Court,
    book: GateBook,
}

fn probed() -> PoolConfig {
    let often = Period {
        us: 1_000,
        ..Period::default()
    };
    let probe = ProbeConfig {
        healthy_interval: often.clone(),
        unhealthy_interval: often,
        timeout_us: 1_000_000,
        concurrency: 10,
        jitter_ppm: 0,
        classes: Default::default(),
    };
    PoolConfig {
        probe: Some(probe),
        ..checked()
    }
}

impl Probed {
    fn new(endpoints: &[&Described]) -> Self {
        let book = GateBook::default();
        let court = Court::new(&book, 1);
        let probed = Self { court, book };
        probed.configure(endpoints);
        probed
    }

    fn configure(&self, endpoints: &[&Described]) {
        let configured = Configured {
            name: POOL.to_owned(),
            config: probed(),
            members: self.members(endpoints),
            is_breaker: false,
        };
        self.court.configure(configured, &self.book);
    }

    fn discover(&self, endpoints: &[&Described]) {
        self.court.discovered(POOL, self.members(endpoints));
    }

    /// What a probe of each asks is made anew, as a pool does it.
    fn members(&self, endpoints: &[&Described]) -> Vec<(Member, Seat)> {
        let seat = |endpoint: &&Described| {
            let member = Member {
                address: endpoint.address(),
                name: String::new(),
                weight: 1,
            };
            let seat = Seat {
                watched: self.book.watched(POOL, &member),
                target: Some(endpoint.target()),
            };
            (member, seat)
        };
        endpoints.iter().map(seat).collect()
    }

    /// What the next probe asks.
    fn asked(&self) -> Arc<ProbeTarget> {
        let began = std::time::Instant::now();
        loop {
            assert!(began.elapsed() < LONG, "it never came");
            if let Some((_, target)) = self.court.turn(&mut Vec::new()).probes.pop() {
                return target;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn described(port: u16) -> Described {
    Described::new("127.0.0.1", port, request(ProbeKind::Http, true))
}

#[test]
fn who_stays_is_asked_as_before_and_who_leaves_is_forgotten() {
    let (stays, comes) = (described(1), described(2));
    let probed = Probed::new(&[&stays]);
    let target = probed.asked();
    probed.discover(&[&stays, &comes]);
    // Whoever sends probes has nothing of it; the pool has.
    let kept = Arc::downgrade(&target);
    drop(target);
    assert!(kept.upgrade().is_some());
    probed.discover(&[&comes]);
    assert!(kept.upgrade().is_none());
}

#[test]
fn a_pool_that_changes_asks_anew() {
    let endpoint = described(1);
    let probed = Probed::new(&[&endpoint]);
    let before = Arc::downgrade(&probed.asked());
    probed.configure(&[&endpoint]);
    assert!(before.upgrade().is_none());
}
