//! The thread that sends entries to servers: one queue per server, each with its own pace.

mod delivery;
mod queue;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

use haleway_steps::LogTarget;
use tokio::task::{JoinHandle, LocalSet};

use self::queue::Queue;
use super::Batch;

/// Time between two looks for batches. It adds little to what an entry has waited on its core.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A queue and the task that empties it.
struct Served {
    queue: Rc<Queue>,
    task: JoinHandle<()>,
}

/// Sends batches until no more can come and all queues are empty.
pub(super) fn send_all(batches: Receiver<Batch>, dropped: Arc<AtomicU64>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => LocalSet::new().block_on(&runtime, serve(batches, dropped)),
        Err(error) => tracing::error!("requests cannot be logged over HTTP: {error}"),
    }
}

async fn serve(batches: Receiver<Batch>, dropped: Arc<AtomicU64>) {
    let mut queues: HashMap<u64, Served> = HashMap::new();
    loop {
        match batches.try_recv() {
            Ok(batch) => take(&batch, &mut queues, &dropped),
            Err(TryRecvError::Empty) => {
                queues.retain(|_, served| !served.task.is_finished());
                tokio::time::sleep(LOOK_EVERY).await;
            }
            Err(TryRecvError::Disconnected) => break,
        }
    }
    for served in queues.values() {
        served.queue.close();
    }
    for served in queues.into_values() {
        if served.task.await.is_err() {
            tracing::error!("a queue of log entries has panicked");
        }
    }
}

fn take(batch: &Batch, queues: &mut HashMap<u64, Served>, dropped: &Arc<AtomicU64>) {
    let LogTarget::Http(server) = &batch.target else {
        return;
    };
    let gone = queues
        .get(&batch.key)
        .is_none_or(|served| served.task.is_finished());
    if gone {
        let queue = Rc::new(Queue::new(server.clone(), dropped.clone()));
        let task = tokio::task::spawn_local(queue.clone().empty());
        queues.insert(batch.key, Served { queue, task });
    }
    if let Some(served) = queues.get(&batch.key) {
        batch.each().for_each(|entry| served.queue.push(entry));
    }
}
