//! Pools: one per upstream, and one per host that a service names itself.

use std::collections::{HashMap, HashSet};

use haleway_blueprint::{
    Balance, Discovery, HashBalance, HashInput, HeaderCase, Pool, PoolId, Protocol, Scheme,
    StickyBalance, Target, TlsClient, Transport,
};
use haleway_document::Diagnostic;

use super::{Compilation, health, streams, tls};
use crate::code;
use crate::entity::{Entity, target};
use crate::schema::{Record, shape};

/// Bytes of an answer's head.
const HEADER_BYTES_MAX: usize = 128 << 10;

/// Time for a TLS handshake where no service says one; its `connect_timeout` covers it.
const TLS_HANDSHAKE_TIMEOUT_US: u64 = 60_000_000;

/// Each address is an endpoint of its own, so this waits for nothing.
const FALLBACK_DELAY_US: u64 = 300_000;

/// Weight of the one target of a service without an upstream.
const WEIGHT: u32 = 100;

/// The pools of a compilation.
pub(super) struct Pools {
    list: Vec<Pool>,
    /// Pools by the entity that they are of, each with how it is spoken to.
    of: HashMap<String, Vec<(PoolId, Scheme, TlsClient)>>,
    names: HashSet<String>,
    /// Places in the list of the pools of upstreams that no service has asked for yet.
    idle: HashMap<String, usize>,
    /// Upstreams that connections without HTTP go to, and no requests.
    carried: HashSet<String>,
}

impl Pools {
    /// A pool for every upstream: Kong checks the health of all of them.
    pub(super) fn of_upstreams(compilation: &Compilation<'_>) -> Self {
        let mut pools = Self {
            list: Vec::new(),
            of: HashMap::new(),
            names: HashSet::new(),
            idle: HashMap::new(),
            carried: streams::upstreams(compilation.store),
        };
        for upstream in compilation.store.all("upstreams") {
            pools.idle.insert(upstream.id.clone(), pools.list.len());
            let tls = TlsClient {
                insecure: true,
                ..TlsClient::default()
            };
            pools.add_upstream(compilation, upstream, Scheme::Http, tls);
            report_retries(compilation, upstream);
            let is_carried = pools.carried.contains(upstream.name());
            health::report(compilation, upstream, is_carried);
        }
        pools
    }

    /// The pool that a service leads to.
    pub(super) fn of_service(&mut self, compilation: &Compilation<'_>, service: &Entity) -> PoolId {
        self.of_service_as(compilation, service, scheme(&service.record))
    }

    /// The same where its endpoints are spoken to like this.
    pub(super) fn of_service_as(
        &mut self,
        compilation: &Compilation<'_>,
        service: &Entity,
        scheme: Scheme,
    ) -> PoolId {
        let host = service.record.text("host").unwrap_or_default();
        let upstream = compilation.store.by_name("upstreams", host);
        let tls = match scheme {
            Scheme::Https => tls::client(compilation, service, upstream),
            Scheme::Http | Scheme::H2c => TlsClient {
                insecure: true,
                ..TlsClient::default()
            },
        };
        match upstream {
            Some(upstream) => self.of_upstream(compilation, (service, upstream), scheme, tls),
            None => self.of_host(compilation, service, scheme, tls),
        }
    }

    /// All pools.
    pub(super) fn finish(self) -> Vec<Pool> {
        self.list
    }

    fn of_upstream(
        &mut self,
        compilation: &Compilation<'_>,
        (service, upstream): (&Entity, &Entity),
        scheme: Scheme,
        tls: TlsClient,
    ) -> PoolId {
        if let Some(known) = self.known(&upstream.id, scheme, &tls) {
            self.idle.remove(&upstream.id);
            return known;
        }
        // The first service says how the upstream is spoken to.
        if let Some(at) = self.idle.remove(&upstream.id) {
            let pool = &mut self.list[at];
            pool.discovery = targets(compilation, upstream, scheme);
            pool.transport = transport(compilation, scheme, tls.clone());
            let id = pool.id.clone();
            self.of
                .insert(upstream.id.clone(), vec![(id.clone(), scheme, tls)]);
            return id;
        }
        let message = format!(
            "upstream {} is spoken to in two ways: what service {} learns about its targets is kept apart from what others learn",
            upstream.name(),
            service.name()
        );
        let place = service.record.place("protocol");
        compilation
            .context
            .report(Diagnostic::parity(code::TWO_WAYS, message).at(place, ""));
        self.add_upstream(compilation, upstream, scheme, tls)
    }

    fn add_upstream(
        &mut self,
        compilation: &Compilation<'_>,
        upstream: &Entity,
        scheme: Scheme,
        tls: TlsClient,
    ) -> PoolId {
        let id = self.name(upstream.name());
        let is_carried = self.carried.contains(upstream.name());
        self.list.push(Pool {
            id: id.clone(),
            discovery: targets(compilation, upstream, scheme),
            balance: balance(&upstream.record),
            transport: transport(compilation, scheme, tls.clone()),
            health: health::health(compilation, upstream, is_carried),
            origin: compilation.context.origin(upstream.span),
        });
        let known = self.of.entry(upstream.id.clone()).or_default();
        known.push((id.clone(), scheme, tls));
        id
    }

    fn of_host(
        &mut self,
        compilation: &Compilation<'_>,
        service: &Entity,
        scheme: Scheme,
        tls: TlsClient,
    ) -> PoolId {
        if let Some(known) = self.known(&service.id, scheme, &tls) {
            return known;
        }
        let host = service.record.text("host").unwrap_or_default();
        let port = service
            .record
            .integer("port")
            .and_then(|it| u16::try_from(it).ok());
        let port = port.unwrap_or(80);
        let name = match service.record.text("name") {
            Some(name) => name.to_owned(),
            None => format!("{host}:{port}"),
        };
        let id = self.name(&name);
        let one = Target {
            scheme,
            host: bare(host),
            port,
            authority: None,
            weight: WEIGHT,
        };
        self.list.push(Pool {
            id: id.clone(),
            discovery: Discovery::Resolved {
                targets: vec![one],
                lookups: compilation.dns.of_service(),
            },
            balance: Balance::RoundRobin,
            transport: transport(compilation, scheme, tls.clone()),
            health: None,
            origin: compilation.context.origin(service.record.place("host")),
        });
        let known = self.of.entry(service.id.clone()).or_default();
        known.push((id.clone(), scheme, tls));
        id
    }

    fn known(&self, entity: &str, scheme: Scheme, tls: &TlsClient) -> Option<PoolId> {
        let known = self.of.get(entity)?.iter();
        let mut same = known.filter(|(_, its, theirs)| *its == scheme && theirs == tls);
        same.next().map(|(id, ..)| id.clone())
    }

    /// A name that no other pool has.
    fn name(&mut self, wanted: &str) -> PoolId {
        let mut name = wanted.replace('/', "_");
        let mut copy = 1;
        while !self.names.insert(name.clone()) {
            copy += 1;
            name = format!("{wanted}-{copy}");
        }
        PoolId(name)
    }
}

/// Kong tries a target that failed again as long as the hash leads to it.
fn report_retries(compilation: &Compilation<'_>, upstream: &Entity) {
    if upstream.record.text("algorithm") != Some("consistent-hashing") {
        return;
    }
    let message = format!(
        "upstream {}: with `consistent-hashing` Kong makes further tries at the target that failed; Haleway goes on to the next one on the ring",
        upstream.name()
    );
    let record = &upstream.record;
    let place = record
        .span("algorithm")
        .unwrap_or_else(|| record.place("hash_on"));
    let finding = Diagnostic::parity(code::RETRY_MENDED, message).at(place, "");
    compilation.context.report(finding);
}

/// How the endpoints of a service are spoken to.
pub(super) fn scheme(service: &Record) -> Scheme {
    match service.text("protocol").unwrap_or("http") {
        "https" | "grpcs" | "tls" => Scheme::Https,
        "grpc" => Scheme::H2c,
        _ => Scheme::Http,
    }
}

fn targets(compilation: &Compilation<'_>, upstream: &Entity, scheme: Scheme) -> Discovery {
    let authority = upstream.record.text("host_header");
    let owned = compilation.store.owned("targets", "upstream", &upstream.id);
    let targets = owned.filter_map(|entity| {
        let (host, port) = target::host_and_port(entity.record.text("target")?)?;
        let weight = entity.record.integer("weight").unwrap_or(0);
        Some(Target {
            scheme,
            host,
            port,
            authority: authority.map(str::to_owned),
            weight: u32::try_from(weight).unwrap_or(0),
        })
    });
    Discovery::Resolved {
        targets: targets.collect(),
        lookups: {
            let use_srv_name = upstream.record.flag("use_srv_name");
            compilation.dns.of_upstream(use_srv_name)
        },
    }
}

fn balance(upstream: &Record) -> Balance {
    let slots = upstream.integer("slots").unwrap_or(10_000);
    match upstream.text("algorithm").unwrap_or("round-robin") {
        "least-connections" => Balance::LeastConnections,
        "latency" => Balance::Latency,
        "consistent-hashing" => Balance::Hash(HashBalance {
            slots: u32::try_from(slots).unwrap_or(10_000),
            on: input(upstream, "hash_on"),
            fallback: input(upstream, "hash_fallback"),
        }),
        "sticky-sessions" => Balance::Sticky(StickyBalance {
            cookie: text(upstream, "sticky_sessions_cookie"),
            path: text(upstream, "sticky_sessions_cookie_path"),
        }),
        _ => Balance::RoundRobin,
    }
}

fn input(upstream: &Record, field: &str) -> HashInput {
    let part = |name: &str| text(upstream, &format!("{field}_{name}"));
    match upstream.text(field).unwrap_or("none") {
        "consumer" => HashInput::Consumer,
        "ip" => HashInput::ClientAddress,
        "header" => HashInput::Header(part("header")),
        "cookie" => HashInput::Cookie {
            name: text(upstream, "hash_on_cookie"),
            path: text(upstream, "hash_on_cookie_path"),
        },
        "path" => HashInput::Path,
        "query_arg" => HashInput::QueryArgument(part("query_arg")),
        "uri_capture" => HashInput::PathCapture(part("uri_capture")),
        _ => HashInput::Nothing,
    }
}

fn text(record: &Record, field: &str) -> String {
    record.text(field).unwrap_or_default().to_owned()
}

/// A host without brackets.
fn bare(host: &str) -> String {
    match shape::address(host) {
        Some(address) => address.to_string(),
        None => host.to_owned(),
    }
}

fn transport(compilation: &Compilation<'_>, scheme: Scheme, tls: TlsClient) -> Transport {
    let keepalive = compilation.keepalive;
    Transport {
        connect_timeout_us: None,
        tls_handshake_timeout_us: TLS_HANDSHAKE_TIMEOUT_US,
        response_header_timeout_us: None,
        idle_timeout_us: keepalive.idle_us,
        idle_per_endpoint_max: keepalive.per_endpoint_max,
        idle_max: None,
        close_after_request: keepalive.per_endpoint_max == 0,
        tcp_keepalive_us: None,
        fallback_delay_us: FALLBACK_DELAY_US,
        header_bytes_max: HEADER_BYTES_MAX,
        header_case: HeaderCase::AsReceived,
        protocol: protocol(scheme),
        tls,
    }
}

/// Kong speaks HTTP/1.1 to services, and HTTP/2 for gRPC only.
fn protocol(scheme: Scheme) -> Protocol {
    match scheme {
        Scheme::H2c => Protocol::Negotiate,
        Scheme::Http | Scheme::Https => Protocol::Http1,
    }
}
