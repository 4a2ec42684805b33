//! The admin listener: a socket, a thread, a runtime.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, oneshot};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::answer::Answer;
use crate::events::Subscribers;
use crate::limits::{
    ACCEPT_ERROR_PAUSE, CONNECTION_AGE_MAX, CONNECTION_END_MAX, CONNECTIONS_MAX, HANDSHAKE_MAX,
    HEAD_BYTES_MAX, HEAD_READ_TIMEOUT, HEADERS_MAX,
};
use crate::{Subject, routes};

/// How a listener serves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// Name of its thread.
    pub(crate) thread: &'static str,
    /// Header names are written as `Content-Type`, not as `content-type`.
    pub(crate) title_case: bool,
}

/// The admin side's socket, open and not yet served. Opening it before the engine starts tells
/// early that the address is taken.
#[derive(Debug)]
pub struct Admin {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Arc<ServerConfig>>,
}

/// The admin side at work. It ends when this is dropped.
#[derive(Debug)]
pub struct Control {
    address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Admin {
    /// Opens the socket.
    ///
    /// # Errors
    /// Where the address cannot be bound.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self {
            listener,
            address,
            tls: None,
        })
    }

    /// The same, speaking TLS where there is some.
    #[must_use]
    pub fn secured(self, tls: Option<Arc<ServerConfig>>) -> Self {
        Self { tls, ..self }
    }

    /// The address, with the port that the system chose where 0 was asked for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it speaks TLS.
    #[must_use]
    pub fn is_secured(&self) -> bool {
        self.tls.is_some()
    }

    /// Serves on a thread of its own.
    ///
    /// # Errors
    /// Where the thread or its runtime cannot be made.
    pub fn serve(self, subject: Subject) -> io::Result<Control> {
        let subject = Arc::new(subject);
        let subscribers = Subscribers::default();
        let manner = Manner {
            thread: "admin",
            title_case: false,
        };
        self.serve_with(manner, move |request| {
            let (subject, subscribers) = (subject.clone(), subscribers.clone());
            async move { routes::answer(&subject, &subscribers, &request).await }
        })
    }

    /// Serves what `answer` answers, on a thread of its own.
    pub(crate) fn serve_with<H, F>(self, manner: Manner, answer: H) -> io::Result<Control>
    where
        H: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
        F: Future<Output = Answer> + Send,
    {
        // One thread beside the runtime's own is enough: reloads come one after the other.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(1)
            .build()?;
        let (end, ended) = oneshot::channel();
        let Self {
            listener,
            address,
            tls,
        } = self;
        let tls = tls.map(TlsAcceptor::from);
        let thread = std::thread::Builder::new()
            .name(manner.thread.into())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = accept(listener, tls, manner, Arc::new(answer)) => {}
                        _ = ended => {}
                    }
                });
                runtime.shutdown_background();
            })?;
        Ok(Control {
            address,
            end: Some(end),
            thread: Some(thread),
        })
    }
}

impl Control {
    /// The address that is served.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.end.take();
        if let Some(thread) = self.thread.take() {
            // A panic in it has been printed; there is nothing to add.
            let _ = thread.join();
        }
    }
}

async fn accept<H, F>(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    manner: Manner,
    answer: Arc<H>,
) where
    H: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Answer> + Send,
{
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!("the admin listener cannot be served: {error}"),
    };
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let place = places
            .clone()
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        match listener.accept().await {
            Ok((stream, _)) => {
                let (tls, answer) = (tls.clone(), answer.clone());
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => serve_secured(stream, &tls, manner, answer).await,
                        None => serve_connection(stream, manner, answer).await,
                    }
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!("the admin listener cannot accept: {error}");
                tokio::time::sleep(ACCEPT_ERROR_PAUSE).await;
            }
        }
    }
}

async fn serve_secured<H, F>(stream: TcpStream, tls: &TlsAcceptor, manner: Manner, answer: Arc<H>)
where
    H: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Answer> + Send,
{
    // A client that cannot agree on TLS has been told so by an alert.
    if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE_MAX, tls.accept(stream)).await {
        serve_connection(stream, manner, answer).await;
    }
}

async fn serve_connection<S, H, F>(stream: S, manner: Manner, answer: Arc<H>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Answer> + Send,
{
    let service = service_fn(|request| {
        let answered = answer(request);
        async move { Ok::<_, Infallible>(answered.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_READ_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .title_case_headers(manner.title_case)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    // A client that breaks off or sends garbage has been answered by hyper as far as possible.
    if let Ok(_ended) = tokio::time::timeout(CONNECTION_AGE_MAX, connection.as_mut()).await {
        return;
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(CONNECTION_END_MAX, connection).await;
}
