//! The last events, numbered, for whoever asks what happened.

use std::collections::VecDeque;

use haleway_blueprint::runtime::HealthEvent;

/// Events that are remembered.
const EVENTS_MAX: usize = 1024;

/// The last events.
#[derive(Default)]
pub(super) struct Events {
    ring: VecDeque<HealthEvent>,
    made: u64,
}

impl Events {
    /// Adds one; numbers begin with 1.
    pub(super) fn push(&mut self, write: impl FnOnce(u64) -> String) {
        if self.ring.len() >= EVENTS_MAX {
            self.ring.pop_front();
        }
        self.made += 1;
        self.ring.push_back(HealthEvent {
            number: self.made,
            json: write(self.made),
        });
    }

    /// Those behind a number.
    pub(super) fn since(&self, number: u64) -> Vec<HealthEvent> {
        let behind = self.ring.iter().filter(|event| event.number > number);
        behind.cloned().collect()
    }
}
