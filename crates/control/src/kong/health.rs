//! The health of upstreams, as Kong tells it: on or off, and of each address healthy or not
//! (`kong/runloop/balancer/healthcheckers.lua`, `kong/db/dao/targets.lua`).

mod balancer;
mod collected;

pub(super) use self::collected::{Health, TargetHealth, UpstreamHealth, collect, pools_by_name};

use std::collections::HashMap;

use serde_json::{Value as Json, json};

use super::answer;
use super::node::Node;
use super::page::Page;
use super::query::Arguments;
use super::target;
use super::view::{self, View};
use crate::answer::Answer;

/// `/upstreams/{upstream}/health`: of each target, the newest first; with `?balancer_health=1` of
/// the upstream as a whole.
pub(super) fn health(node: &Node, view: &View, key: &str, arguments: &Arguments) -> Answer {
    let page = match Page::of(arguments) {
        Ok(page) => page,
        Err(refusal) => return refusal.answer(),
    };
    let Some(upstream) = target::upstream(view, key) else {
        return answer::not_found();
    };
    let pools = pools_by_name(&*node.running);
    let collected = collect(view, upstream, &pools);
    let mut value = if arguments.value("balancer_health") == Some("1") {
        json!({"data": balancer::value(upstream, &collected), "next": null})
    } else {
        let targets = collected.targets.iter();
        let by_id: HashMap<_, _> = targets.map(|it| (view::id(it.entity), it)).collect();
        let newest = target::newest_of(view, upstream);
        let of = |entity: &view::Entity| {
            let found = by_id.get(&view::id(entity));
            found.map_or(Json::Null, |target| item(target, collected.checked))
        };
        let id = view::id(upstream).unwrap_or_default();
        let path = format!("/upstreams/{id}/health");
        page.value(&path, newest.into_iter().map(of))
    };
    if let Json::Object(fields) = &mut value {
        fields.insert("node_id".to_owned(), Json::from(node.id.as_str()));
    }
    answer::ok(&value)
}

/// A target with what is known of it.
fn item(target: &TargetHealth<'_>, checked: bool) -> Json {
    let mut item = target.entity.clone();
    let health = target.health(checked).word();
    item.insert("health".to_owned(), Json::from(health));
    let addresses: Vec<Json> = target
        .addresses
        .iter()
        .map(|address| {
            json!({
                "ip": address.ip,
                "port": address.port,
                "weight": address.weight,
                "health": target.address_health(address, checked).word(),
            })
        })
        .collect();
    item.insert("data".to_owned(), balancer::host(target, addresses));
    Json::Object(item)
}
