//! The health thread: reads the inbox, keeps the judge's deadlines, sends its probes.

use std::sync::Arc;
use std::time::Duration;

use haleway_health::{Event, ProbeOrder, ProbeReport};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::Instant;

use super::court::Court;
use super::inbox::Told;
use super::probe::{self, ProbeTarget};

/// The thread. It ends when this handle is dropped.
pub(crate) struct HealthThread {
    end: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Notes that are taken in under one lock.
const BATCH_MAX: usize = 256;

/// Longest sleep.
const SLEEP_MAX: Duration = Duration::from_secs(3600);

impl HealthThread {
    /// Starts it. `None` where it runs already.
    ///
    /// # Errors
    /// No thread or runtime can be made.
    pub(crate) fn start(court: &Arc<Court>) -> std::io::Result<Option<Self>> {
        let Some(inbox) = court.inbox.receiver() else {
            return Ok(None);
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(LOOKUPS_MAX)
            .build()?;
        let (end, ended) = oneshot::channel();
        let court = court.clone();
        let thread = std::thread::Builder::new()
            .name("health".to_owned())
            .spawn(move || {
                LocalSet::new().block_on(&runtime, async move {
                    tokio::select! {
                        () = run(court, inbox) => {}
                        _ = ended => {}
                    }
                });
                runtime.shutdown_background();
            })?;
        Ok(Some(Self {
            end: Some(end),
            thread: Some(thread),
        }))
    }
}

/// Names that are looked up at once.
const LOOKUPS_MAX: usize = 8;

impl Drop for HealthThread {
    fn drop(&mut self) {
        self.end.take();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the health thread has panicked");
        }
    }
}

async fn run(court: Arc<Court>, mut inbox: mpsc::Receiver<Told>) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    loop {
        let deadline = court.advance();
        for (order, target) in court.take_probes() {
            spawn_local(probe_once(court.clone(), order, target));
        }
        let latest = Instant::now() + SLEEP_MAX;
        let wanted = deadline.map_or(latest, |at| latest.min(Instant::from_std(at)));
        tokio::select! {
            count = inbox.recv_many(&mut batch, BATCH_MAX) => {
                if count == 0 {
                    return;
                }
                court.hear(batch.drain(..));
                court.hear(court.inbox.take_closings());
            }
            () = court.wake.notified() => {}
            () = tokio::time::sleep_until(wanted) => {}
        }
    }
}

async fn probe_once(court: Arc<Court>, order: ProbeOrder, target: Arc<ProbeTarget>) {
    let began = Instant::now();
    let what = probe::run(&target, Duration::from_micros(order.timeout_us)).await;
    let elapsed = began.elapsed().as_micros();
    court.hear([Told {
        endpoint: order.endpoint,
        event: Event::Probe(ProbeReport {
            attempt: order.attempt,
            what,
            latency_us: u64::try_from(elapsed).unwrap_or(u64::MAX),
        }),
    }]);
}
