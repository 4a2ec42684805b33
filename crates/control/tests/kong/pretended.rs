//! The engine and the configuration behind the API.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use haleway_blueprint::runtime::{
    DnsStatus, DocumentFault, EndpointStatus, EventSink, HealthEvent, HealthStatus, ListenerStatus,
    OperateError, OperatorCommand, PoolStatus, PoolVerdict, Reload, ReloadOutcome, Running,
    TargetStatus, Traffic, Why,
};
use haleway_blueprint::{Blueprint, RecordKind};
use haleway_control::kong::{
    Api, EMPTY_HASH, Facts, Node, Plugin, Validate, View, Views, text_hash,
};
use haleway_control::{Admin, Control};
use haleway_document::Wording;
use serde_json::{Map, Value as Json, json};

/// An id that ends with a number.
pub(crate) fn id(number: u8) -> String {
    format!("00000000-0000-4000-8000-0000000000{number:02}")
}

#[derive(Default)]
pub(crate) struct Pretended {
    pub(crate) draining: AtomicBool,
    /// What an operator did: pool, endpoint, command.
    pub(crate) done: Mutex<Vec<(String, String, OperatorCommand)>>,
    /// What was posted last.
    pub(crate) posted: Mutex<String>,
    /// Why the next document is refused.
    pub(crate) faults: Mutex<Vec<DocumentFault>>,
    /// A load waits for this.
    pub(crate) slow: Mutex<()>,
    pub(crate) views: Mutex<Option<Arc<Views>>>,
}

impl Running for Pretended {
    fn blueprint(&self) -> Arc<Blueprint> {
        unreachable!("Kong's APIs show a view")
    }

    fn listeners(&self) -> Vec<ListenerStatus> {
        Vec::new()
    }

    /// One checked upstream with an address that is fine, a name with a sick one and a fine one,
    /// and a name that is not found.
    fn pools(&self) -> Vec<PoolStatus> {
        let checked = PoolStatus {
            name: "shop".to_owned(),
            endpoints: vec![
                endpoint(0, "10.0.0.1:80", "", "suspect"),
                endpoint(1, "10.0.0.2:8000", "api.shop", "unhealthy"),
                endpoint(1, "[2001:db8::1]:8000", "api.shop", "trial"),
            ],
            targets: vec![
                target("10.0.0.1", 80, DnsStatus::Address),
                target("api.shop", 8000, DnsStatus::Found(RecordKind::A)),
                target("gone.shop", 8000, DnsStatus::NoSuchName),
                target("10.0.0.9", 80, DnsStatus::Address),
            ],
            health: Some(PoolVerdict {
                serves: true,
                panic: false,
                available_weight: 100,
                total_weight: 300,
            }),
            breaker: None,
        };
        vec![checked]
    }

    fn why(&self, _: &str, _: &str) -> Option<Why> {
        None
    }

    fn follow(&self, _: EventSink) {}

    fn operate(
        &self,
        pool: &str,
        endpoint: &str,
        command: OperatorCommand,
    ) -> Result<(), OperateError> {
        let done = (pool.to_owned(), endpoint.to_owned(), command);
        self.done.lock().unwrap().push(done);
        Ok(())
    }

    fn events(&self, _: u64) -> Vec<HealthEvent> {
        Vec::new()
    }

    fn draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    fn traffic(&self) -> Traffic {
        Traffic {
            connections_accepted: 7,
            connections_closed: 4,
            requests: 21,
        }
    }

    fn metrics(&self, _: &mut String) {}

    fn request_metrics(&self, out: &mut String) {
        out.push_str("# TYPE kong_upstream_target_health gauge\n");
        out.push_str("kong_upstream_target_health{upstream=\"theirs\"} 1\n");
        out.push_str("kong_http_requests_total{service=\"demo\"} 21\n");
    }
}

impl Reload for Pretended {
    fn reload(&self) -> ReloadOutcome {
        self.last()
    }

    /// Takes a document as a view with one consumer of that name.
    fn reload_from(&self, document: &str) -> ReloadOutcome {
        let _held = self.slow.lock().unwrap();
        let faults = std::mem::take(&mut *self.faults.lock().unwrap());
        let accepted = faults.is_empty();
        if accepted {
            document.clone_into(&mut self.posted.lock().unwrap());
            let consumer = json!({"id": id(90), "username": document, "tags": null});
            let facts = Facts {
                version: "3.4.2".to_owned(),
                hash: "1".repeat(32),
                text_hash: text_hash(document),
                entities: entities(json!({"consumers": [consumer]})),
                ..Facts::default()
            };
            let views = self.views.lock().unwrap();
            views.as_ref().unwrap().replace(View::new(facts));
        }
        ReloadOutcome {
            accepted,
            errors: faults.iter().map(|fault| fault.message.clone()).collect(),
            faults,
            ..self.last()
        }
    }

    fn last(&self) -> ReloadOutcome {
        ReloadOutcome {
            accepted: true,
            hash: "abc".to_owned(),
            at_unix_s: 0,
            errors: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn last_accepted_unix_s(&self) -> u64 {
        0
    }

    fn counts(&self) -> (u64, u64) {
        (0, 0)
    }
}

fn endpoint(target: usize, address: &str, name: &str, verdict: &'static str) -> EndpointStatus {
    let socket: SocketAddr = address.parse().unwrap();
    EndpointStatus {
        address: address.to_owned(),
        name: name.to_owned(),
        target: Some(target),
        ip: Some(socket.ip()),
        port: socket.port(),
        weight: 100,
        requests: 0,
        failures: 0,
        health: Some(HealthStatus {
            verdict,
            since: "2026-01-01T00:00:00Z".to_owned(),
            cause: "L4CON".to_owned(),
        }),
    }
}

fn target(host: &str, port: u16, dns: DnsStatus) -> TargetStatus {
    TargetStatus {
        host: host.to_owned(),
        port,
        weight: 100,
        dns,
    }
}

pub(crate) fn entities(value: Json) -> BTreeMap<String, Vec<Map<String, Json>>> {
    serde_json::from_value(value).unwrap()
}

/// A configuration with something of most kinds.
fn facts() -> Facts {
    let checks = json!({"passive": {"unhealthy": {"http_failures": 3}}, "threshold": 0});
    let named = |number: u8, target: &str, weight: u32| {
        json!({"id": id(number), "target": target, "weight": weight, "tags": null,
               "upstream": {"id": id(1)}, "created_at": null, "updated_at": null})
    };
    Facts {
        version: "3.4.2".to_owned(),
        names_server: true,
        tells_latency: true,
        hash: "effdaa71e6ecc654eecd93e3e228755b".to_owned(),
        text_hash: text_hash("first"),
        // A service needs a host, and nothing else is known.
        validate: Validate::by(|kind, entity| {
            let missing = entity.get("host").is_none();
            let wording = Wording {
                field: "host".to_owned(),
                message: "required field missing".to_owned(),
            };
            (kind == "services").then(|| missing.then_some(wording).into_iter().collect())
        }),
        loaded_unix_ms: 1_700_000_000_250,
        configuration: Map::from_iter([("database".to_owned(), json!("off"))]),
        pools: HashMap::from([(id(1), vec!["shop".to_owned(), "shop-2".to_owned()])]),
        plugins: vec![Plugin {
            name: "cors".to_owned(),
            version: "3.9.0".to_owned(),
            priority: 2000,
            schema: json!({"entity_checks": [], "fields": [{"config": {"type": "record"}}]}),
        }],
        schemas: BTreeMap::from([(
            "vaults".to_owned(),
            json!({"entity_checks": [], "fields": [{"name": {}}, {"config": {"type": "record"}}]}),
        )]),
        entities: entities(json!({
            "upstreams": [
                {"id": id(1), "name": "shop", "healthchecks": checks, "tags": ["a"]},
                {"id": id(2), "name": "plain", "healthchecks": {}, "tags": null},
            ],
            "targets": [
                named(10, "10.0.0.1:80", 100),
                named(11, "api.shop:8000", 100),
                named(12, "gone.shop:8000", 100),
                named(13, "10.0.0.9:80", 0),
                {"id": id(14), "target": "10.1.0.1:80", "weight": 7, "upstream": {"id": id(2)}},
            ],
            "services": [
                {"id": id(20), "name": "demo", "host": "shop", "tags": ["a", "b"]},
                {"id": id(21), "name": "other", "host": "plain", "tags": ["b"]},
            ],
            "routes": [
                {"id": id(30), "name": "one", "service": {"id": id(20)}, "tags": null},
                {"id": id(31), "name": "two", "service": {"id": id(20)}, "tags": null},
                {"id": id(32), "name": "alone", "service": null, "tags": null},
            ],
            "consumers": [{"id": id(40), "username": "bob", "custom_id": "b-1", "tags": null}],
            "keyauth_credentials": [
                {"id": id(41), "key": "k", "consumer": {"id": id(40)}, "tags": null},
            ],
            "acls": [{"id": id(42), "group": "g", "consumer": {"id": id(40)}, "tags": null}],
            "certificates": [{"id": id(50), "cert": "c", "key": "k", "tags": null}],
            "snis": [{"id": id(51), "name": "a.shop", "certificate": {"id": id(50)}}],
            "plugins": [
                {"id": id(60), "name": "cors", "service": {"id": id(20)}, "route": null, "consumer": null},
                {"id": id(61), "name": "cors", "service": null, "route": null, "consumer": null},
            ],
        })),
    }
}

/// Both APIs of one node.
pub(crate) struct Served {
    pub(crate) engine: Arc<Pretended>,
    pub(crate) admin: Control,
    pub(crate) status: Control,
}

pub(crate) fn serve() -> Served {
    of(facts())
}

pub(crate) fn serve_nothing() -> Served {
    of(Facts {
        version: "3.4.2".to_owned(),
        hash: EMPTY_HASH.to_owned(),
        ..Facts::default()
    })
}

fn of(facts: Facts) -> Served {
    let engine = Arc::new(Pretended::default());
    let views = Arc::new(Views::new(View::new(facts)));
    *engine.views.lock().unwrap() = Some(views.clone());
    let node = Arc::new(Node::new(engine.clone(), engine.clone(), views));
    let open = || Admin::open(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    Served {
        engine,
        admin: open().serve_kong(node.clone(), Api::Admin).unwrap(),
        status: open().serve_kong(node, Api::Status).unwrap(),
    }
}
