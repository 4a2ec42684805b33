//! The health of an upstream as a whole (`kong/runloop/balancer/balancers.lua`, `getStatus`).

use serde_json::{Value as Json, json};

use super::{TargetHealth, UpstreamHealth};
use crate::kong::view::{self, Entity};

/// What `?balancer_health=1` answers. The balancer is judged even where nothing is checked: it is
/// unhealthy where no weight is left, or not more than the threshold.
pub(super) fn value(upstream: &Entity, collected: &UpstreamHealth<'_>) -> Json {
    let hosts: Vec<Json> = collected.targets.iter().map(judged).collect();
    let (total, available) = weights(collected);
    let serves = collected.verdict.as_ref().map(|verdict| verdict.serves);
    let healthy = serves.unwrap_or_else(|| is_healthy(upstream, total, available));
    let balancer_health = if healthy { "HEALTHY" } else { "UNHEALTHY" };
    json!({
        "id": view::id(upstream),
        "health": if collected.checked { balancer_health } else { "HEALTHCHECKS_OFF" },
        "balancer_health": balancer_health,
        "details": {
            "healthy": healthy,
            "weight": weight(total, available),
            "hosts": hosts,
        },
    })
}

/// A target as the balancer knows it.
pub(super) fn host(target: &TargetHealth<'_>, addresses: Vec<Json>) -> Json {
    let (total, available) = weights_of(target);
    json!({
        "host": target.host,
        "port": target.port,
        "dns": target.dns,
        "nodeWeight": target.weight,
        "weight": weight(total, available),
        "addresses": addresses,
    })
}

fn judged(target: &TargetHealth<'_>) -> Json {
    let addresses = target.addresses.iter().map(|address| {
        json!({
            "ip": address.ip,
            "port": address.port,
            "weight": address.weight,
            "healthy": address.healthy,
        })
    });
    host(target, addresses.collect())
}

/// Strictly more than the threshold must be left.
fn is_healthy(upstream: &Entity, total: u64, available: u64) -> bool {
    let checks = upstream.get("healthchecks");
    let threshold = checks.and_then(|checks| checks.get("threshold")?.as_f64());
    let percent = available as f64 / total.max(1) as f64 * 100.0;
    total > 0 && percent > threshold.unwrap_or(0.0)
}

fn weights(collected: &UpstreamHealth<'_>) -> (u64, u64) {
    if let Some(verdict) = &collected.verdict {
        return (verdict.total_weight, verdict.available_weight);
    }
    let each = collected.targets.iter().map(weights_of);
    each.fold((0, 0), |(total, available), (more, usable)| {
        (total + more, available + usable)
    })
}

/// The weight of a target's addresses: all of them, and those that get requests.
fn weights_of(target: &TargetHealth<'_>) -> (u64, u64) {
    let all = target.addresses.iter();
    let usable = all.clone().filter(|address| address.healthy);
    (
        all.map(|address| address.weight).sum(),
        usable.map(|address| address.weight).sum(),
    )
}

fn weight(total: u64, available: u64) -> Json {
    json!({
        "total": total,
        "available": available,
        "unavailable": total.saturating_sub(available),
    })
}
