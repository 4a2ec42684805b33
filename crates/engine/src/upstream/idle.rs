//! Connections at rest, per core.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::endpoint::EndpointState;
use super::http1::Http1;
use super::http2::Http2;

/// The idle connections of one core, by the slot of their endpoint. The connection used last is
/// used next, so that those that are not needed grow old and go.
pub(crate) struct IdlePools {
    slots: RefCell<Vec<Slot>>,
    cores: usize,
    /// The time of the last sweep of the core: precise enough for how long something rests.
    clock: Cell<Instant>,
}

#[derive(Default)]
struct Slot {
    http1: Vec<Resting>,
    http2: Option<Http2>,
    idle_timeout: Option<Duration>,
}

struct Resting {
    http1: Box<Http1>,
    since: Instant,
}

impl IdlePools {
    pub(crate) fn new(cores: usize) -> Self {
        Self {
            slots: RefCell::default(),
            cores,
            clock: Cell::new(Instant::now()),
        }
    }

    /// Tells the time.
    pub(crate) fn tick(&self, now: Instant) {
        self.clock.set(now);
    }

    /// A live connection to the endpoint, if one is at rest.
    pub(crate) fn take(&self, endpoint: &EndpointState) -> Option<Box<Http1>> {
        let mut slots = self.slots.borrow_mut();
        let slot = slots.get_mut(endpoint.slot)?;
        while let Some(mut resting) = slot.http1.pop() {
            if resting.http1.reusable() {
                return Some(resting.http1);
            }
        }
        None
    }

    /// Takes a connection back, unless the endpoint has enough of them at rest.
    pub(crate) fn put(&self, endpoint: &Arc<EndpointState>, http1: Box<Http1>) {
        let settings = &endpoint.transport.settings;
        if settings.close_after_request {
            return;
        }
        if settings
            .idle_max
            .is_some_and(|max| self.len() >= max.div_ceil(self.cores))
        {
            return;
        }
        self.with_slot(endpoint, |slot| {
            let limit = settings.idle_per_endpoint_max.div_ceil(self.cores);
            if slot.http1.len() < limit {
                slot.http1.push(Resting {
                    http1,
                    since: self.clock.get(),
                });
            }
        });
    }

    /// The shared HTTP/2 connection to the endpoint, if one is open.
    pub(crate) fn http2(&self, endpoint: &EndpointState) -> Option<Http2> {
        let mut slots = self.slots.borrow_mut();
        let slot = slots.get_mut(endpoint.slot)?;
        if slot.http2.as_ref().is_some_and(Http2::is_closed) {
            slot.http2 = None;
        }
        slot.http2.clone()
    }

    /// Shares an HTTP/2 connection with the requests to come.
    pub(crate) fn share_http2(&self, endpoint: &Arc<EndpointState>, shared: Http2) {
        if !endpoint.transport.settings.close_after_request {
            self.with_slot(endpoint, |slot| slot.http2 = Some(shared));
        }
    }

    /// Forgets the shared HTTP/2 connection.
    pub(crate) fn drop_http2(&self, endpoint: &EndpointState) {
        if let Some(slot) = self.slots.borrow_mut().get_mut(endpoint.slot) {
            slot.http2 = None;
        }
    }

    /// Closes connections that their endpoint has closed or that have rested too long.
    pub(crate) fn sweep(&self) {
        let now = Instant::now();
        for slot in self.slots.borrow_mut().iter_mut() {
            let timeout = slot.idle_timeout;
            slot.http1.retain_mut(|resting| {
                let fresh = timeout.is_none_or(|limit| now - resting.since < limit);
                fresh && resting.http1.reusable()
            });
        }
    }

    /// How many connections are at rest.
    pub(crate) fn len(&self) -> usize {
        self.slots
            .borrow()
            .iter()
            .map(|slot| slot.http1.len())
            .sum()
    }

    fn with_slot(&self, endpoint: &EndpointState, act: impl FnOnce(&mut Slot)) {
        let mut slots = self.slots.borrow_mut();
        if slots.len() <= endpoint.slot {
            slots.resize_with(endpoint.slot + 1, Slot::default);
        }
        let slot = &mut slots[endpoint.slot];
        slot.idle_timeout = endpoint
            .transport
            .settings
            .idle_timeout_us
            .map(Duration::from_micros);
        act(slot);
    }
}
