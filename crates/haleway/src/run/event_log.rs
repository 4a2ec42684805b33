//! `--event-log`: every event of health as a line of JSON, in a file or on a stream.
//!
//! Whoever decides never waits for the file: events pass through a bounded queue to a thread of
//! their own. Those that find no room are counted, and a line of kind `lost` says how many.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use haleway_blueprint::runtime::EventSink;

/// Events that wait for the file.
const WAITING_MAX: usize = 8_192;

/// Longest wait for the last lines at the end of the process.
const FLUSH_MAX: Duration = Duration::from_millis(300);

/// The event log.
pub(super) struct EventLog {
    queue: SyncSender<Message>,
    lost: Arc<AtomicU64>,
}

enum Message {
    Line(String),
    /// Asks for a sign once all before it is written.
    Flush(SyncSender<()>),
}

impl EventLog {
    /// Opens a file to append to, or standard output for `-`.
    ///
    /// # Errors
    /// It cannot be opened, in words.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let cannot = |error| {
            let path = path.display();
            format!("error: the event log {path} cannot be opened: {error}")
        };
        let out: Box<dyn Write + Send> = if path == Path::new("-") {
            Box::new(io::stdout())
        } else {
            let file = OpenOptions::new().append(true).create(true).open(path);
            Box::new(file.map_err(cannot)?)
        };
        let (log, received) = Self::with_room(WAITING_MAX);
        let lost = log.lost.clone();
        let write = move || write_all(&received, &lost, out);
        let thread = std::thread::Builder::new().name("events".into());
        thread.spawn(write).map_err(cannot)?;
        Ok(log)
    }

    fn with_room(waiting_max: usize) -> (Self, Receiver<Message>) {
        let (queue, received) = sync_channel(waiting_max);
        let lost = Arc::default();
        (Self { queue, lost }, received)
    }

    /// What takes the events.
    pub(super) fn sink(&self) -> EventSink {
        let (queue, lost) = (self.queue.clone(), self.lost.clone());
        Box::new(move |event| {
            let line = format!("{}\n", event.json);
            if queue.try_send(Message::Line(line)).is_err() {
                lost.fetch_add(1, Ordering::Relaxed);
            }
        })
    }

    /// Waits, not for long, until what was told is written.
    pub(super) fn flush(&self) {
        let (done, written) = sync_channel(1);
        if self.queue.try_send(Message::Flush(done)).is_ok() {
            // After that time the process ends without them.
            let _ = written.recv_timeout(FLUSH_MAX);
        }
    }
}

fn write_all(received: &Receiver<Message>, lost: &AtomicU64, mut out: impl Write) {
    let mut failed = false;
    while let Ok(message) = received.recv() {
        let line = match message {
            Message::Line(line) => line,
            Message::Flush(done) => {
                let _ = done.try_send(());
                continue;
            }
        };
        let mut written = out.write_all(line.as_bytes());
        let count = lost.swap(0, Ordering::Relaxed);
        if count > 0 {
            written = written.and(writeln!(out, "{{\"kind\":\"lost\",\"events\":{count}}}"));
        }
        written = written.and_then(|()| out.flush());
        if let Err(error) = &written
            && !failed
        {
            tracing::error!("the event log cannot be written: {error}");
        }
        failed = written.is_err();
    }
}

#[cfg(test)]
mod tests {
    use haleway_blueprint::runtime::HealthEvent;

    use super::*;

    fn event(number: u64) -> HealthEvent {
        let json = format!("{{\"number\":{number}}}");
        HealthEvent { number, json }
    }

    #[test]
    fn events_without_room_are_counted() {
        let (log, received) = EventLog::with_room(2);
        let mut sink = log.sink();
        (1..=5).for_each(|number| sink(&event(number)));
        let lost = log.lost.clone();
        drop((log, sink));
        let mut written = Vec::new();
        write_all(&received, &lost, &mut written);
        let lines = "{\"number\":1}\n{\"kind\":\"lost\",\"events\":3}\n{\"number\":2}\n";
        assert_eq!(String::from_utf8(written).unwrap(), lines);
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_named() {
        let refused = EventLog::open(Path::new("/nowhere/events.json"));
        let message = refused.err().unwrap();
        assert!(message.contains("/nowhere/events.json"), "{message}");
    }
}
