//! `PUT .../healthy` and `.../unhealthy`: an operator knows better.

use haleway_blueprint::runtime::{OperateError, OperatorCommand};
use http::StatusCode;

use super::answer;
use super::health::{self, TargetHealth};
use super::node::Node;
use super::resource::Setting;
use super::target::{self, host_and_port};
use super::view::{self, Entity, View};
use crate::answer::Answer;

/// Sets a target, or one address of it. When it is answered, requests follow it.
pub(super) fn set(node: &Node, view: &View, setting: &Setting) -> Answer {
    let Some(upstream) = target::upstream(view, &setting.upstream) else {
        return answer::not_found();
    };
    let Some(entity) = target::find(view, upstream, &setting.target) else {
        return answer::not_found();
    };
    let pools = health::pools_by_name(&*node.running);
    let collected = health::collect(view, upstream, &pools);
    if !collected.checked {
        return unchecked(upstream);
    }
    let mut targets = collected.targets.iter();
    let target = targets.find(|it| view::id(it.entity) == view::id(entity));
    let endpoints = match target.map(|target| endpoints(target, setting.address.as_deref())) {
        Some(Some(endpoints)) => endpoints,
        Some(None) | None => return answer::not_found(),
    };
    let command = if setting.healthy {
        OperatorCommand::Healthy
    } else {
        OperatorCommand::Unhealthy
    };
    for (at, pool) in view.pools(upstream).iter().enumerate() {
        for endpoint in &endpoints {
            match node.running.operate(pool, endpoint, command) {
                Ok(()) => {}
                Err(OperateError::NotChecked(_)) if at == 0 => return unchecked(upstream),
                // It went while it was set, or this pool does not have it.
                Err(_) => {}
            }
        }
    }
    answer::empty(StatusCode::NO_CONTENT)
}

/// What the engine calls the addresses that are meant; `None` where there is none like it. A
/// target without addresses is set as Kong sets it: there is nothing to do.
fn endpoints(target: &TargetHealth<'_>, address: Option<&str>) -> Option<Vec<String>> {
    let Some(address) = address else {
        let all = target.addresses.iter();
        return Some(all.filter_map(|it| it.endpoint.clone()).collect());
    };
    let wanted = host_and_port(address)?;
    let is_meant = |ip: &str, port| host_and_port(&format!("{ip}:{port}")) == Some(wanted.clone());
    let mut meant = target
        .addresses
        .iter()
        .filter(|it| is_meant(&it.ip, it.port));
    let first = meant.next()?;
    Some(first.endpoint.iter().cloned().collect())
}

fn unchecked(upstream: &Entity) -> Answer {
    let name = view::text(upstream, "name").unwrap_or_default();
    let message = format!("no healthchecker found for {name}");
    answer::message(StatusCode::BAD_REQUEST, &message)
}
