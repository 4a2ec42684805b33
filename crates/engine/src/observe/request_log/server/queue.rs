//! Entries that wait for a server (Kong 3, `kong/tools/queue.lua`).

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use haleway_blueprint::LogHttp;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout, timeout_at};

use super::delivery::Delivery;

/// A queue that has been empty for so long ends; the next entry begins another one.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// Entries that wait for a server.
pub(super) struct Queue {
    server: Arc<LogHttp>,
    waiting: RefCell<Waiting>,
    /// No further entries come: whatever waits goes at once.
    closing: Cell<bool>,
    changed: Notify,
    dropped: Arc<AtomicU64>,
}

#[derive(Default)]
struct Waiting {
    entries: VecDeque<Box<[u8]>>,
    bytes: usize,
    /// It was said that entries are dropped.
    told: bool,
}

impl Queue {
    pub(super) fn new(server: Arc<LogHttp>, dropped: Arc<AtomicU64>) -> Self {
        Self {
            server,
            waiting: RefCell::default(),
            closing: Cell::new(false),
            changed: Notify::new(),
            dropped,
        }
    }

    /// Puts an entry behind the others; the oldest ones make place for it.
    pub(super) fn push(&self, entry: &[u8]) {
        let limits = &self.server.queue;
        let bytes_max = limits.bytes_max.unwrap_or(usize::MAX);
        if entry.len() > bytes_max {
            self.lose(1, "an entry is longer than the whole queue may be");
            return;
        }
        let mut waiting = self.waiting.borrow_mut();
        let mut lost = 0;
        while waiting.entries.len() >= limits.entries_max.max(1)
            || waiting.bytes.saturating_add(entry.len()) > bytes_max
        {
            let Some(oldest) = waiting.entries.pop_front() else {
                break;
            };
            waiting.bytes -= oldest.len();
            lost += 1;
        }
        waiting.bytes += entry.len();
        waiting.entries.push_back(entry.into());
        if lost > 0 && !std::mem::replace(&mut waiting.told, true) {
            tracing::error!(
                server = self.server.endpoint.host,
                "the queue of log entries is full: the oldest ones are dropped"
            );
        }
        drop(waiting);
        self.dropped.fetch_add(lost, Ordering::Relaxed);
        self.changed.notify_one();
    }

    /// No further entries come.
    pub(super) fn close(&self) {
        self.closing.set(true);
        self.changed.notify_one();
    }

    /// Sends what waits, until the queue is closed and empty, or idle.
    pub(super) async fn empty(self: Rc<Self>) {
        let mut delivery = Delivery::new(self.server.clone());
        while let Some(batch) = self.batch().await {
            self.deliver(&mut delivery, &batch).await;
        }
    }

    /// The next entries to be sent together; `None` where none come.
    async fn batch(&self) -> Option<Vec<Box<[u8]>>> {
        let idle = timeout(IDLE_MAX, self.until(|waiting| !waiting.entries.is_empty()));
        if idle.await.is_err() && self.waiting.borrow().entries.is_empty() {
            return None;
        }
        let limits = &self.server.queue;
        let full = limits.batch_entries_max.max(1);
        let until = Instant::now() + Duration::from_micros(limits.coalescing_us);
        let filled = self.until(|waiting| waiting.entries.len() >= full);
        // Whatever has come by then is enough.
        drop(timeout_at(until, filled).await);
        let mut waiting = self.waiting.borrow_mut();
        let count = waiting.entries.len().min(full);
        let batch: Vec<Box<[u8]>> = waiting.entries.drain(..count).collect();
        waiting.bytes -= batch.iter().map(|entry| entry.len()).sum::<usize>();
        waiting.told = false;
        (!batch.is_empty()).then_some(batch)
    }

    /// Waits for something to hold of the entries, or for the end.
    async fn until(&self, holds: impl Fn(&Waiting) -> bool) {
        while !self.closing.get() && !holds(&self.waiting.borrow()) {
            self.changed.notified().await;
        }
    }

    /// Sends entries, again and again until they are taken or the time is over.
    async fn deliver(&self, delivery: &mut Delivery, batch: &[Box<[u8]>]) {
        let limits = &self.server.queue;
        let body = body(batch, limits.batch_entries_max);
        let began = Instant::now();
        let mut pause = Duration::from_micros(limits.retry_delay_us.max(1));
        loop {
            let Err(failure) = delivery.send(body.clone()).await else {
                return;
            };
            if began.elapsed() > Duration::from_micros(limits.retry_us_max) {
                self.lose(batch.len() as u64, &failure);
                return;
            }
            tracing::warn!("log entries were not taken: {failure}");
            tokio::time::sleep(pause.min(Duration::from_micros(limits.retry_delay_us_max))).await;
            pause = pause.saturating_mul(2);
        }
    }

    fn lose(&self, entries: u64, why: &str) {
        tracing::error!("{entries} log entries are lost: {why}");
        self.dropped.fetch_add(entries, Ordering::Relaxed);
    }
}

/// One entry as it is, where they never go together; otherwise a JSON list.
fn body(batch: &[Box<[u8]>], batch_entries_max: usize) -> bytes::Bytes {
    if let ([entry], 0..=1) = (batch, batch_entries_max) {
        return bytes::Bytes::copy_from_slice(entry);
    }
    let mut list = vec![b'['];
    for (index, entry) in batch.iter().enumerate() {
        if index > 0 {
            list.push(b',');
        }
        list.extend_from_slice(entry);
    }
    list.push(b']');
    list.into()
}
