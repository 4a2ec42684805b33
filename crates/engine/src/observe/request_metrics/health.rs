//! The health of endpoints as gauges: each of its states is 0 or 1.

use haleway_blueprint::RequestMetrics;
use haleway_blueprint::runtime::{PoolStatus, TargetStatus};

use super::text::label;

/// The states, of which one is 1.
const STATES: [&str; 4] = ["healthchecks_off", "healthy", "unhealthy", "dns_error"];

/// Gives the labels of every state of every endpoint, and 0 or 1.
pub(super) fn states(
    step: &RequestMetrics,
    pools: &[PoolStatus],
    mut give: impl FnMut(String, u64),
) {
    for (id, upstream) in &step.upstream_health {
        let Some(pool) = pools.iter().find(|pool| pool.name == id.0) else {
            continue;
        };
        for (at, target) in pool.targets.iter().enumerate() {
            let endpoints = pool.endpoints.iter();
            let mut addresses: Vec<(String, &str)> = endpoints
                .filter(|endpoint| endpoint.target == Some(at))
                .map(|endpoint| {
                    let verdict = endpoint.health.as_ref().map(|health| health.verdict);
                    let state = match verdict {
                        None => "healthchecks_off",
                        Some("unhealthy") => "unhealthy",
                        Some(_) => "healthy",
                    };
                    (endpoint.address.clone(), state)
                })
                .collect();
            if addresses.is_empty() {
                addresses.push((String::new(), "dns_error"));
            }
            for (address, now) in addresses {
                for state in STATES {
                    let labels = labels(upstream, target, &address, state);
                    give(labels, u64::from(state == now));
                }
            }
        }
    }
}

fn labels(upstream: &str, target: &TargetStatus, address: &str, state: &str) -> String {
    let host = match target.host.contains(':') {
        true => format!("[{}]", target.host),
        false => target.host.clone(),
    };
    let mut labels = String::new();
    label(&mut labels, "upstream", upstream);
    label(&mut labels, "target", &format!("{host}:{}", target.port));
    label(&mut labels, "address", address);
    label(&mut labels, "state", state);
    label(&mut labels, "subsystem", "http");
    labels
}
