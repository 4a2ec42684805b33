//! What cores tell the court: bounded, never waiting.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use haleway_health::{EndpointId, Event};
use tokio::sync::{Notify, mpsc};

/// Something that happened to an endpoint.
pub(crate) struct Told {
    pub(crate) endpoint: EndpointId,
    pub(crate) event: Event,
}

/// Notes that may wait for the court.
pub(super) const WAITING_MAX: usize = 16 * 1024;

/// The inbox. Notes for which there is no room are lost and counted, except those of a gate that
/// closed itself: without them it would stay closed. There is at most one of these per endpoint,
/// since a closed gate closes no more.
pub(crate) struct Inbox {
    sender: mpsc::Sender<Told>,
    receiver: Mutex<Option<mpsc::Receiver<Told>>>,
    closings: Mutex<Vec<Told>>,
    /// The health thread has something to do.
    pub(super) wake: Notify,
    dropped: AtomicU64,
    requests: AtomicU64,
}

impl Default for Inbox {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        Self {
            sender,
            receiver: Mutex::new(Some(receiver)),
            closings: Mutex::default(),
            wake: Notify::new(),
            dropped: AtomicU64::new(0),
            requests: AtomicU64::new(0),
        }
    }
}

impl Inbox {
    /// Leaves a note.
    pub(super) fn tell(&self, told: Told) {
        if let Err(
            mpsc::error::TrySendError::Full(told) | mpsc::error::TrySendError::Closed(told),
        ) = self.sender.try_send(told)
        {
            if matches!(&told.event, Event::Outcome(report) if report.closed.is_some()) {
                self.closings().push(told);
            } else {
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.wake.notify_one();
    }

    /// A number for a request that the court hears of.
    pub(super) fn request_number(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Notes that were lost.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// The end that is read; there is one.
    pub(super) fn receiver(&self) -> Option<mpsc::Receiver<Told>> {
        let mut receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner);
        receiver.take()
    }

    /// Closings for which there was no room.
    pub(super) fn take_closings(&self) -> Vec<Told> {
        std::mem::take(&mut *self.closings())
    }

    fn closings(&self) -> std::sync::MutexGuard<'_, Vec<Told>> {
        self.closings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
