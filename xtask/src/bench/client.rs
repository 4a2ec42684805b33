//! A client with an open loop: requests leave at a fixed rate, however slowly the answers come,
//! and each is timed from the moment it was due.

mod exchange;

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::net::TcpStream;
use tokio::task::{JoinSet, LocalSet};
use tokio::time;

/// Requests per second.
pub(super) const RATE: u32 = 300;
/// How long a client waits for a whole answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Kept connections that wait for their next request, the last used on top.
type Idle = Rc<RefCell<Vec<TcpStream>>>;

/// One request and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exchange {
    /// When it was due, since the start of the load.
    pub(super) due: Duration,
    /// From then to its last byte or its failure.
    pub(super) took: Duration,
    pub(super) end: End,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With a status, by the endpoint that named itself.
    Answered(u16, Option<String>),
    /// Without an answer, and why.
    Broken(String),
}

impl Exchange {
    pub(super) fn ended_at(&self) -> Duration {
        self.due + self.took
    }

    /// Whether the client got anything but a 200.
    pub(super) fn failed(&self) -> bool {
        !matches!(self.end, End::Answered(200, _))
    }

    /// The endpoint that gave a good answer.
    pub(super) fn answered_by(&self) -> Option<&str> {
        match &self.end {
            End::Answered(200, endpoint) => endpoint.as_deref(),
            _ => None,
        }
    }
}

/// Asks `address` from `start` on until `length` has passed, waits for the last answers, and tells
/// of every request. Runs on this thread; `beside` runs on it meanwhile.
pub(super) fn drive(
    address: SocketAddr,
    start: Instant,
    length: Duration,
    beside: impl Future<Output = ()> + 'static,
) -> Result<Vec<Exchange>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("a runtime for the load")?;
    let local = LocalSet::new();
    let beside = local.spawn_local(beside);
    let exchanges = local.block_on(&runtime, load(address, start, length));
    beside.abort();
    Ok(exchanges)
}

async fn load(address: SocketAddr, start: Instant, length: Duration) -> Vec<Exchange> {
    let idle = Idle::default();
    let mut running = JoinSet::new();
    for number in 0.. {
        let due = Duration::from_secs(1) * number / RATE;
        if due >= length {
            break;
        }
        time::sleep_until((start + due).into()).await;
        running.spawn_local(one(Rc::clone(&idle), address, start, due));
    }
    let mut exchanges: Vec<Exchange> = running.join_all().await;
    exchanges.sort_by_key(|exchange| exchange.due);
    exchanges
}

async fn one(idle: Idle, address: SocketAddr, start: Instant, due: Duration) -> Exchange {
    let deadline = start + due + PATIENCE;
    let answer = time::timeout_at(deadline.into(), exchange::ask(&idle, address));
    let end = match answer.await {
        Ok(Ok((status, endpoint))) => End::Answered(status, endpoint),
        Ok(Err(error)) => End::Broken(error.to_string()),
        Err(_) => End::Broken("no answer in time".to_owned()),
    };
    Exchange {
        due,
        took: start.elapsed().saturating_sub(due),
        end,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    const ANSWER: &[u8] =
        b"HTTP/1.1 200 OK\r\nX-Endpoint: a\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1";

    /// Serves connections, one after the other: two good answers on the first, then none.
    fn serve(listener: &TcpListener) {
        let (mut kept, _) = listener.accept().unwrap();
        for _ in 0..2 {
            let mut head = [0; 1024];
            assert!(kept.read(&mut head).unwrap() > 0);
            kept.write_all(&ANSWER[..ANSWER.len() - 8]).unwrap();
        }
        drop(kept);
        for stream in listener.incoming() {
            drop(stream);
        }
    }

    #[test]
    fn tells_of_every_request() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || serve(&listener));
        let length = Duration::from_millis(40);
        let exchanges = drive(address, Instant::now(), length, async {}).unwrap();
        assert_eq!(exchanges.len(), 12);
        assert_eq!(exchanges[0].answered_by(), Some("a"));
        assert!(exchanges.iter().filter(|one| one.failed()).count() >= 9);
        assert!(exchanges.is_sorted_by_key(|one| one.due));
    }
}
