//! Takes connections in.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_local;
use tracing::{debug, error, warn};

use super::connection;
use crate::worker::Worker;

/// Pause where no connection can be taken in: too many are open, or the system has no more room.
const PAUSE: Duration = Duration::from_millis(20);

/// Time between two complaints of one listener.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// Accepts connections of a listener on this core until the task is aborted.
pub(crate) async fn accept(worker: Rc<Worker>, key: SocketAddr, socket: std::net::TcpListener) {
    let listener = match TcpListener::from_std(socket) {
        Ok(listener) => listener,
        Err(error) => return error!(%key, %error, "the listening socket cannot be used"),
    };
    let mut told: Option<Instant> = None;
    loop {
        if full(&worker, key) {
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        match listener.accept().await {
            Ok((stream, peer)) => take_in(&worker, key, stream, peer),
            Err(error) if of_one_connection(&error) => debug!(%error, "a connection was lost"),
            Err(error) => {
                if told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
                    warn!(%error, "no connection can be accepted");
                    told = Some(Instant::now());
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

fn full(worker: &Worker, key: SocketAddr) -> bool {
    let plan = worker.plan();
    let limit = plan
        .listener(key)
        .map_or(0, |listener| listener.limits.connections_max);
    worker.shared().connections.load(Ordering::Relaxed) >= limit
}

fn of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

fn take_in(worker: &Rc<Worker>, key: SocketAddr, stream: TcpStream, peer: SocketAddr) {
    // Without it small answers would wait for acknowledgements; a failure costs only time.
    let _ = stream.set_nodelay(true);
    let open = Open::new(worker.clone());
    let worker = worker.clone();
    spawn_local(async move {
        connection::serve(&worker, key, stream, peer).await;
        drop(open);
    });
}

/// Counts an open connection for as long as it lives.
struct Open(Rc<Worker>);

impl Open {
    fn new(worker: Rc<Worker>) -> Self {
        worker.shared().connections.fetch_add(1, Ordering::Relaxed);
        worker.metrics.connection_accepted();
        Self(worker)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.shared().connections.fetch_sub(1, Ordering::Relaxed);
        self.0.metrics.connection_closed();
    }
}
