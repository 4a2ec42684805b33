//! The health thread: reads the inbox, keeps the judge's deadlines, sends its probes.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::oneshot;
use tokio::task::LocalSet;

use super::court::Court;
use super::pace::Pace;
use super::probe::Prober;

/// The thread. It ends when this handle is dropped.
pub(crate) struct HealthThread {
    end: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Names that are looked up at once.
const LOOKUPS_MAX: usize = 8;

impl HealthThread {
    /// Starts it.
    ///
    /// # Errors
    /// No thread, runtime or queue of events can be made.
    pub(crate) fn start(court: &Arc<Court>) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(LOOKUPS_MAX)
            .build()?;
        let prober = {
            let _inside = runtime.enter();
            Prober::new()?
        };
        let (end, ended) = oneshot::channel();
        let court = court.clone();
        let thread = std::thread::Builder::new()
            .name("health".to_owned())
            .spawn(move || {
                LocalSet::new().block_on(&runtime, async move {
                    tokio::select! {
                        () = run(court, prober) => {}
                        _ = ended => {}
                    }
                });
                runtime.shutdown_background();
            })?;
        Ok(Self {
            end: Some(end),
            thread: Some(thread),
        })
    }
}

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

async fn run(court: Arc<Court>, mut prober: Prober) {
    let mut pace = Pace::new(Instant::now());
    loop {
        let turn = court.turn(prober.came_back());
        let now = Instant::now();
        pace.take(turn, now);
        if let Some(probes) = pace.due(now) {
            prober.send(probes);
        }
        prober.give_up(now);
        if !prober.came_back().is_empty() {
            continue;
        }
        let wake_at = pace.wake_at(now, prober.earliest());
        tokio::select! {
            () = court.inbox.wake.notified() => {}
            () = prober.hear() => {}
            () = tokio::time::sleep_until(wake_at.into()) => {}
        }
    }
}
