//! The steps of a probe, each with the same time limit, on one timer.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// A probe's timer.
pub(super) struct Steps<'a> {
    timer: Pin<&'a mut Sleep>,
    limit: Duration,
}

impl<'a> Steps<'a> {
    pub(super) fn new(timer: Pin<&'a mut Sleep>, limit: Duration) -> Self {
        Self { timer, limit }
    }

    /// Takes a step; `None` where it takes too long. One that is done at once never touches the
    /// timer.
    pub(super) async fn within<T>(&mut self, step: impl Future<Output = T>) -> Option<T> {
        let mut step = pin!(step);
        let mut is_set = false;
        poll_fn(|cx| {
            if let Poll::Ready(done) = step.as_mut().poll(cx) {
                return Poll::Ready(Some(done));
            }
            if !is_set {
                is_set = true;
                self.timer.as_mut().reset(Instant::now() + self.limit);
            }
            self.timer.as_mut().poll(cx).map(|()| None)
        })
        .await
    }
}
