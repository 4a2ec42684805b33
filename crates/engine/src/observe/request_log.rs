//! Logs of requests: entries for files and servers, and the metrics of routes.
//!
//! A core appends its entries to batches of its own, one per sink. On the core's tick they go over
//! a bounded queue to one thread for files or one for servers; both start with the first batch.
//! Where a queue is full, entries are lost and counted: a slow file or server never slows a request
//! down. Recording takes no lock and wakes nobody.

mod file;
mod server;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use haleway_blueprint::Blueprint;
use haleway_blueprint::runtime::PoolStatus;
use haleway_steps::{Ended, LogSink, LogTarget, write_entry};

use super::request_metrics::{CoreSeries, RequestCounts, write_request_metrics};

/// Bytes of entries that one core keeps for one sink between two ticks; further ones are lost.
const BATCH_BYTES_MAX: usize = 4 << 20;

/// Batches of all cores that may wait for a thread.
const QUEUE_BATCHES_MAX: usize = 64;

/// How long the last entries of a core may wait for a place in a queue.
const LAST_WAIT_MAX: Duration = Duration::from_secs(1);

/// Entries of one core for one sink.
struct Batch {
    key: u64,
    target: LogTarget,
    /// Entries, each with a line's end.
    bytes: Vec<u8>,
    entries: usize,
}

impl Batch {
    /// The entries, without line ends.
    fn each(&self) -> impl Iterator<Item = &[u8]> {
        let lines = self.bytes.split(|byte| *byte == b'\n');
        lines.filter(|line| !line.is_empty())
    }
}

/// The logs of requests of all cores: their threads, and what the cores have counted.
pub(crate) struct RequestLogs {
    hub: Arc<Hub>,
    series: Vec<Arc<CoreSeries>>,
}

/// What the cores share.
#[derive(Default)]
struct Hub {
    files: Mutex<Door>,
    servers: Mutex<Door>,
    dropped: Arc<AtomicU64>,
}

/// The way to a thread.
#[derive(Default)]
enum Door {
    /// It has not been needed yet.
    #[default]
    Unused,
    /// It runs.
    Open {
        batches: SyncSender<Batch>,
        /// Closes when the thread has ended.
        ended: Receiver<()>,
    },
    /// It is to end, or could not be started.
    Closed,
}

/// What a thread does with the batches that come.
type Serve = fn(Receiver<Batch>, Arc<AtomicU64>);

impl RequestLogs {
    /// The logs of so many cores.
    pub(crate) fn new(cores: usize) -> (Self, Vec<RequestLog>) {
        let hub = Arc::new(Hub::default());
        let logs: Vec<RequestLog> = (0..cores).map(|_| RequestLog::new(hub.clone())).collect();
        let series = logs.iter().map(|log| log.counts.series()).collect();
        (Self { hub, series }, logs)
    }

    /// Appends the metrics that the steps of a blueprint ask for.
    pub(crate) fn write_metrics(
        &self,
        blueprint: &Blueprint,
        pools: &[PoolStatus],
        out: &mut String,
    ) {
        write_request_metrics(blueprint, &self.series, pools, out);
    }

    /// Entries that were lost: a core kept too many, a queue was full, a file could not be
    /// written, a server took none.
    pub(crate) fn dropped(&self) -> u64 {
        self.hub.dropped.load(Ordering::Relaxed)
    }

    /// Appends the number of entries that were lost.
    pub(crate) fn write_dropped(&self, out: &mut String) {
        let dropped = self.dropped();
        let name = "haleway_request_log_dropped_total";
        let help = "Entries of logs of requests that were lost, because a file or server fell \
            behind or failed.";
        let lines = format!("# HELP {name} {help}\n# TYPE {name} counter\n{name} {dropped}\n");
        out.push_str(&lines);
    }

    /// Waits until everything is written and sent; the cores have ended before. `false`: it is
    /// not, after that time.
    pub(crate) fn finish(&self, wait_max: Duration) -> bool {
        let began = Instant::now();
        let doors = [&self.hub.files, &self.hub.servers];
        // Both begin to end before either is waited for.
        let ended = doors.map(
            |door| match std::mem::replace(&mut *lock(door), Door::Closed) {
                Door::Open { ended, .. } => Some(ended),
                Door::Unused | Door::Closed => None,
            },
        );
        ended.into_iter().flatten().all(|ended| {
            let left = wait_max.saturating_sub(began.elapsed());
            ended.recv_timeout(left) == Err(RecvTimeoutError::Disconnected)
        })
    }
}

impl Hub {
    /// Hands a batch to its thread, which is started where there is none yet.
    fn send(&self, batch: Batch, wait_max: Duration) {
        let (door, name, serve): (_, _, Serve) = match batch.target {
            LogTarget::File(_) => (&self.files, "request-log", file::write_all),
            LogTarget::Http(_) => (&self.servers, "request-log-http", server::send_all),
            LogTarget::Metrics(_) => return,
        };
        let mut door = lock(door);
        if let Door::Unused = *door {
            *door = self.open(name, serve).unwrap_or_else(|error| {
                tracing::error!("requests cannot be logged: no thread can be started: {error}");
                Door::Closed
            });
        }
        let lost = match &*door {
            Door::Open { batches, .. } => send(batches, batch, wait_max),
            Door::Unused | Door::Closed => batch.entries,
        };
        self.lose(lost);
    }

    fn open(&self, name: &str, serve: Serve) -> io::Result<Door> {
        let (batches, queue) = sync_channel(QUEUE_BATCHES_MAX);
        let (ending, ended) = sync_channel(0);
        let dropped = self.dropped.clone();
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                serve(queue, dropped);
                drop(ending);
            })?;
        Ok(Door::Open { batches, ended })
    }

    fn lose(&self, entries: usize) {
        if entries > 0 {
            self.dropped.fetch_add(entries as u64, Ordering::Relaxed);
        }
    }
}

/// Sends a batch; how many entries are lost where there is no place for it.
fn send(batches: &SyncSender<Batch>, batch: Batch, wait_max: Duration) -> usize {
    const PAUSE: Duration = Duration::from_millis(5);
    let began = Instant::now();
    let mut left = batch;
    loop {
        left = match batches.try_send(left) {
            Ok(()) => return 0,
            Err(TrySendError::Full(back)) if began.elapsed() < wait_max => back,
            Err(TrySendError::Full(back) | TrySendError::Disconnected(back)) => {
                return back.entries;
            }
        };
        std::thread::sleep(PAUSE);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The log of requests of one core. It stays on its core; what it still holds when it is dropped
/// goes to the threads.
pub(crate) struct RequestLog {
    hub: Arc<Hub>,
    counts: RequestCounts,
    batches: RefCell<Vec<Batch>>,
}

impl RequestLog {
    fn new(hub: Arc<Hub>) -> Self {
        Self {
            hub,
            counts: RequestCounts::default(),
            batches: RefCell::default(),
        }
    }

    /// Records a request that has ended, for one of the sinks that its steps name
    /// ([`haleway_steps::StepPlan::log`]).
    pub(crate) fn record(&self, sink: &LogSink, ended: &Ended<'_>) {
        let Some(form) = sink.form() else {
            if let LogTarget::Metrics(step) = sink.target() {
                self.counts.record(sink.key(), step, ended);
            }
            return;
        };
        let mut batches = self.batches.borrow_mut();
        let at = batches.iter().position(|batch| batch.key == sink.key());
        let at = at.unwrap_or_else(|| {
            batches.push(Batch {
                key: sink.key(),
                target: sink.target().clone(),
                bytes: Vec::new(),
                entries: 0,
            });
            batches.len() - 1
        });
        let batch = &mut batches[at];
        if batch.bytes.len() >= BATCH_BYTES_MAX {
            self.hub.lose(1);
            return;
        }
        write_entry(form, ended, &mut batch.bytes);
        batch.bytes.push(b'\n');
        batch.entries += 1;
    }

    /// Hands over what has been recorded. To be called every 100 ms or so, off the path of
    /// requests.
    pub(crate) fn tick(&self) {
        self.hand_over(Duration::ZERO);
    }

    fn hand_over(&self, wait_max: Duration) {
        self.counts.publish();
        // Sinks that had nothing to say are forgotten, so those of older plans go.
        for batch in self.batches.take() {
            self.hub.send(batch, wait_max);
        }
    }
}

impl Drop for RequestLog {
    fn drop(&mut self) {
        self.hand_over(LAST_WAIT_MAX);
    }
}
