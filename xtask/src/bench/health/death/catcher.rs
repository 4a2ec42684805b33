//! Whoever still comes to the port of a dead endpoint.

use std::io;
use std::net::{SocketAddr, SocketAddrV4, TcpListener};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time;

use super::super::super::pools::PROBE_PATH;

const TRY_AGAIN: Duration = Duration::from_millis(1);
/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(1);

/// What somebody wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A client's request, tried here.
    Try,
    Probe,
    /// Nothing was said.
    Silence,
}

/// Somebody who came.
pub(super) struct Caught {
    /// When the connection was taken.
    pub(super) at: Instant,
    pub(super) what: What,
}

/// Takes over `address` as soon as it is free, but not before `from`, and tells of everybody who
/// comes; ends with the receiver.
pub(super) async fn catch(address: SocketAddrV4, from: Instant, tell: Sender<Caught>) {
    time::sleep_until(from.into()).await;
    let Ok(listener) = take_over(address).await else {
        return;
    };
    let mut visits = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (at, tell) = (Instant::now(), tell.clone());
        visits.spawn_local(async move {
            let what = listen(stream).await;
            // Nobody listens any more when the load is over.
            drop(tell.send(Caught { at, what }));
        });
    }
}

async fn take_over(address: SocketAddrV4) -> io::Result<tokio::net::TcpListener> {
    loop {
        match TcpListener::bind(SocketAddr::V4(address)) {
            Ok(listener) => {
                listener.set_nonblocking(true)?;
                return tokio::net::TcpListener::from_std(listener);
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                time::sleep(TRY_AGAIN).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Reads the first line and closes the connection.
async fn listen(mut stream: TcpStream) -> What {
    let mut head = [0; 256];
    match time::timeout(PATIENCE, stream.read(&mut head)).await {
        Ok(Ok(read)) if read > 0 => name(&head[..read]),
        _ => What::Silence,
    }
}

fn name(head: &[u8]) -> What {
    let target = head.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    if target == PROBE_PATH.as_bytes() {
        What::Probe
    } else {
        What::Try
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_probes_from_requests() {
        assert_eq!(name(b"GET /up HTTP/1.0\r\n"), What::Probe);
        assert_eq!(name(b"GET /small HTTP/1.1\r\n"), What::Try);
    }
}
