//! Who may be known by a credential, ready to be looked up.

use std::collections::HashMap;
use std::sync::Arc;

use haleway_blueprint::Consumer;

/// A consumer, ready for use by many requests at once.
#[derive(Debug)]
pub struct Known {
    /// As it is configured.
    pub consumer: Consumer,
}

/// All consumers.
#[derive(Debug, Default)]
pub struct Consumers {
    by_id: HashMap<String, Arc<Known>>,
}

impl Consumers {
    /// Makes the tables of a blueprint's consumers.
    #[must_use]
    pub fn new(consumers: &[Consumer]) -> Self {
        let known = consumers.iter().map(|consumer| {
            let known = Arc::new(Known {
                consumer: consumer.clone(),
            });
            (consumer.id.clone(), known)
        });
        Self {
            by_id: known.collect(),
        }
    }

    /// The consumer of an id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Arc<Known>> {
        self.by_id.get(id)
    }
}
