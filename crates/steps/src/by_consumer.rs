//! Steps that depend on who asks.

use std::collections::HashMap;

use haleway_blueprint::ByConsumer;

use crate::{Context, Notes, StepPlan};

/// A [`ByConsumer`], ready to run.
#[derive(Debug)]
pub(crate) struct ByConsumerPlan {
    consumers: HashMap<String, StepPlan>,
    otherwise: Option<Box<StepPlan>>,
}

impl ByConsumerPlan {
    pub(crate) fn compile(step: &ByConsumer, context: &Context<'_>) -> Result<Self, String> {
        let consumers = step.consumers.iter().map(|(id, step)| {
            let plan = StepPlan::compile(step, context)?;
            Ok((id.clone(), plan))
        });
        let otherwise = step.otherwise.as_deref();
        let otherwise = otherwise.map(|step| StepPlan::compile(step, context));
        Ok(Self {
            consumers: consumers.collect::<Result<_, String>>()?,
            otherwise: otherwise.transpose()?.map(Box::new),
        })
    }

    /// The step of whoever asks.
    pub(crate) fn chosen(&self, notes: &Notes) -> Option<&StepPlan> {
        let known = notes.consumer.as_ref();
        let own = known.and_then(|known| self.consumers.get(&known.consumer.id));
        own.or(self.otherwise.as_deref())
    }
}
