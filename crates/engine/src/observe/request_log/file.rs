//! The thread that appends entries to files.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use haleway_blueprint::LogFile;
use haleway_steps::LogTarget;

use super::Batch;

/// Mode of a file that is made: readable for all (Kong 3, `file-log`).
const MODE: u32 = 0o644;

/// Files that nothing was written to for so long are closed.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// Time between two looks at idle files.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A file that entries go to.
struct Log {
    open: Option<File>,
    used: Instant,
    /// It was said that it cannot be written.
    told: bool,
}

/// Writes batches until no more can come.
pub(super) fn write_all(batches: Receiver<Batch>, dropped: Arc<AtomicU64>) {
    let mut logs: HashMap<String, Log> = HashMap::new();
    loop {
        match batches.recv_timeout(LOOK_EVERY) {
            Ok(batch) => {
                let LogTarget::File(file) = &batch.target else {
                    continue;
                };
                let log = logs.entry(file.path.clone()).or_insert_with(Log::new);
                if !log.take(file, &batch.bytes) {
                    dropped.fetch_add(batch.entries as u64, Ordering::Relaxed);
                }
            }
            Err(RecvTimeoutError::Timeout) => logs.retain(|_, log| log.used.elapsed() < IDLE_MAX),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

impl Log {
    fn new() -> Self {
        Self {
            open: None,
            used: Instant::now(),
            told: false,
        }
    }

    /// Appends entries. Whether they are written.
    fn take(&mut self, file: &LogFile, entries: &[u8]) -> bool {
        self.used = Instant::now();
        let written = self.append(file, entries);
        match &written {
            Ok(()) => self.told = false,
            Err(error) => {
                self.open = None;
                if !std::mem::replace(&mut self.told, true) {
                    tracing::error!(path = file.path, "requests cannot be logged: {error}");
                }
            }
        }
        written.is_ok()
    }

    fn append(&mut self, file: &LogFile, entries: &[u8]) -> io::Result<()> {
        if file.reopen {
            self.open = None;
        }
        let out = match &mut self.open {
            Some(out) => out,
            closed => closed.insert(open(&file.path)?),
        };
        out.write_all(entries)
    }
}

fn open(path: &str) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(MODE);
    options.open(path)
}
