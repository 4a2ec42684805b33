//! Runs several futures in one task.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Polls all futures until each is done, in one task: their results stand in the order of the
/// futures. Every wake-up polls those that are not done yet, which for the few calls of a
/// composition is cheaper than telling them apart.
pub(super) struct JoinAll<F: Future> {
    running: Vec<Running<F>>,
}

enum Running<F: Future> {
    Busy(Pin<Box<F>>),
    Done(Option<F::Output>),
}

/// Joins futures.
pub(super) fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> JoinAll<F> {
    let running = futures
        .into_iter()
        .map(|future| Running::Busy(Box::pin(future)))
        .collect();
    JoinAll { running }
}

// The futures are boxed, and results are never pinned.
impl<F: Future> Unpin for JoinAll<F> {}

impl<F: Future> Future for JoinAll<F> {
    type Output = Vec<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut busy = false;
        for one in &mut self.running {
            if let Running::Busy(future) = one {
                match future.as_mut().poll(cx) {
                    Poll::Ready(output) => *one = Running::Done(Some(output)),
                    Poll::Pending => busy = true,
                }
            }
        }
        if busy {
            return Poll::Pending;
        }
        let outputs = self.running.iter_mut().filter_map(|one| match one {
            Running::Done(output) => output.take(),
            Running::Busy(_) => None,
        });
        Poll::Ready(outputs.collect())
    }
}

/// Polls futures until one gives `Ok`, or all have failed: then the first failure counts.
pub(super) async fn first_ok<T, E, F>(futures: impl IntoIterator<Item = F>) -> Option<Result<T, E>>
where
    F: Future<Output = Result<T, E>>,
{
    let mut running: Vec<_> = futures
        .into_iter()
        .map(|future| Some(Box::pin(future)))
        .collect();
    let mut failure = None;
    std::future::poll_fn(|cx| {
        let mut busy = false;
        for slot in &mut running {
            let Some(future) = slot else { continue };
            match future.as_mut().poll(cx) {
                Poll::Ready(Ok(value)) => return Poll::Ready(Some(Ok(value))),
                Poll::Ready(Err(error)) => {
                    failure.get_or_insert(error);
                    *slot = None;
                }
                Poll::Pending => busy = true,
            }
        }
        if busy {
            Poll::Pending
        } else {
            Poll::Ready(failure.take().map(Err))
        }
    })
    .await
}
