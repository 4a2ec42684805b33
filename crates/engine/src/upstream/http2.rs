//! HTTP/2 connections to endpoints. They are shared by the requests of one core, so each is driven
//! by a task of its own on that core.

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioIo, TokioTimer};

use super::stream::Stream;
use crate::body::Body;
use crate::fault::{Fault, FaultKind};
use crate::local::LocalExecutor;

/// A handle to a shared connection.
#[derive(Clone)]
pub(crate) struct Http2 {
    sender: SendRequest<Body>,
}

/// Speaks HTTP/2 on a stream and leaves the connection to a task of this core.
pub(crate) async fn handshake(stream: Stream) -> Result<Http2, Fault> {
    let (sender, connection) = hyper::client::conn::http2::Builder::new(LocalExecutor)
        .timer(TokioTimer::new())
        .adaptive_window(true)
        .handshake::<_, Body>(TokioIo::new(stream))
        .await
        .map_err(|error| Fault::new(FaultKind::Protocol, error.to_string()))?;
    tokio::task::spawn_local(async move {
        // Its end is seen by every request on it, and by `is_closed`.
        let _ = connection.await;
    });
    Ok(Http2 { sender })
}

impl Http2 {
    /// Whether no request can go on it any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Sends a request and waits for the head of its answer.
    pub(crate) async fn exchange(
        &mut self,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, (hyper::Error, Option<Request<Body>>)> {
        if let Err(error) = self.sender.ready().await {
            return Err((error, Some(request)));
        }
        self.sender
            .try_send_request(request)
            .await
            .map_err(|mut failed| {
                let unsent = failed.take_message();
                (failed.into_error(), unsent)
            })
    }
}
