//! Health of upstreams, and what operators make of it.

use haleway_blueprint::runtime::OperatorCommand;
use serde_json::{Value as Json, json};

use crate::pretended::{id, serve};
use crate::wire::{ask, get};

fn by_target<'a>(health: &'a Json, target: &str) -> &'a Json {
    let mut data = health["data"].as_array().unwrap().iter();
    data.find(|item| item["target"] == target).unwrap()
}

#[test]
fn targets_are_shown_with_their_addresses() {
    let served = serve();
    let health = get(&served.admin, "/upstreams/shop/health");
    assert_eq!(health["node_id"], get(&served.admin, "/")["node_id"]);
    assert_eq!(health["next"], Json::Null);
    assert_eq!(
        by_target(&health, "api.shop:8000"),
        &json!({
            "id": id(11),
            "target": "api.shop:8000",
            "weight": 100,
            "tags": null,
            "upstream": {"id": id(1)},
            "created_at": 1_700_000_000.25,
            "updated_at": 1_700_000_000.25,
            "health": "UNHEALTHY",
            "data": {
                "host": "api.shop",
                "port": 8000,
                "dns": "A",
                "nodeWeight": 100,
                "weight": {"total": 200, "available": 0, "unavailable": 200},
                "addresses": [
                    {"ip": "10.0.0.2", "port": 8000, "weight": 100, "health": "UNHEALTHY"},
                    {"ip": "[2001:db8::1]", "port": 8000, "weight": 100, "health": "UNHEALTHY"},
                ],
            },
        })
    );
    let states = [
        ("10.0.0.1:80", "HEALTHY"),
        ("gone.shop:8000", "DNS_ERROR"),
        ("10.0.0.9:80", "HEALTHCHECKS_OFF"),
    ];
    for (target, state) in states {
        assert_eq!(by_target(&health, target)["health"], state, "{target}");
    }
    let gone = &by_target(&health, "gone.shop:8000")["data"];
    assert_eq!(
        (&gone["dns"], &gone["addresses"]),
        (&json!("dns server error: 3 name error"), &json!([]))
    );
    let page = get(&served.status, "/upstreams/shop/health?size=1");
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
    assert_eq!(
        page["next"],
        format!("/upstreams/{}/health?offset=MQ%3D%3D&size=1", id(1))
    );
}

#[test]
fn the_balancer_is_judged_as_a_whole() {
    let served = serve();
    let health = get(&served.admin, "/upstreams/shop/health?balancer_health=1");
    assert_eq!(health["next"], Json::Null);
    let data = &health["data"];
    assert_eq!(
        (&data["health"], &data["balancer_health"]),
        (&json!("HEALTHY"), &json!("HEALTHY"))
    );
    assert_eq!(data["id"], id(1));
    let details = &data["details"];
    assert_eq!(details["healthy"], true);
    assert_eq!(
        details["weight"],
        json!({"total": 300, "available": 100, "unavailable": 200})
    );
    assert_eq!(
        details["hosts"][0],
        json!({
            "host": "10.0.0.1",
            "port": 80,
            "dns": "A",
            "nodeWeight": 100,
            "weight": {"total": 100, "available": 100, "unavailable": 0},
            "addresses": [{"ip": "10.0.0.1", "port": 80, "weight": 100, "healthy": true}],
        })
    );
    let plain = get(&served.admin, "/upstreams/plain/health?balancer_health=1");
    assert_eq!(
        (&plain["data"]["health"], &plain["data"]["balancer_health"]),
        (&json!("HEALTHCHECKS_OFF"), &json!("HEALTHY"))
    );
    assert_eq!(plain["data"]["details"]["weight"]["total"], 7);
}

#[test]
fn an_operator_sets_targets_and_single_addresses() {
    let served = serve();
    let base = "/upstreams/shop/targets";
    let cases = [
        ("PUT", format!("{base}/api.shop:8000/unhealthy")),
        ("POST", format!("{base}/{}/healthy", id(10))),
        ("PUT", format!("{base}/api.shop:8000/10.0.0.2/healthy")),
        (
            "PUT",
            format!("{base}/api.shop:8000/%5B2001:db8::1%5D:8000/unhealthy"),
        ),
        ("PUT", format!("{base}/gone.shop:8000/healthy")),
    ];
    for (method, path) in cases {
        let answered = ask(&served.admin, method, &path);
        assert_eq!(
            (answered.status, answered.body.as_str()),
            (204, ""),
            "{path}"
        );
    }
    let done = served.engine.done.lock().unwrap();
    let first: Vec<(&str, OperatorCommand)> = done
        .iter()
        .filter(|(pool, ..)| pool == "shop")
        .map(|(_, endpoint, command)| (endpoint.as_str(), *command))
        .collect();
    assert_eq!(
        first,
        [
            ("api.shop/10.0.0.2:8000", OperatorCommand::Unhealthy),
            ("api.shop/[2001:db8::1]:8000", OperatorCommand::Unhealthy),
            ("10.0.0.1:80", OperatorCommand::Healthy),
            ("api.shop/10.0.0.2:8000", OperatorCommand::Healthy),
            ("api.shop/[2001:db8::1]:8000", OperatorCommand::Unhealthy),
        ]
    );
    // An upstream that is spoken to in two ways has two pools.
    let second = done.iter().filter(|(pool, ..)| pool == "shop-2");
    assert_eq!(second.count(), first.len());
}

#[test]
fn an_operator_is_told_what_cannot_be_set() {
    let served = serve();
    let answered = ask(
        &served.admin,
        "PUT",
        "/upstreams/plain/targets/10.1.0.1:80/healthy",
    );
    assert_eq!(answered.status, 400);
    assert_eq!(
        answered.body,
        r#"{"message":"no healthchecker found for plain"}"#
    );
    for path in [
        "/upstreams/none/targets/10.0.0.1:80/healthy".to_owned(),
        "/upstreams/shop/targets/10.0.0.77:80/healthy".to_owned(),
        format!("/upstreams/shop/targets/{}/healthy", id(14)),
        "/upstreams/shop/targets/api.shop:8000/10.0.0.77:8000/healthy".to_owned(),
        "/upstreams/shop/targets/api.shop:8000/x:y/healthy".to_owned(),
    ] {
        let answered = ask(&served.admin, "PUT", &path);
        assert_eq!(
            (answered.status, answered.body.as_str()),
            (404, r#"{"message":"Not found"}"#),
            "{path}"
        );
    }
    assert!(served.engine.done.lock().unwrap().is_empty());
}
