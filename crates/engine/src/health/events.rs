//! The last events, numbered, for whoever asks what happened, and those who follow them.

use std::collections::VecDeque;

use haleway_blueprint::runtime::{EventSink, HealthEvent};

/// Events that are remembered.
const EVENTS_MAX: usize = 1024;

/// The last events.
#[derive(Default)]
pub(super) struct Events {
    ring: VecDeque<HealthEvent>,
    made: u64,
    sinks: Vec<EventSink>,
}

impl Events {
    /// Adds one; numbers begin with 1.
    pub(super) fn push(&mut self, write: impl FnOnce(u64) -> String) {
        if self.ring.len() >= EVENTS_MAX {
            self.ring.pop_front();
        }
        self.made += 1;
        let event = HealthEvent {
            number: self.made,
            json: write(self.made),
        };
        for sink in &mut self.sinks {
            sink(&event);
        }
        self.ring.push_back(event);
    }

    /// Those behind a number.
    pub(super) fn since(&self, number: u64) -> Vec<HealthEvent> {
        let behind = self.ring.iter().filter(|event| event.number > number);
        behind.cloned().collect()
    }

    /// Hands the events that are remembered and every one from now on to a sink.
    pub(super) fn follow(&mut self, mut sink: EventSink) {
        self.ring.iter().for_each(&mut sink);
        self.sinks.push(sink);
    }
}
