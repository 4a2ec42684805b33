//! Tells when watched files change.
//!
//! The system's notifications are only a hint to look: what counts is whether a file's
//! [`Stamp`](crate::Stamp) differs from the one that was taken before it was read. The watch
//! stands on the folders and not on the files, so that it survives editors that replace a file
//! and ConfigMaps that swap the `..data` link beside it. A slow poll finds what notifications
//! miss, as on network file systems.
//!
//! The thread waits until the files have been quiet for a moment, calls back, and goes on with
//! the files that the callback answers with.

mod folders;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use notify::{RecommendedWatcher, Watcher};

use self::folders::Folders;
use crate::Seen;

/// How patient the watch is.
#[derive(Clone, Copy, Debug)]
pub struct WatchTimes {
    /// Quiet time after the last sign of a change.
    pub quiet: Duration,
    /// Longest wait for that quiet.
    pub quiet_wait_max: Duration,
    /// Time between two looks without any sign.
    pub poll: Duration,
}

impl Default for WatchTimes {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(150),
            quiet_wait_max: Duration::from_secs(2),
            poll: Duration::from_secs(5),
        }
    }
}

/// A running watch. It ends when this is dropped.
#[derive(Debug)]
pub struct Watch {
    end: Arc<AtomicBool>,
    signs: SyncSender<Sign>,
    thread: Option<JoinHandle<()>>,
}

/// That there may be something to look at.
#[derive(Debug)]
struct Sign;

/// Signs that wait: one is enough to look.
const SIGNS_MAX: usize = 1;

impl Watch {
    /// Watches `seen` and calls `changed` on the watch's own thread after each change. The
    /// callback gives the files to watch from then on. Without notifications from the system it
    /// polls, and says so in the log.
    ///
    /// # Errors
    /// Where the thread cannot be started.
    pub fn start(
        seen: Vec<Seen>,
        times: WatchTimes,
        changed: impl FnMut() -> Vec<Seen> + Send + 'static,
    ) -> std::io::Result<Self> {
        let (signs, received) = sync_channel(SIGNS_MAX);
        let folders = Folders::new(system_watcher(signs.clone()));
        let end = Arc::new(AtomicBool::new(false));
        let mut state = State {
            seen,
            times,
            changed,
            folders,
            received,
            end: end.clone(),
        };
        let thread = std::thread::Builder::new()
            .name("watch".into())
            .spawn(move || state.run())?;
        Ok(Self {
            end,
            signs,
            thread: Some(thread),
        })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Release);
        // A full queue already wakes the thread.
        let _ = self.signs.try_send(Sign);
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // A panic in the callback has been printed; there is nothing to add.
            let _ = thread.join();
        }
    }
}

fn system_watcher(signs: SyncSender<Sign>) -> Option<RecommendedWatcher> {
    let handler = move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| event.kind.is_access()) {
            return;
        }
        // A full queue already holds a sign.
        let _ = signs.try_send(Sign);
    };
    notify::recommended_watcher(handler)
        .inspect_err(|error| {
            tracing::warn!("the system gives no file notifications ({error}); files are polled");
        })
        .ok()
}

struct State<F, W: Watcher> {
    seen: Vec<Seen>,
    times: WatchTimes,
    changed: F,
    folders: Folders<W>,
    received: Receiver<Sign>,
    end: Arc<AtomicBool>,
}

impl<F: FnMut() -> Vec<Seen>, W: Watcher> State<F, W> {
    fn run(&mut self) {
        self.folders.follow(&self.seen);
        while !self.end.load(Ordering::Acquire) {
            // Looked at before the first wait: a file may have changed since it was read.
            if self.seen.iter().any(Seen::changed) {
                self.wait_for_quiet();
                if self.end.load(Ordering::Acquire) {
                    return;
                }
                self.seen = (self.changed)();
                self.folders.follow(&self.seen);
            } else {
                // A sign, the end or the poll's time: in each case the loop looks again.
                let _ = self.received.recv_timeout(self.times.poll);
            }
        }
    }

    fn wait_for_quiet(&self) {
        let until = Instant::now() + self.times.quiet_wait_max;
        while Instant::now() < until && !self.end.load(Ordering::Acquire) {
            if self.received.recv_timeout(self.times.quiet).is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests;
