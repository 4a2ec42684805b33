//! The health thread: reads the inbox, keeps the judge's deadlines, sends its probes.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use haleway_health::{Event, ProbeOrder, ProbeReport};
use tokio::sync::oneshot;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::Instant;

use super::court::{Court, Turn};
use super::inbox::Told;
use super::probe::{self, ProbeTarget};

/// The thread. It ends when this handle is dropped.
pub(crate) struct HealthThread {
    end: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Longest sleep.
const SLEEP_MAX: Duration = Duration::from_secs(3600);

/// Names that are looked up at once.
const LOOKUPS_MAX: usize = 8;

impl HealthThread {
    /// Starts it.
    ///
    /// # Errors
    /// No thread or runtime can be made.
    pub(crate) fn start(court: &Arc<Court>) -> std::io::Result<Self> {
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
                        () = run(court) => {}
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

/// Probes that came back since the court last sat. They are as many as there are probes under way.
type CameBack = Rc<RefCell<Vec<Told>>>;

async fn run(court: Arc<Court>) {
    let came_back = CameBack::default();
    loop {
        let Turn { probes, until } = court.turn(&mut came_back.borrow_mut());
        for (order, target) in probes {
            spawn_local(probe_once(court.clone(), came_back.clone(), order, target));
        }
        let latest = Instant::now() + SLEEP_MAX;
        let wanted = until.map_or(latest, |at| latest.min(Instant::from_std(at)));
        tokio::select! {
            () = court.inbox.wake.notified() => {}
            () = tokio::time::sleep_until(wanted) => {}
        }
    }
}

async fn probe_once(
    court: Arc<Court>,
    came_back: CameBack,
    order: ProbeOrder,
    target: Arc<ProbeTarget>,
) {
    let began = Instant::now();
    let what = probe::run(&target, Duration::from_micros(order.timeout_us)).await;
    let elapsed = began.elapsed().as_micros();
    came_back.borrow_mut().push(Told {
        endpoint: order.endpoint,
        event: Event::Probe(ProbeReport {
            attempt: order.attempt,
            what,
            latency_us: u64::try_from(elapsed).unwrap_or(u64::MAX),
        }),
    });
    // All that come back before the court sits again are heard at once.
    court.inbox.wake.notify_one();
}
