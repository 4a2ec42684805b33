//! The bounded queue between those who log and the streams that may be slow.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// Lines that wait; further ones are dropped and counted.
const LINES_MAX: usize = 8_192;

/// Where a line goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sink {
    Stdout,
    Stderr,
}

/// The entrance to the queue. Nothing here waits.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    sender: SyncSender<Message>,
    dropped: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Message {
    /// A line with its end.
    Line(Sink, String),
    /// Asks for a sign once all before it is written.
    Flush(SyncSender<()>),
}

impl Queue {
    /// Starts the writing thread. Where it cannot start, every line is dropped and counted.
    pub(super) fn start() -> Self {
        let (queue, received) = Self::with_room(LINES_MAX);
        let dropped = queue.dropped.clone();
        let write = move || write_all(&received, &dropped, &mut to_stream);
        // Without the thread the receiver is gone and `send` counts.
        let _ = std::thread::Builder::new().name("log".into()).spawn(write);
        queue
    }

    fn with_room(lines_max: usize) -> (Self, Receiver<Message>) {
        let (sender, received) = sync_channel(lines_max);
        (
            Self {
                sender,
                dropped: Arc::default(),
            },
            received,
        )
    }

    /// Hands a line over, or drops it where there is no room.
    pub(super) fn send(&self, sink: Sink, line: String) {
        if self.sender.try_send(Message::Line(sink, line)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Lines dropped so far.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Waits until all lines before are written, or until the time is over.
    pub(super) fn flush(&self, wait_max: Duration) {
        let (done, written) = sync_channel(1);
        if self.sender.try_send(Message::Flush(done)).is_ok() {
            let _ = written.recv_timeout(wait_max);
        }
    }
}

fn write_all(received: &Receiver<Message>, dropped: &AtomicU64, write: &mut dyn FnMut(Sink, &str)) {
    let mut told = 0;
    while let Ok(message) = received.recv() {
        match message {
            Message::Line(sink, line) => {
                write(sink, &line);
                let now = dropped.load(Ordering::Relaxed);
                if now > told {
                    let lost = now - told;
                    write(
                        Sink::Stderr,
                        &format!("{lost} log lines were dropped: too many waited\n"),
                    );
                    told = now;
                }
            }
            Message::Flush(done) => {
                let _ = done.try_send(());
            }
        }
    }
}

/// A stream whose reader has gone takes nothing; there is nobody to tell.
fn to_stream(sink: Sink, line: &str) {
    let _ = match sink {
        Sink::Stdout => {
            let mut out = std::io::stdout().lock();
            out.write_all(line.as_bytes()).and_then(|()| out.flush())
        }
        Sink::Stderr => std::io::stderr().lock().write_all(line.as_bytes()),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_drops_counts_and_tells() {
        let (queue, received) = Queue::with_room(2);
        for line in ["one\n", "two\n", "three\n", "four\n"] {
            queue.send(Sink::Stdout, line.to_owned());
        }
        assert_eq!(queue.dropped(), 2);
        let dropped = queue.dropped.clone();
        drop(queue);
        let mut written = String::new();
        write_all(&received, &dropped, &mut |_, line| written.push_str(line));
        assert_eq!(
            written,
            "one\n2 log lines were dropped: too many waited\ntwo\n"
        );
    }

    #[test]
    fn a_flush_comes_back_after_the_lines_before_it() {
        let (queue, received) = Queue::with_room(8);
        queue.send(Sink::Stderr, "line\n".to_owned());
        let (sender, lines) = sync_channel(1);
        let thread = std::thread::spawn(move || {
            write_all(&received, &AtomicU64::new(0), &mut |_, line| {
                sender.send(line.to_owned()).unwrap();
            });
        });
        queue.flush(Duration::from_secs(10));
        assert_eq!(lines.try_recv().as_deref(), Ok("line\n"));
        drop(queue);
        thread.join().unwrap();
    }
}
