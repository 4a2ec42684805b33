//! The signals of a running process.
//!
//! TERM and INT begin a stop, an INT during the stop ends the process at once, HUP reloads.

use std::io;
use std::sync::Arc;

use haleway_blueprint::runtime::Reload;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit;

/// The caught signals and the small runtime that waits for them.
pub(super) struct Signals {
    runtime: Runtime,
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// Catches them from now on.
    pub(super) fn catch() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(2)
            .build()?;
        let caught = {
            let _entered = runtime.enter();
            [
                SignalKind::terminate(),
                SignalKind::interrupt(),
                SignalKind::hangup(),
            ]
            .map(signal)
        };
        let [terminate, interrupt, hangup] = caught;
        let (terminate, interrupt, hangup) = (terminate?, interrupt?, hangup?);
        Ok(Self {
            runtime,
            terminate,
            interrupt,
            hangup,
        })
    }

    /// Reloads on HUP and comes back when a stop is asked for. A HUP during a reload leads to one
    /// more reload after it.
    pub(super) fn wait_for_stop<R: Reload + 'static>(&mut self, reload: &Arc<R>) {
        let Self {
            runtime,
            terminate,
            interrupt,
            hangup,
        } = self;
        runtime.block_on(async {
            let mut running = tokio::task::JoinSet::new();
            loop {
                tokio::select! {
                    _ = terminate.recv() => return,
                    _ = interrupt.recv() => return,
                    _ = hangup.recv(), if running.is_empty() => {
                        let reload = reload.clone();
                        running.spawn_blocking(move || reload.reload());
                    }
                    Some(_) = running.join_next() => {}
                }
            }
        });
    }

    /// Waits for `work`, unless an INT comes: that ends the process here.
    pub(super) fn unless_interrupted<T: Send + 'static>(
        mut self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let finished = self.runtime.block_on(async {
            let work = tokio::task::spawn_blocking(work);
            tokio::select! {
                finished = work => finished.ok(),
                _ = self.interrupt.recv() => std::process::exit(i32::from(exit::INTERRUPTED)),
            }
        });
        // A reload that still runs must not hold up the end.
        self.runtime.shutdown_background();
        finished
    }
}
