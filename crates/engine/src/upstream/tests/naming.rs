//! Names of a pool, their addresses, and what becomes of them.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use haleway_blueprint::runtime::DnsStatus;
use haleway_blueprint::{Balance, Discovery, HostList, Pool, RecordKind, Target};
use haleway_health::What;

use super::dns::{NameServer, ip, srv};
use super::{ask, lookups, one_loss_ejects, pool, resolved, target};
use crate::health::{Configured, Court};
use crate::upstream::pick::Refused;
use crate::upstream::{Discoverer, PoolState, Registry};

/// Longest wait for anything that must come.
const DEADLINE: Duration = Duration::from_secs(20);

/// A pool whose names are looked up.
struct World {
    registry: Arc<Registry>,
    court: Arc<Court>,
    discoverer: Discoverer,
    pool: Arc<PoolState>,
}

impl World {
    fn new(server: &NameServer, targets: Vec<Target>) -> Self {
        Self::of(server, &pool(resolved(targets), Balance::RoundRobin))
    }

    fn of(server: &NameServer, description: &Pool) -> Self {
        let registry: Arc<Registry> = Arc::default();
        let court = Arc::new(Court::new(&registry.gates, 1));
        let pool = PoolState::new(description, &registry, None).unwrap();
        if let Some(health) = &description.health {
            let configured = Configured {
                name: description.id.0.clone(),
                config: health.config.clone(),
                members: pool.seats(&registry),
                is_breaker: false,
            };
            court.configure(configured, &registry.gates);
        }
        let discoverer =
            Discoverer::start(registry.clone(), court.clone(), Some(server.address)).unwrap();
        discoverer.watch(&pool);
        Self {
            registry,
            court,
            discoverer,
            pool,
        }
    }

    /// The endpoints: address, name, `Host` header and weight.
    fn endpoints(&self) -> BTreeSet<(String, String, String, u32)> {
        let members = self.pool.members.load();
        let members = members.list.iter().map(|member| {
            let authority = member.endpoint.authority.to_str().unwrap();
            (
                member.identity.address.clone(),
                member.identity.name.clone(),
                authority.to_owned(),
                member.weight,
            )
        });
        members.collect()
    }

    fn dns(&self) -> Vec<DnsStatus> {
        let status = self.pool.status();
        status.targets.into_iter().map(|it| it.dns).collect()
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < DEADLINE, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}

type Row<'a> = (&'a str, &'a str, &'a str, u32);

fn rows(rows: &[Row<'_>]) -> BTreeSet<(String, String, String, u32)> {
    let owned = |(address, name, authority, weight): &Row<'_>| {
        let [address, name, authority] = [address, name, authority].map(|it| it.to_string());
        (address, name, authority, *weight)
    };
    rows.iter().map(owned).collect()
}

#[test]
fn every_address_of_a_name_is_an_endpoint() {
    let server = NameServer::with(&[
        (
            "a.test",
            vec![ip("10.0.0.2"), ip("10.0.0.1"), ip("10.0.0.1")],
        ),
        ("b.test", vec![ip("10.0.0.1"), ip("fd00::1")]),
        ("c.test", vec![ip("fd00::1")]),
    ]);
    let targets = vec![
        target("a.test", 8000, 25),
        target("b.test", 8000, 10),
        target("c.test", 80, 7),
        target("10.0.0.9", 9000, 5),
    ];
    let world = World::new(&server, targets);
    let wanted = rows(&[
        ("10.0.0.1:8000", "a.test", "a.test:8000", 25),
        ("10.0.0.2:8000", "a.test", "a.test:8000", 25),
        // The same address under another name is another endpoint; A comes before AAAA.
        ("10.0.0.1:8000", "b.test", "b.test:8000", 10),
        ("[fd00::1]:80", "c.test", "c.test", 7),
        ("10.0.0.9:9000", "", "10.0.0.9:9000", 5),
    ]);
    until("all names are found", || world.endpoints() == wanted);
    until("it is told", || !world.dns().contains(&DnsStatus::Pending));
    assert_eq!(
        world.dns(),
        [
            DnsStatus::Found(RecordKind::A),
            DnsStatus::Found(RecordKind::A),
            DnsStatus::Found(RecordKind::Aaaa),
            DnsStatus::Address
        ]
    );
}

#[test]
fn srv_records_give_port_and_weight() {
    let server = NameServer::with(&[
        (
            "s.test",
            vec![
                srv(10, 3, 81, "one.test."),
                srv(10, 0, 0, "two.test."),
                srv(20, 9, 99, "one.test."),
                srv(10, 5, 82, "lost.test."),
            ],
        ),
        ("one.test", vec![ip("10.0.0.1"), ip("10.0.0.2")]),
        ("two.test", vec![ip("10.0.0.3")]),
    ]);
    let world = World::new(&server, vec![target("s.test", 8000, 100)]);
    let wanted = rows(&[
        ("10.0.0.1:81", "s.test", "s.test:81", 3),
        ("10.0.0.2:81", "s.test", "s.test:81", 3),
        // Weight 0 is 1, port 0 is the target's, the second priority group stays out.
        ("10.0.0.3:8000", "s.test", "s.test:8000", 1),
    ]);
    until("the records are found", || world.endpoints() == wanted);
    until("it is told", || {
        world.dns() == [DnsStatus::Found(RecordKind::Srv)]
    });
}

#[test]
fn the_target_of_a_record_may_be_the_host() {
    let server = NameServer::with(&[
        ("s.test", vec![srv(1, 1, 80, "one.test.")]),
        ("one.test", vec![ip("10.0.0.1")]),
    ]);
    let lookups = haleway_blueprint::Lookups {
        srv_target_is_host: true,
        ..lookups()
    };
    let targets = vec![target("s.test", 8000, 100)];
    let discovery = Discovery::Resolved { targets, lookups };
    let world = World::of(&server, &pool(discovery, Balance::RoundRobin));
    let wanted = rows(&[("10.0.0.1:80", "one.test", "one.test", 1)]);
    until("the record is found", || world.endpoints() == wanted);
}

#[test]
fn records_that_change_change_the_endpoints() {
    let server = NameServer::with(&[("a.test", vec![ip("10.0.0.1")])]);
    let world = World::new(&server, vec![target("a.test", 80, 1)]);
    let found = |addresses: &[&str]| {
        let wanted: Vec<Row<'_>> = addresses
            .iter()
            .map(|it| (*it, "a.test", "a.test", 1))
            .collect();
        until("the change is seen", || world.endpoints() == rows(&wanted));
    };
    found(&["10.0.0.1:80"]);
    server.knows(&[("a.test", vec![ip("10.0.0.1"), ip("10.0.0.2")])]);
    found(&["10.0.0.1:80", "10.0.0.2:80"]);
    server.knows(&[]);
    found(&[]);
    until("it is told", || world.dns() == [DnsStatus::NoSuchName]);
    server.knows(&[("a.test", Vec::new())]);
    until("it is told", || world.dns() == [DnsStatus::NoRecord]);
    server.knows(&[("a.test", vec![ip("10.0.0.3")])]);
    found(&["10.0.0.3:80"]);
}

#[test]
fn addresses_outlive_their_records_for_a_while() {
    let server = NameServer::with(&[("a.test", vec![ip("10.0.0.1")])]);
    let world = |stale_us| {
        let lookups = haleway_blueprint::Lookups {
            stale_us,
            ..lookups()
        };
        let targets = vec![target("a.test", 80, 1)];
        let discovery = Discovery::Resolved { targets, lookups };
        World::of(&server, &pool(discovery, Balance::RoundRobin))
    };
    let (long, short) = (world(3_600_000_000), world(1));
    let found = DnsStatus::Found(RecordKind::A);
    for world in [&long, &short] {
        until("the name is found", || world.dns() == [found.clone()]);
    }
    server.knows(&[("a.test", Vec::new())]);
    until("the time is over", || short.dns() == [DnsStatus::NoRecord]);
    assert_eq!(long.endpoints().len(), 1);
    assert_eq!(long.dns(), [found]);
    server.knows(&[]);
    until("it is gone at once", || long.endpoints().is_empty());
    assert_eq!(long.dns(), [DnsStatus::NoSuchName]);
}

#[test]
fn a_list_of_hosts_comes_before_servers() {
    let server = NameServer::with(&[
        ("a.test", vec![ip("10.0.0.9")]),
        ("b.test", vec![ip("10.0.0.2")]),
    ]);
    let addresses = ["fd00::1", "10.0.0.1"].map(|ip| ip.parse().unwrap());
    let lookups = haleway_blueprint::Lookups {
        hosts: HostList::Given(vec![("a.test".to_owned(), addresses.to_vec())]),
        ..lookups()
    };
    let targets = vec![target("A.test", 80, 1), target("b.test", 80, 1)];
    let discovery = Discovery::Resolved { targets, lookups };
    let world = World::of(&server, &pool(discovery, Balance::RoundRobin));
    let wanted = rows(&[
        ("10.0.0.1:80", "A.test", "A.test", 1),
        ("10.0.0.2:80", "b.test", "b.test", 1),
    ]);
    until("both are found", || world.endpoints() == wanted);
}

#[test]
fn a_request_waits_for_the_first_look_up_only() {
    let server = NameServer::silent();
    let world = World::new(&server, vec![target("a.test", 80, 1)]);
    assert!(matches!(
        world.pool.pick(&ask()).err(),
        Some(Refused::NotResolved(_))
    ));
    let address = wait(async {
        let ask = ask();
        let mut choosing = std::pin::pin!(world.pool.choose(&ask));
        let early = tokio::time::timeout(Duration::from_millis(20), &mut choosing).await;
        assert!(early.is_err(), "nothing is known yet");
        server.knows(&[("a.test", vec![ip("10.0.0.1")])]);
        choosing.await.ok().unwrap().member.endpoint.address
    });
    assert_eq!(address, Some("10.0.0.1:80".parse().unwrap()));
}

#[test]
fn the_wait_has_a_limit() {
    let server = NameServer::silent();
    let lookups = haleway_blueprint::Lookups {
        wait_us: 20_000,
        ..lookups()
    };
    let targets = vec![target("a.test", 80, 1)];
    let discovery = Discovery::Resolved { targets, lookups };
    let world = World::of(&server, &pool(discovery, Balance::RoundRobin));
    let Err(Refused::NotResolved(unresolved)) = wait(world.pool.choose(&ask())) else {
        panic!("nobody answers");
    };
    assert_eq!(unresolved.dns, DnsStatus::Pending);
}

#[test]
fn a_name_that_leads_nowhere_is_another_fault_than_a_pool_without_endpoint() {
    let server = NameServer::with(&[]);
    let targets = vec![target("a.test", 80, 1), target("b.test", 80, 1)];
    let told = |unresolved_is_fault| {
        let lookups = haleway_blueprint::Lookups {
            unresolved_is_fault,
            ..lookups()
        };
        let targets = targets.clone();
        let discovery = Discovery::Resolved { targets, lookups };
        let world = World::of(&server, &pool(discovery, Balance::RoundRobin));
        wait(world.pool.choose(&ask())).err().unwrap()
    };
    let Refused::NotResolved(unresolved) = told(true) else {
        panic!("the name is the fault");
    };
    assert_eq!(unresolved.to_string(), "lookup a.test: no such host");
    assert_eq!(told(false), Refused::NoEndpoint);
}

#[test]
fn what_is_known_outlives_a_change_of_the_pool() {
    let server = NameServer::with(&[("a.test", vec![ip("10.0.0.1")])]);
    let world = World::new(&server, vec![target("a.test", 80, 1)]);
    until("the name is found", || world.endpoints().len() == 1);
    let changed = pool(
        resolved(vec![target("a.test", 80, 7), target("b.test", 80, 1)]),
        Balance::LeastConnections,
    );
    until("it is told", || !world.dns().contains(&DnsStatus::Pending));
    let later = PoolState::new(&changed, &world.registry, Some(world.pool.clone())).unwrap();
    let picked = later.pick(&ask()).ok().unwrap();
    assert_eq!(picked.member.weight, 7);
    let dns: Vec<DnsStatus> = later
        .status()
        .targets
        .into_iter()
        .map(|it| it.dns)
        .collect();
    assert_eq!(dns, [DnsStatus::Found(RecordKind::A), DnsStatus::Pending]);
}

#[test]
fn health_is_of_an_address_and_goes_with_it() {
    let server = NameServer::with(&[("a.test", vec![ip("10.0.0.1"), ip("10.0.0.2")])]);
    let mut description = pool(resolved(vec![target("a.test", 80, 1)]), Balance::RoundRobin);
    description.health = Some(one_loss_ejects());
    let world = World::of(&server, &description);
    until("the court knows both", || {
        world.court.statuses("pool").len() == 2
    });
    let ejected = {
        let picked = world.pool.pick(&ask()).ok().unwrap();
        picked.entered.unwrap().settle(What::Refused, false);
        picked.member.identity.address.clone()
    };
    for _ in 0..10 {
        let picked = world.pool.pick(&ask()).ok().unwrap();
        assert_ne!(picked.member.identity.address, ejected);
    }
    // It goes, and comes back as a new one.
    let other = if ejected == "10.0.0.1:80" {
        "10.0.0.2"
    } else {
        "10.0.0.1"
    };
    server.knows(&[("a.test", vec![ip(other)])]);
    until("it is gone", || world.court.statuses("pool").len() == 1);
    server.knows(&[("a.test", vec![ip("10.0.0.1"), ip("10.0.0.2")])]);
    until("it serves again", || {
        let picked = world.pool.pick(&ask()).ok().unwrap();
        picked.member.identity.address == ejected
    });
}

#[test]
fn a_pool_that_another_one_follows_tells_nobody() {
    let server = NameServer::with(&[("a.test", vec![ip("10.0.0.1")])]);
    let mut description = pool(resolved(vec![target("a.test", 80, 1)]), Balance::RoundRobin);
    description.health = Some(one_loss_ejects());
    let world = World::of(&server, &description);
    until("the court knows it", || {
        world.court.statuses("pool").len() == 1
    });
    world.pool.retire(true);
    description.balance = Balance::LeastConnections;
    let later = PoolState::new(&description, &world.registry, Some(world.pool.clone())).unwrap();
    world.discoverer.watch(&later);
    server.knows(&[("a.test", vec![ip("10.0.0.2"), ip("10.0.0.3")])]);
    until("the court hears of the later one", || {
        world.court.statuses("pool").len() == 2
    });
    let known = world.pool.found();
    assert_eq!(known.len(), 1, "the earlier one keeps what it knew");
}
