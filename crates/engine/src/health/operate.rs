//! What an operator does to endpoints.

use haleway_blueprint::runtime::{OperateError, OperatorCommand};
use haleway_health::{Command, EndpointId, Event, Input};

use super::court::Court;

impl Court {
    /// Does with the endpoints that are meant what an operator wants. What was seen before counts
    /// before it, and their gates are set when it returns.
    ///
    /// # Errors
    /// Nothing was done. [`OperateError::UnknownPool`] says that the pool is not before the court.
    pub(crate) fn operate(
        &self,
        pool: &str,
        endpoint: &str,
        command: OperatorCommand,
    ) -> Result<(), OperateError> {
        let mut inner = self.sit();
        if !inner.pools.contains_key(pool) {
            return Err(OperateError::UnknownPool);
        }
        let meant: Vec<EndpointId> = inner.meant(pool, endpoint).collect();
        if meant.is_empty() {
            return Err(OperateError::UnknownEndpoint);
        }
        let (command, sets) = match command {
            OperatorCommand::Healthy => (Command::SetHealthy, true),
            OperatorCommand::Unhealthy => (Command::SetUnhealthy, true),
            OperatorCommand::HoldHealthy => (Command::HoldHealthy, false),
            OperatorCommand::HoldUnhealthy => (Command::HoldUnhealthy, false),
            OperatorCommand::Release => (Command::Release, false),
        };
        let can_be_set = |id: &EndpointId| {
            let brief = inner.judge.verdict(*id);
            brief.is_some_and(|brief| brief.can_be_set)
        };
        if sets && !meant.iter().any(can_be_set) {
            return Err(not_checked(pool));
        }
        for endpoint in meant {
            let event = Event::Operator(command);
            self.apply(&mut inner, Input::Endpoint { endpoint, event });
        }
        Ok(())
    }
}

/// Nothing watches over the endpoints of a pool.
pub(crate) fn not_checked(pool: &str) -> OperateError {
    OperateError::NotChecked(format!("nothing watches over the endpoints of {pool}"))
}
