//! Pools for people.

use std::sync::Arc;

use haleway_blueprint::Discovery;
use haleway_blueprint::runtime::{EndpointStatus, PoolStatus, TargetStatus};

use super::member::Member;
use super::pool::PoolState;

impl PoolState {
    /// The pool for people, as far as the court is not asked.
    pub(crate) fn status(&self) -> PoolStatus {
        let members = self.members.load();
        PoolStatus {
            name: self.blueprint.id.0.clone(),
            endpoints: members.list.iter().map(endpoint).collect(),
            targets: self.targets(),
            health: None,
            breaker: None,
        }
    }

    fn targets(&self) -> Vec<TargetStatus> {
        let (Discovery::Resolved { targets, .. }, Some(names)) =
            (&self.blueprint.discovery, &self.names)
        else {
            return Vec::new();
        };
        let targets = targets.iter().zip(names.statuses());
        let status = |(target, dns): (&haleway_blueprint::Target, _)| TargetStatus {
            host: target.host.clone(),
            port: target.port,
            weight: target.weight,
            dns,
        };
        targets.map(status).collect()
    }
}

fn endpoint(member: &Arc<Member>) -> EndpointStatus {
    let (requests, failures) = member.endpoint.counts();
    EndpointStatus {
        address: member.identity.address.clone(),
        name: member.identity.name.clone(),
        target: member.target,
        ip: member.endpoint.address.map(|address| address.ip()),
        port: member.endpoint.port,
        weight: member.weight,
        requests,
        failures,
        health: None,
    }
}
